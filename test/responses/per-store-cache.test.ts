// What is kept for the next answer: per store object, and bounded.
import t from 'tap'
import { PerStoreCache } from '../../src/responses/per-store-cache.js'
import type { ReadableStore } from '../../src/store/store.js'

const storeObject = (id: string) => ({ id }) as ReadableStore
const KIB = 1024

t.test('an answer is kept for the store object it came from, and for no other', async t => {
  const kept = new PerStoreCache<string>(64 * KIB)
  const [before, after] = [storeObject('a'), storeObject('a')]
  kept.set(before, '/zarr/a/c/0', 'old', 3)
  t.equal(kept.get(before, '/zarr/a/c/0'), 'old')
  t.equal(kept.get(after, '/zarr/a/c/0'), undefined, 'a new state of the archive starts empty')
  kept.set(after, '/zarr/a/c/0', 'new', 3)
  t.equal(kept.get(after, '/zarr/a/c/0'), 'new')
  t.equal(kept.get(before, '/zarr/a/c/0'), 'old', 'which ends with its store object')
})

t.test('the least recently used go when it is full', async t => {
  const kept = new PerStoreCache<number>(64 * KIB)
  const store = storeObject('a')
  for (let i = 0; i < 100; i++) {
    kept.set(store, `c/${i}`, i, KIB)
    t.equal(kept.get(store, 'c/0'), 0, 'what is in use stays')
  }
  t.equal(kept.get(store, 'c/1'), undefined)
  t.equal(kept.get(store, 'c/99'), 99)
})

t.test('what is asked for twice at once is made once, and kept if it is not too large', async t => {
  const cache = new PerStoreCache<string>(4096 * KIB)
  const store = storeObject('a')
  let made = 0
  const make = async (): Promise<string> => {
    await new Promise(resolve => setImmediate(resolve))
    return `made ${++made}`
  }
  const load = (name: string, byteLength: number | undefined) =>
    cache.load(store, name, { make, weigh: () => byteLength })
  t.same(await Promise.all([load('x', 10), load('x', 10)]), ['made 1', 'made 1'])
  t.equal(await load('x', 10), 'made 1')
  t.equal(await load('large', 2 * 1024 * KIB), 'made 2')
  t.equal(await load('large', 2 * 1024 * KIB), 'made 3')
  t.equal(await load('weightless', undefined), 'made 4')
  t.equal(await load('weightless', undefined), 'made 5')
  t.equal(await cache.load(storeObject('a'), 'x', { make, weigh: () => 10 }), 'made 6', 'of another object')
})

t.test('a failure is not kept', async t => {
  const cache = new PerStoreCache<string>(64 * KIB)
  const store = storeObject('a')
  const failing = { make: () => Promise.reject(new Error('broken')), weigh: () => 1 }
  await t.rejects(Promise.resolve(cache.load(store, 'x', failing)), { message: 'broken' })
  t.equal(cache.load(store, 'x', { make: () => 'at once', weigh: () => 1 }), 'at once')
})
