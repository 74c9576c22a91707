// Descriptors for tests: one valid by hand, and every valid one there is by generation.
import fc from 'fast-check'
import type { StoreDescriptor } from '../../src/store/descriptor/descriptor.js'
import type { StoreId } from '../../src/store/keys.js'

export const exampleDescriptor: StoreDescriptor = {
  version: 2,
  id: '2024~era5' as StoreId,
  location: { root: 'data', path: '2024/era5.zarr.zip' },
  rootPrefix: 'era5.zarr',
  readOnly: true,
  zarrFormat: 3,
  fingerprint: {
    size: 1234,
    mtimeNs: '1700000000123456789',
    ctimeNs: '1700000000223456789',
    inode: '9223372036854775809',
    endRecord: '504b0506'.padEnd(44, '0'),
  },
  directory: { byteOffset: 1000, byteLength: 212, entryCount: 4, crc32: 0xcafe },
  index: { name: 'abc.zzx', byteLength: 4096, crc32: 0xdeadbeef },
  revision: 7,
}

const segment = fc.stringMatching(/^[A-Za-z0-9 ._äλ~-]{1,12}$/).filter(text => text !== '.' && text !== '..')
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'))
const name = fc.stringMatching(/^[A-Za-z0-9._~-]{1,20}$/).filter(text => text !== '.' && text !== '..')
const digits = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)
const hexByte = fc.integer({ min: 0, max: 255 }).map(byte => byte.toString(16).padStart(2, '0'))

export const anyDescriptor: fc.Arbitrary<StoreDescriptor> = fc
  .record({
    id: name,
    root: name,
    path,
    rootPrefix: fc.oneof(fc.constant(''), path),
    zarrFormat: fc.constantFrom(2, 3, null),
    byteOffset: fc.nat(),
    entryCount: fc.nat(100_000),
    slack: fc.nat(1000),
    mtimeNs: digits,
    ctimeNs: digits,
    directoryCrc32: fc.integer({ min: 0, max: 0xffff_ffff }),
    inode: digits,
    endRecord: fc.array(hexByte, { minLength: 22, maxLength: 60 }).map(bytes => bytes.join('')),
    indexName: fc.oneof(fc.constant(null), fc.stringMatching(/^[a-z0-9]{1,40}\.zzx$/)),
    indexLength: fc.integer({ min: 1, max: 2 ** 40 }),
    crc32: fc.integer({ min: 0, max: 0xffff_ffff }),
    revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  })
  .map(made => {
    const byteLength = made.entryCount * 46 + made.slack
    return {
      version: 2,
      id: made.id as StoreId,
      location: { root: made.root, path: made.path },
      rootPrefix: made.rootPrefix,
      readOnly: true,
      zarrFormat: made.zarrFormat as 2 | 3 | null,
      fingerprint: {
        size: made.byteOffset + byteLength + 22,
        mtimeNs: made.mtimeNs,
        ctimeNs: made.ctimeNs,
        inode: made.inode,
        endRecord: made.endRecord,
      },
      directory: {
        byteOffset: made.byteOffset,
        byteLength,
        entryCount: made.entryCount,
        crc32: made.directoryCrc32,
      },
      index: { name: made.indexName, byteLength: made.indexLength, crc32: made.crc32 },
      revision: made.revision,
    } as const
  })

/** Paths of every field there is, those inside other fields included: `['location', 'root']`. */
export function fieldPaths(value: object): string[][] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'object' && inner !== null
      ? [[key], ...fieldPaths(inner).map(rest => [key, ...rest])]
      : [[key]],
  )
}

/** A deep copy with the field at `path` changed by `change`; answering undefined removes it. */
export function withField(value: object, path: readonly string[], change: (old: unknown) => unknown): object {
  const copy = structuredClone(value) as Record<string, unknown>
  let parent = copy
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>
  const last = path[path.length - 1]
  const changed = change(parent[last])
  if (changed === undefined) delete parent[last]
  else parent[last] = changed
  return copy
}
