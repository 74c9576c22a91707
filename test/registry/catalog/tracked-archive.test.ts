import t from 'tap'
import { TrackedArchive } from '../../../src/registry/catalog/tracked-archive.js'
import { WriteStability } from '../../../src/registry/discovery/write-stability.js'
import type { IndexedArchive } from '../../../src/registry/indexing/index-archive.js'
import type { StoreId } from '../../../src/store/keys.js'
import { exampleDescriptor } from '../../support/descriptors.js'

const identity = (size: number) => ({ size, mtimeNs: '1', ctimeNs: '1', inode: '1' })
const look = (size: number, ageMs = 60_000) => ({ identity: identity(size), ageMs })
const indexedAs = (size: number): IndexedArchive => ({
  ...exampleDescriptor,
  contents: { emptyReason: null, keyCount: 4, skippedNames: {}, topNames: [] },
  isNew: true,
  fingerprint: { ...exampleDescriptor.fingerprint, ...identity(size) },
})

function tracked() {
  const location = { root: 'data', path: 'x.zip' }
  return {
    archive: new TrackedArchive(location, 'x' as StoreId, 'data/x.zip'),
    settling: new WriteStability(300),
  }
}

/** One that was indexed at 5 bytes. */
function ready() {
  const made = tracked()
  made.archive.decide(look(5), made.settling, 0)
  made.archive.startIndexing(identity(5))
  made.archive.succeed(indexedAs(5))
  return made
}

t.test('a new archive is indexed at once when it is old, after it has settled when it is fresh', async t => {
  const old = tracked()
  t.match(old.archive.decide(look(5), old.settling, 0), { kind: 'index' })
  const fresh = tracked()
  t.match(fresh.archive.decide(look(5, 10), fresh.settling, 0), {
    kind: 'wait',
    delayMs: 300,
    isChanging: true,
  })
  t.match(fresh.archive.decide(look(6, 10), fresh.settling, 200), { kind: 'wait', delayMs: 300 })
  t.match(fresh.archive.decide(look(6, 310), fresh.settling, 500), { kind: 'index' })
})

t.test('an indexed archive is left alone until it changes', async t => {
  const { archive, settling } = ready()
  t.match(archive.decide(look(5), settling, 1000), { kind: 'leave' })
  t.match(archive.decide(look(6), settling, 2000), { kind: 'wait' })
  t.match(archive.decide(look(6), settling, 2300), { kind: 'index' })
})

t.test('a change while it is being indexed is remembered, not acted on', async t => {
  const { archive, settling } = ready()
  archive.startIndexing(identity(6))
  t.match(archive.decide(look(7), settling, 1000), { kind: 'leave' })
  t.equal(archive.isOvertaken, true)
})

t.test('an archive that is gone is dropped after a moment of grace, one out of sight never', async t => {
  const { archive, settling } = ready()
  t.match(archive.decide('unknown', settling, 0), { kind: 'leave' })
  t.match(archive.decide('absent', settling, 1000), { kind: 'wait', delayMs: 400, isChanging: false })
  t.match(archive.decide('absent', settling, 1300), { kind: 'wait', delayMs: 100 })
  t.match(archive.decide('absent', settling, 1400), { kind: 'drop' })
  t.match(archive.decide(look(5), settling, 1401), { kind: 'leave' }, 'it came back as it was')
  t.match(archive.decide('absent', settling, 5000), { kind: 'wait', delayMs: 400 })
})

t.test('a broken archive is tried again when it changes, one that may recover also without', async t => {
  const { archive, settling } = ready()
  archive.startIndexing(identity(6))
  archive.fail('ARCHIVE_INVALID', 0)
  t.match(archive.decide(look(6), settling, 100_000), { kind: 'leave' })
  t.match(archive.decide(look(7), settling, 100_000), { kind: 'wait' })
  archive.startIndexing(identity(7))
  archive.fail('READ_FAILED', 200_000)
  t.match(archive.decide(look(7), settling, 200_000), { kind: 'wait', delayMs: 2000, isChanging: false })
  t.match(archive.decide(look(7), settling, 202_000), { kind: 'index' })
  archive.startIndexing(identity(7))
  archive.fail('READ_FAILED', 202_000)
  t.match(archive.decide(look(7), settling, 202_000), { kind: 'wait', delayMs: 4000 }, 'ever more rarely')
})

t.test('a distrusted archive is indexed again though it looks the same', async t => {
  const { archive, settling } = ready()
  archive.distrust()
  t.match(archive.decide(look(5), settling, 1000), { kind: 'index' })
})

t.test(
  'a damaged index is made anew at once, ever more rarely when it is damaged again and again',
  async t => {
    const { archive, settling } = ready()
    const heal = (atMs: number) => {
      t.match(archive.decide(look(5), settling, atMs), { kind: 'index' })
      archive.startIndexing(identity(5))
      archive.succeed(indexedAs(5))
      t.match(archive.decide(look(5), settling, atMs), { kind: 'leave' })
    }
    archive.distrustIndex(1000)
    archive.distrustIndex(1000)
    heal(1000)
    for (const [atMs, delayMs] of [
      [2000, 1000],
      [5000, 2000],
      [10_000, 4000],
      [20_000, 8000],
      [30_000, 10_000],
      [50_000, 10_000],
    ] as const) {
      archive.distrustIndex(atMs)
      t.match(archive.decide(look(5), settling, atMs), { kind: 'wait', delayMs, isChanging: false })
      archive.distrustIndex(atMs + 1)
      t.match(archive.decide(look(5), settling, atMs + 1), { delayMs: delayMs - 1 }, 'told twice, made once')
      heal(atMs + delayMs)
    }
    archive.distrustIndex(1_000_000)
    heal(1_000_000)
  },
)
