// Damage in every place of a small archive: right bytes or an error of ours, never a crash, a hang or other
// bytes.
import t from 'tap'
import { isZipzarrError } from '../../src/errors.js'
import { buildArchiveIndex } from '../../src/store/archive-index.js'
import type { StoreKey } from '../../src/store/keys.js'
import { ZipStore } from '../../src/store/zip-store.js'
import { ZipIndex } from '../../src/zip/index/zip-index.js'
import { MemoryBytes } from '../support/memory-bytes.js'
import { openZip } from '../support/open-zip.js'
import { writeZip } from '../support/zip-writer.js'

const entries = [
  { name: 'zarr.json', data: '{"zarr_format":3}' },
  { name: 'a/c/0', data: Buffer.from(Array.from({ length: 80 }, (_, i) => i)) },
  { name: 'a/c/1', data: 'deflated deflated deflated', method: 8 },
  { name: 'grün', data: 'streamed', isStreamed: true },
  { name: 'big', data: 'zip64', isZip64: true },
  { name: 'zarr.json', data: '{"zarr_format":3,"again":true}' },
]
const values = new Map(entries.map(({ name, data }) => [name, Buffer.from(data)]))
/** When the name of the last entry is damaged, the entry that it replaced is the last one of that name. */
const replaced = Buffer.from(entries[0]!.data)
const FLIPS = [0x01, 0xa0]

/** Asks for every value; answers how often a key was said to be absent. */
async function askAll(store: ZipStore, what: string): Promise<number> {
  let absences = 0
  for (const [name, expected] of values) {
    const key = name as StoreKey
    try {
      const value = await store.get(key)
      if (value === undefined) absences++
      else if (!value.equals(expected) && !(name === 'zarr.json' && value.equals(replaced)))
        throw new Error(`${what}: wrong bytes for ${name}`)
    } catch (error) {
      if (!isZipzarrError(error)) throw error
    }
  }
  return absences
}

for (const isZip64 of [false, true])
  t.test(`a flipped byte anywhere, then indexed${isZip64 ? ' (Zip64)' : ''}`, async t => {
    const good = writeZip(entries, { isZip64, comment: 'a comment' })
    const directory = good.indexOf('PK\x01\x02', 0, 'latin1')
    let opened = 0
    for (let at = 0; at < good.length; at++)
      for (const flip of isZip64 ? [0x01] : FLIPS) {
        const bad = Buffer.from(good)
        bad[at]! ^= flip
        try {
          const { store } = await openZip(bad)
          opened++
          const absences = await askAll(store, `byte ${at} ^ ${flip}`)
          // Outside of the directory no byte says what there is.
          if (at < directory && absences > 0) t.fail(`byte ${at}: ${absences} keys are said to be absent`)
        } catch (error) {
          if (!isZipzarrError(error)) throw error
        }
      }
    t.ok(opened > good.length / 2)
  })

t.test('a flipped byte anywhere after it was indexed: no key is ever said to be absent', async t => {
  const good = writeZip(entries)
  const { index } = await buildArchiveIndex(new MemoryBytes(good))
  let errors = 0
  for (let at = 0; at < good.length; at++)
    for (const flip of FLIPS) {
      const bad = Buffer.from(good)
      bad[at]! ^= flip
      const options = { id: 't' as never, index: ZipIndex.fromBuffer(index), rootPrefix: '' }
      for (const [name, expected] of values) {
        try {
          const store = await ZipStore.open({ ...options, source: new MemoryBytes(bad) })
          const value = await store.get(name as StoreKey)
          if (value === undefined || !value.equals(expected)) t.fail(`byte ${at} ^ ${flip}: ${name} is wrong`)
        } catch (error) {
          if (!isZipzarrError(error)) throw error
          errors++
        }
      }
    }
  t.ok(errors > 1000, `${errors} errors`)
})

t.test('an archive cut at any length is refused', async t => {
  const accepted: number[] = []
  for (const isZip64 of [false, true]) {
    const good = writeZip(entries, { isZip64 })
    for (let length = 0; length < good.length; length++) {
      const error = await openZip(good.subarray(0, length)).catch((error: unknown) => error)
      if (!isZipzarrError(error) || error.code !== 'ARCHIVE_INVALID') accepted.push(length)
    }
  }
  t.same(accepted, [])
})

t.test('an archive cut inside its comment is read, as CPython does', async t => {
  const good = writeZip(entries, { comment: 'comment' })
  for (let cut = 1; cut <= 7; cut++) {
    const { store } = await openZip(good.subarray(0, good.length - cut))
    t.equal(await askAll(store, `cut ${cut}`), 0)
  }
})
