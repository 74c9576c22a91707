import t from 'tap'
import { CacheBudget, Lru } from '../../src/memory/lru.js'
import { SlabPool } from '../../src/memory/slab-pool.js'

t.test('the least recently used entries make room', async t => {
  const cache = new Lru<string, string>(5000)
  for (const key of ['a', 'b', 'c']) cache.set(key, key, 1000)
  t.equal(cache.get('a'), 'a')
  cache.set('d', 'd', 1000)
  t.same(
    ['a', 'b', 'c', 'd'].map(key => cache.get(key)),
    ['a', undefined, 'c', 'd'],
  )
  t.ok(cache.budget.byteLength <= 5000)
})

t.test('of more than fits, asked for in turn, much is still found when newcomers are chosen', async t => {
  const find = (isChoosy: boolean): number => {
    const cache = new Lru<string, number>(64 * 1024)
    let found = 0
    for (let i = 0; i < 4000; i++) {
      const key = `c/${i % 80}`
      if (cache.get(key) !== undefined) found++
      else if (!isChoosy || cache.admits(1024)) cache.set(key, i, 1024)
    }
    return found
  }
  t.equal(find(false), 0)
  t.ok(find(true) > 1500, String(find(true)))
})

t.test('a cache takes in whatever it has room for, and never what would fill half of it', async t => {
  const cache = new Lru<string, string>(64 * 1024)
  for (let i = 0; i < 20; i++) t.equal(cache.admits(16 * 1024), true)
  t.equal(cache.admits(33 * 1024), false)
  t.equal(new Lru<string, string>(0).admits(1), false)
})

t.test('an entry set again is counted once', async t => {
  const cache = new Lru<string, string>(4000)
  for (let i = 0; i < 10; i++) cache.set('a', String(i), 1000)
  t.equal(cache.get('a'), '9')
  t.equal(cache.size, 1)
  cache.delete('a')
  cache.delete('a')
  t.equal(cache.budget.byteLength, 0)
})

t.test('what would push out everything else is not kept, nor anything by a cache of no bytes', async t => {
  const cache = new Lru<string, string>(4000)
  cache.set('a', 'old', 100)
  cache.set('a', 'large', 3000)
  t.equal(cache.get('a'), undefined, 'and the value before it is gone')
  const none = new Lru<string, string>(0)
  none.set('a', 'a', 0)
  t.equal(none.size, 0)
})

t.test('a pool takes back only what it lent, and once', async t => {
  const pool = new SlabPool({ maxIdleBytes: 3 * 8192 })
  const view = pool.acquire(5000)
  t.equal(view.byteLength, 5000)
  pool.release(new Uint8Array(8192))
  pool.release(view.subarray(0))
  t.equal(pool.idleBytes, 0)
  pool.release(view)
  pool.release(view)
  t.equal(pool.idleBytes, 8192)
  const [first, second] = [pool.acquire(8192), pool.acquire(4097)]
  t.equal(first.buffer, view.buffer)
  t.not(second.buffer, view.buffer, 'a buffer is lent once at a time')
})

t.test('a pool keeps no more idle bytes than it may', async t => {
  const pool = new SlabPool({ maxIdleBytes: 2 * 8192 })
  const views = Array.from({ length: 5 }, () => pool.acquire(8192))
  for (const view of views) pool.release(view)
  t.equal(pool.idleBytes, 2 * 8192)
})

t.test('caches that share a budget make room for each other, in the order of use', async t => {
  const budget = new CacheBudget(5000)
  const [names, pages] = [new Lru<string, string>(budget), new Lru<number, string>(budget)]
  names.set('a', 'a', 1000)
  pages.set(1, 'page', 1000)
  names.set('b', 'b', 1000)
  names.get('a')
  names.set('c', 'c', 1000)
  t.equal(pages.get(1), undefined, 'the least recently used of all')
  t.same([names.get('a'), names.get('b'), names.size], ['a', 'b', 3])
  t.ok(budget.byteLength <= 5000)
})
