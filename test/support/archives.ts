// Archives for tests: any legal one by generation, and what a store over it has to show.
import fc from 'fast-check'
import { writeZip, type ZipEntry } from './zip-writer.js'

export interface GeneratedArchive {
  bytes: Buffer
  /** Last value of every key below `rootPrefix`. */
  values: Map<string, Buffer>
  rootPrefix: string
}

const name = fc.constantFrom('a', 'b', 'c0', 'λ', 'with space', 'zarr.json', '.zarray', '.zgroup')
const folder = fc.constantFrom('x', 'y', 'größe', '0')
const key = fc
  .tuple(fc.array(folder, { maxLength: 3 }), name)
  .map(([folders, last]) => [...folders, last].join('/'))
const data = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.nat(3000).map(length => new Uint8Array(length).fill(7)),
)
const entry = fc.record({
  key,
  data,
  isDeflated: fc.boolean(),
  isZip64: fc.boolean(),
  isStreamed: fc.boolean(),
})

/** Duplicates, both methods, Zip64, data descriptors, comments, and sometimes everything below one folder. */
export const anyArchive: fc.Arbitrary<GeneratedArchive> = fc
  .record({
    entries: fc.array(entry, { minLength: 1, maxLength: 12 }),
    rootPrefix: fc.constantFrom('', '', 'top.zarr', 'deep/er.zarr'),
    isZip64: fc.boolean(),
    comment: fc.constantFrom('', 'a comment'),
  })
  .map(({ entries, rootPrefix, isZip64, comment }) => {
    const prefix = rootPrefix === '' ? '' : `${rootPrefix}/`
    const all = [{ key: 'zarr.json', data: new Uint8Array([123, 125]), isDeflated: false }, ...entries]
    const zip = all.map(made => ({ ...made, name: prefix + made.key, data: Buffer.from(made.data) }))
    return {
      bytes: writeZip(zip.map(toZipEntry), { isZip64, comment }),
      values: new Map(all.map(made => [made.key, Buffer.from(made.data)])),
      rootPrefix,
    }
  })

function toZipEntry(made: {
  name: string
  data: Buffer
  isDeflated: boolean
  isZip64?: boolean
  isStreamed?: boolean
}): ZipEntry {
  const { name, data, isDeflated } = made
  const form = made.isZip64 ? { isZip64: true } : made.isStreamed ? { isStreamed: true } : {}
  return { name, data, method: isDeflated ? 8 : 0, ...form }
}

/** A small Zarr group of one array whose chunk holds `fill`, to tell one state of an archive from another. */
export function smallArchive(fill: number, chunkBytes = 100): Buffer {
  return writeZip([
    { name: 'zarr.json', data: '{"zarr_format":3,"node_type":"group"}' },
    { name: 'a/zarr.json', data: '{}' },
    { name: 'a/c/0', data: Buffer.alloc(chunkBytes, fill) },
    { name: 'a/c/1', data: Buffer.alloc(chunkBytes, fill + 1), method: 8 },
  ])
}
