import t from 'tap'
import { WriteStability } from '../../../src/registry/discovery/write-stability.js'

const found = (size: number, ageMs: number) => ({
  identity: { size, mtimeNs: '1700000000000000000', ctimeNs: '1', inode: '1' },
  ageMs,
})

t.test(
  'a file that was last written long before it is first seen is settled at once, and stays so',
  async t => {
    const settling = new WriteStability(300)
    t.equal(settling.observe('a', found(5, 9_000), 10_000), 0)
    t.equal(settling.observe('a', found(5, 9_000), 10_001), 0)
  },
)

t.test('a file that was just written is settled when it has not changed for the settle time', async t => {
  const settling = new WriteStability(300)
  t.equal(settling.observe('a', found(5, 1), 10_000), 300)
  t.equal(settling.observe('a', found(5, 1), 10_100), 200)
  t.equal(settling.observe('a', found(5, 1), 10_300), 0)
})

t.test('a file that goes on growing is never settled', async t => {
  const settling = new WriteStability(300)
  for (let now = 10_000; now < 20_000; now += 250) {
    t.equal(settling.observe('a', found(now, 0), now), 300, `at ${now} ms`)
  }
})

t.test('a file replaced by an old one, or one whose clock is ahead, has to hold still too', async t => {
  const settling = new WriteStability(300)
  settling.observe('a', found(5, 9_000), 10_000)
  t.equal(settling.observe('a', found(6, 9_000), 10_001), 300)
  t.equal(settling.observe('b', found(6, -90_000), 10_000), 300)
  t.equal(settling.observe('b', found(6, -90_000), 10_300), 0)
})

t.test('a forgotten file is seen for the first time again', async t => {
  const settling = new WriteStability(300)
  settling.observe('a', found(5, 0), 10_000)
  settling.forget('a')
  t.equal(settling.observe('a', found(5, 0), 10_400), 300)
})
