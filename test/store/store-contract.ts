// The store contract: what every open store promises, whatever process it was opened in and however. `observe`
// turns all that can be seen of a store into plain data, so that it can be compared across processes.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type NodePath, parseStoreKey, type StoreKey } from '../../src/store/keys.js'
import type { ByteRange, ReadableStore } from '../../src/store/store.js'
import { concat } from '../support/concat.js'

/** Everything observable of one value. */
export interface ObservedValue {
  stat: unknown
  bytes: string
  ranges: string[]
  deflated: unknown
}

/** Everything observable of one folder. */
export interface ObservedFolder {
  keys: string[]
  directories: { name: string; metadata: string[] }[]
  metadata: string[] | null
  totals: unknown
}

export interface Observation {
  id: string
  readOnly: boolean
  folders: Record<string, ObservedFolder>
  values: Record<string, ObservedValue>
  archive: unknown
}

/** Parts of a value that meet every edge of a range: inside, from the end, clamped, empty, past the end. */
const RANGES: readonly ByteRange[] = [
  { byteOffset: 0, byteLength: 1 },
  { byteOffset: 1, byteLength: 3 },
  { byteOffset: 2 },
  { byteOffset: 0, byteLength: 1_000_000 },
  { byteOffset: 1_000_000, byteLength: 1 },
  { byteOffset: 0, byteLength: 0 },
  { suffixLength: 1 },
  { suffixLength: 2 },
  { suffixLength: 1_000_000 },
  { suffixLength: 0 },
]

const ABSENT = ['no-such-key', 'zarr.json/x', 'c/9/9/9', 'a'.repeat(1024)]

export async function observe(store: ReadableStore): Promise<Observation> {
  const folders: Record<string, ObservedFolder> = {}
  const values: Record<string, ObservedValue> = {}
  const walk = async (path: NodePath): Promise<void> => {
    const folder = await observeFolder(store, path)
    folders[path] = folder
    for (const key of folder.keys) values[key] = await observeValue(store, parseStoreKey(key))
    for (const { name } of folder.directories)
      await walk((path === '' ? name : `${path}/${name}`) as NodePath)
  }
  await walk('' as NodePath)
  const { archive } = store
  const whole = archive && hash(await archive.read(0, archive.byteLength))
  return {
    id: store.id,
    readOnly: store.readOnly,
    folders,
    values,
    archive: archive && { byteLength: archive.byteLength, tag: archive.tag, whole },
  }
}

/**
 * Holds a store against what its archive was made of.
 * @param expected last value of every key
 */
export async function checkStoreContract(
  store: ReadableStore,
  expected: ReadonlyMap<string, Buffer>,
): Promise<Observation> {
  assert.equal(store.readOnly, true)
  const seen = await observe(store)
  assert.deepEqual(Object.keys(seen.values).sort(), [...expected.keys()].sort(), 'lists exactly its keys')
  for (const [key, value] of expected) {
    const found = seen.values[key]
    assert.equal(found.bytes, hash(value), `${key}: its bytes`)
    assert.equal((found.stat as { byteLength: number }).byteLength, value.length, `${key}: its length`)
    assert.deepEqual(
      found.ranges,
      RANGES.map(range => hash(cut(value, range))),
      `${key}: its ranges`,
    )
  }
  const sizes = [...expected.values()].map(value => value.length)
  const { values, byteLength } = store.totals('' as NodePath)
  assert.deepEqual(
    { values, byteLength },
    { values: sizes.length, byteLength: sizes.reduce((a, b) => a + b, 0) },
  )
  await checkAbsence(store, expected)
  await checkOwnership(store, expected)
  assert.deepEqual(await observe(store), seen, 'looking changes nothing')
  return seen
}

async function checkAbsence(store: ReadableStore, expected: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const text of ABSENT.filter(text => !expected.has(text))) {
    const key = parseStoreKey(text)
    assert.equal(store.stat(key), undefined)
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.getRange(key, { suffixLength: 1 }), undefined)
    assert.equal(await store.getDeflated?.(key), undefined)
    assert.equal(store.getPieces(key, { suffixLength: 1 }), undefined)
  }
  const nowhere = 'no/such/folder' as NodePath
  assert.deepEqual(await store.listDirectories(nowhere), [])
  assert.deepEqual([...store.listKeys(nowhere)], [])
  assert.equal(store.metadataAt(nowhere), undefined)
  assert.equal(store.totals(nowhere).values, 0)
}

/** What the store hands out is the caller's: writing into it changes no later answer, nor one at the same time. */
async function checkOwnership(store: ReadableStore, expected: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [text, value] of [...expected].slice(0, 3)) {
    const key = parseStoreKey(text)
    const [one, two] = await Promise.all([store.get(key), store.get(key)])
    one?.fill(0xaa)
    assert.equal(hash(two), hash(value))
    const part = await store.getRange(key, { byteOffset: 0 })
    part?.fill(0xbb)
    assert.equal(hash(await store.getRange(key, { byteOffset: 0 })), hash(value))
  }
}

async function observeFolder(store: ReadableStore, path: NodePath): Promise<ObservedFolder> {
  const metadata = store.metadataAt(path)
  const directories = await store.listDirectories(path)
  return {
    keys: [...store.listKeys(path)].sort(),
    directories: directories.map(({ name, metadata }) => ({ name, metadata: [...metadata].sort() })),
    metadata: metadata === undefined ? null : [...metadata].sort(),
    totals: { ...store.totals(path) },
  }
}

async function observeValue(store: ReadableStore, key: StoreKey): Promise<ObservedValue> {
  const deflated = await store.getDeflated?.(key)
  const ranges: string[] = []
  for (const range of RANGES) {
    const part = hash(await store.getRange(key, range))
    assert.equal(hash(await concat(store.getPieces(key, range))), part, 'piece by piece as at once')
    ranges.push(part)
  }
  return {
    stat: { ...store.stat(key) },
    bytes: hash(await store.get(key)),
    ranges,
    deflated: deflated === undefined ? null : { ...deflated, bytes: hash(await wholeOf(deflated.bytes)) },
  }
}

async function wholeOf(bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array | undefined> {
  return bytes instanceof Uint8Array ? bytes : concat(bytes)
}

function cut(value: Buffer, range: ByteRange): Buffer {
  if ('suffixLength' in range) return value.subarray(Math.max(0, value.length - range.suffixLength))
  const { byteOffset, byteLength = value.length } = range
  return value.subarray(Math.min(byteOffset, value.length), Math.min(byteOffset + byteLength, value.length))
}

function hash(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'absent' : createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
