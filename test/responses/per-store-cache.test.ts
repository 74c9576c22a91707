// What is kept for the next answer: per store object, and bounded.
import t from 'tap'
import { ResponseCache } from '../../src/responses/response-cache.js'
import type { ReadableStore } from '../../src/store/store.js'

const storeObject = (id: string) => ({ id }) as ReadableStore
const KIB = 1024

t.test('an answer is kept for the store object it came from, and for no other', async t => {
  const kept = new ResponseCache<string>(64 * KIB)
  const [before, after] = [storeObject('a'), storeObject('a')]
  kept.set(before, '/zarr/a/c/0', 'old', 3)
  t.equal(kept.get(before, '/zarr/a/c/0'), 'old')
  t.equal(kept.get(after, '/zarr/a/c/0'), undefined, 'a new state of the archive starts empty')
  kept.set(after, '/zarr/a/c/0', 'new', 3)
  t.equal(kept.get(after, '/zarr/a/c/0'), 'new')
  t.equal(kept.get(before, '/zarr/a/c/0'), undefined)
})

t.test('the least recently used go when it is full', async t => {
  const kept = new ResponseCache<number>(64 * KIB)
  const store = storeObject('a')
  for (let i = 0; i < 100; i++) {
    kept.set(store, `c/${i}`, i, KIB)
    t.equal(kept.get(store, 'c/0'), 0, 'what is in use stays')
  }
  t.equal(kept.get(store, 'c/1'), undefined)
  t.equal(kept.get(store, 'c/99'), 99)
})
