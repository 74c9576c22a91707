// What is kept for the next answer: per store object, bounded, and not thrown out by what is asked for once.
import t from 'tap'
import { KeptAnswers } from '../../routes/kept-answers.js'
import type { ReadableStore } from '../../src/store/store.js'

const storeObject = (id: string) => ({ id }) as ReadableStore
const KIB = 1024

t.test('an answer is kept for the store object it came from, and for no other', async t => {
  const kept = new KeptAnswers<string>(64 * KIB)
  const [before, after] = [storeObject('a'), storeObject('a')]
  kept.set(before, '/zarr/a/c/0', 'old', 3)
  t.equal(kept.get(before, '/zarr/a/c/0'), 'old')
  t.equal(kept.get(after, '/zarr/a/c/0'), undefined, 'a new state of the archive starts empty')
  kept.set(after, '/zarr/a/c/0', 'new', 3)
  t.equal(kept.get(after, '/zarr/a/c/0'), 'new')
  t.equal(kept.get(before, '/zarr/a/c/0'), undefined)
})

t.test('the least recently used go when it is full', async t => {
  const kept = new KeptAnswers<number>(64 * KIB)
  const store = storeObject('a')
  for (let i = 0; i < 100; i++) {
    kept.set(store, `c/${i}`, i, KIB)
    t.equal(kept.get(store, 'c/0'), 0, 'what is in use stays')
  }
  t.equal(kept.get(store, 'c/1'), undefined)
  t.equal(kept.get(store, 'c/99'), 99)
})

t.test('of more than fits, asked for in turn, much is still found', async t => {
  const kept = new KeptAnswers<number>(64 * KIB)
  const store = storeObject('a')
  let found = 0
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 80; i++) {
      if (kept.get(store, `c/${i}`) !== undefined) found++
      else if (kept.takesIn(KIB)) kept.set(store, `c/${i}`, i, KIB)
    }
  }
  t.ok(found > 50 * 80 * 0.4, `${found} of ${50 * 80}`)
})

t.test('what would fill half of it is not taken in', async t => {
  const kept = new KeptAnswers<number>(64 * KIB)
  t.equal(kept.takesIn(16 * KIB), true)
  t.equal(kept.takesIn(33 * KIB), false)
  t.equal(new KeptAnswers<number>(0).takesIn(1), false)
})
