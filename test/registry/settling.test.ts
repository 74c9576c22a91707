import t from 'tap'
import { Settling } from '../../src/registry/settling.js'

const found = (size: number, mtimeMs: number) => ({
  identity: { size, mtimeNs: String(mtimeMs * 1e6), inode: '1' },
  mtimeMs,
})

t.test(
  'a file that was last written long before it is first seen is settled at once, and stays so',
  async t => {
    const settling = new Settling(300)
    t.equal(settling.observe('a', found(5, 0), 10_000), 0)
    t.equal(settling.observe('a', found(5, 0), 10_001), 0)
  },
)

t.test('a file that was just written is settled when it has not changed for the settle time', async t => {
  const settling = new Settling(300)
  t.equal(settling.observe('a', found(5, 9_999), 10_000), 300)
  t.equal(settling.observe('a', found(5, 9_999), 10_100), 200)
  t.equal(settling.observe('a', found(5, 9_999), 10_300), 0)
})

t.test('a file that goes on growing is never settled', async t => {
  const settling = new Settling(300)
  for (let now = 10_000; now < 20_000; now += 250) {
    t.equal(settling.observe('a', found(now, now), now), 300, `at ${now} ms`)
  }
})

t.test('a file replaced by an old one, or one whose clock is ahead, has to hold still too', async t => {
  const settling = new Settling(300)
  settling.observe('a', found(5, 0), 10_000)
  t.equal(settling.observe('a', found(6, 0), 10_001), 300)
  t.equal(settling.observe('b', found(6, 99_999), 10_000), 300)
  t.equal(settling.observe('b', found(6, 99_999), 10_300), 0)
})

t.test('a forgotten file is seen for the first time again', async t => {
  const settling = new Settling(300)
  settling.observe('a', found(5, 10_000), 10_000)
  settling.forget('a')
  t.equal(settling.observe('a', found(5, 10_000), 10_400), 300)
})
