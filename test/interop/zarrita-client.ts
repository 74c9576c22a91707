// zarrita reads every array by URL (FetchStore) and from the unpacked folder; both must agree, and agree with
// the expected hashes. Run by check_zarrita.py: node zarrita-client.js BASE_URL WORK_FOLDER
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as zarr from 'zarrita'

interface ArrayFacts {
  readonly zarrFormat: 2 | 3
  readonly shape: readonly number[]
  readonly enc: 'bytes-le-c' | 'json'
  readonly sha256: string
}

interface Archive {
  readonly store: string
  readonly root: string
  readonly arrays: Readonly<Record<string, ArrayFacts>>
}

/** The same archive, unpacked: what zarrita itself makes of the data without any service. */
class FolderStore implements zarr.AsyncReadable {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async get(key: zarr.AbsolutePath): Promise<Uint8Array | undefined> {
    try {
      return new Uint8Array(await readFile(join(this.#folder, key)))
    } catch (error) {
      if (
        error instanceof Error &&
        'code' in error &&
        ['ENOENT', 'EISDIR', 'ENOTDIR'].includes(`${error.code}`)
      )
        return undefined
      throw error
    }
  }

  async getRange(key: zarr.AbsolutePath, range: zarr.RangeQuery): Promise<Uint8Array | undefined> {
    const value = await this.get(key)
    if (value === undefined) return undefined
    // As over HTTP: nothing beyond the end (416).
    if ('offset' in range && range.offset >= value.length)
      throw new RangeError(`${key} has only ${value.length} bytes`)
    if ('suffixLength' in range) return value.slice(-range.suffixLength)
    return value.slice(range.offset, range.offset + range.length)
  }
}

interface Reading {
  readonly shape: readonly number[]
  readonly stride: readonly number[]
  readonly values: Iterable<unknown>
  readonly bytes?: Uint8Array
}

/** What zarrita reads wrongly, from a folder too: only that URL and folder agree is asked of these. */
const ZARRITA_DEFECTS: ReadonlySet<string> = new Set([
  'archives~codecs-v2 /filter/delta_narrow', // stored type of the delta filter ignored
  'archives~codecs-v2 /layout/big_fill', // fill value beyond 2^53 rounded
  'archives~sharded-v3 /transposed_before', // codecs before sharding ignored
])

let passed = 0
let failed = 0
let refused = 0

function check(isRight: boolean, what: string): void {
  if (isRight) passed++
  else if (++failed <= 25) console.log(`not ok: ${what}`)
}

async function read(
  store: zarr.AsyncReadable,
  path: string,
  facts: ArrayFacts,
  isPart: boolean,
): Promise<Reading> {
  const location = zarr.root(store).resolve(path)
  const open = facts.zarrFormat === 3 ? zarr.open.v3 : zarr.open.v2
  const array = await open(location, { kind: 'array' })
  const selection = isPart
    ? array.shape.map(size => zarr.slice(Math.floor(size / 3), Math.floor(size / 3) + 2))
    : null
  const chunk = await zarr.get(array, selection)
  // A 0-d array yields its one value.
  if (typeof chunk !== 'object' || chunk === null || !('data' in chunk))
    return { shape: [], stride: [], values: [chunk] }
  const { data, shape, stride } = chunk
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : undefined
  return { shape, stride, values: data as Iterable<unknown>, ...(bytes !== undefined && { bytes }) }
}

async function readOrError(...args: Parameters<typeof read>): Promise<Reading | Error> {
  return read(...args).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
}

function textOf(reading: Reading): string {
  const items = [...reading.values].map(value =>
    typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : value,
  )
  return JSON.stringify([reading.shape, reading.stride, items])
}

function isCOrder({ shape, stride }: Reading): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false
    expected *= shape[axis] ?? 0
  }
  return true
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function checkArray(
  stores: readonly [zarr.AsyncReadable, zarr.AsyncReadable],
  where: string,
  [path, facts]: readonly [string, ArrayFacts],
): Promise<void> {
  for (const isPart of facts.shape.length > 0 ? [false, true] : [false]) {
    const [local, remote] = await Promise.all(stores.map(store => readOrError(store, path, facts, isPart)))
    if (local === undefined || local instanceof Error) {
      refused++
      check(remote instanceof Error, `${where} ${path}: refused from a folder but read by URL`)
    } else if (remote === undefined || remote instanceof Error) {
      check(false, `${where} ${path}: ${remote?.message}`)
    } else {
      check(textOf(local) === textOf(remote), `${where} ${path}: values differ`)
      const isComparable = !isPart && isCOrder(remote) && !ZARRITA_DEFECTS.has(`${where} ${path}`)
      if (isComparable && remote.bytes !== undefined)
        check(sha256(remote.bytes) === facts.sha256, `${where} ${path}: not the expected hash`)
    }
  }
}

const [baseUrl, work] = process.argv.slice(2)
if (baseUrl === undefined || work === undefined)
  throw new Error('usage: zarrita-client.js BASE_URL WORK_FOLDER')
const archives: readonly Archive[] = JSON.parse(await readFile(join(work, 'arrays.json'), 'utf8'))

for (const archive of archives) {
  const stores = [
    new FolderStore(join(work, 'unpacked', archive.store, archive.root)),
    // Suffix ranges are how a shard's index at the end is read without a HEAD request first.
    new zarr.FetchStore(`${baseUrl}/zarr/${archive.store}`, { useSuffixRequest: true }),
  ] as const
  const arrays = Object.entries(archive.arrays)
  // The v2 corpus holds each array seven times: one archive of it is enough here.
  const chosen = archive.store.startsWith('zarr-python-v2') ? arrays.filter((_, at) => at % 3 === 0) : arrays
  if (archive.store.startsWith('zarr-python-v2') && !archive.store.endsWith('fixture')) continue
  for (const array of chosen) await checkArray(stores, archive.store, array)
}
console.log(`  ${refused} reads refused by zarrita itself`)
if (passed + failed === 0) check(false, 'no check ran')
console.log(`zarrita: ${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
