// A store over a folder or over values in memory: for tests that want hierarchies and no archive.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { MaybePromise } from '../../src/memory/maybe-promise.js'
import type { NodePath, StoreKey } from '../../src/store/keys.js'
import type {
  ByteRange,
  DirectoryEntry,
  GetOptions,
  ReadableStore,
  SubtreeTotals,
  ValueStat,
} from '../../src/store/store.js'

const METADATA_NAMES = new Set(['zarr.json', '.zarray', '.zgroup', '.zattrs'])

const NO_TOTALS = { values: 0, byteLength: 0, metadataBelow: new Set<string>() }

interface Folder {
  readonly folders: Set<string>
  readonly keys: StoreKey[]
  readonly metadata: Set<string>
  readonly metadataBelow: Set<string>
  values: number
  byteLength: number
}

export class FolderStore implements ReadableStore {
  readonly id = 'folder'
  readonly readOnly = true
  /** Every key that was read in whole or in part, in order. */
  readonly reads: string[] = []
  readonly #values: ReadonlyMap<string, Buffer>
  readonly #folders = new Map<string, Folder>()
  readonly #stats = new Map<string, ValueStat>()

  private constructor(values: ReadonlyMap<string, Buffer>) {
    this.#values = values
    for (const [key, value] of values) this.#addToFolders(key as StoreKey, value.length)
  }

  /** Values by key; text stands for its UTF-8 bytes, an object for its JSON. */
  static fromEntries(
    entries: Iterable<readonly [key: string, value: Buffer | string | object]>,
  ): FolderStore {
    const values = new Map<string, Buffer>()
    for (const [key, value] of entries) {
      if (Buffer.isBuffer(value)) values.set(key, value)
      else values.set(key, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))
    }
    return new FolderStore(values)
  }

  /** All files below a folder of this machine. */
  static fromFolder(folder: string): FolderStore {
    const values = new Map<string, Buffer>()
    const walk = (prefix: string): void => {
      for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
        const key = prefix === '' ? entry.name : `${prefix}/${entry.name}`
        if (entry.isDirectory()) walk(key)
        else values.set(key, readFileSync(join(folder, key)))
      }
    }
    walk('')
    return new FolderStore(values)
  }

  stat(key: StoreKey): ValueStat | undefined {
    const known = this.#stats.get(key)
    const value = this.#values.get(key)
    if (known !== undefined || value === undefined) return known
    const checksum = crc32(value)
    const { length } = value
    const tag = `${checksum.toString(16)}-${length}`
    const sizes = { byteLength: length, storedByteLength: length, crc32: checksum }
    const stat: ValueStat = { ...sizes, isStored: true, tag, method: 0 }
    this.#stats.set(key, stat)
    return stat
  }

  isImmediate(): boolean {
    return true
  }

  get(key: StoreKey, options: GetOptions = {}): MaybePromise<Buffer | undefined> {
    return this.#copy(key, options)
  }

  #copy(key: StoreKey, { allocate = Buffer.alloc }: GetOptions = {}): Buffer | undefined {
    const value = this.#values.get(key)
    if (value === undefined) return undefined
    this.reads.push(key)
    const memory = allocate(value.length)
    memory.set(value)
    return Buffer.from(memory.buffer, memory.byteOffset, memory.length)
  }

  getRange(key: StoreKey, range: ByteRange): Buffer | undefined {
    const value = this.#copy(key)
    if (value === undefined) return undefined
    if ('suffixLength' in range) return value.subarray(Math.max(0, value.length - range.suffixLength))
    return value.subarray(range.byteOffset, range.byteOffset + (range.byteLength ?? value.length))
  }

  getPieces(key: StoreKey, range: ByteRange): AsyncIterable<Buffer> | undefined {
    if (!this.#values.has(key)) return undefined
    const whole = async function* (store: FolderStore): AsyncGenerator<Buffer> {
      yield store.getRange(key, range) as Buffer
    }
    return whole(this)
  }

  async listDirectories(path: NodePath): Promise<DirectoryEntry[]> {
    const names = [...(this.#folders.get(path)?.folders ?? [])]
    names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return names.map(name => ({
      name,
      metadata: this.#folders.get(path === '' ? name : `${path}/${name}`)?.metadata ?? new Set(),
    }))
  }

  metadataAt(path: NodePath): ReadonlySet<string> | undefined {
    return this.#folders.get(path)?.metadata
  }

  listKeys(path: NodePath): Iterable<StoreKey> {
    return this.#folders.get(path)?.keys ?? []
  }

  totals(path: NodePath): SubtreeTotals {
    const { values, byteLength, metadataBelow } = this.#folders.get(path) ?? NO_TOTALS
    return { values, byteLength, storedByteLength: byteLength, metadata: metadataBelow }
  }

  async close(): Promise<void> {}

  #addToFolders(key: StoreKey, byteLength: number): void {
    const segments = key.split('/')
    const name = segments.pop() as string
    let path = ''
    for (const segment of [...segments, undefined]) {
      const folder = this.#folderAt(path)
      folder.values++
      folder.byteLength += byteLength
      if (METADATA_NAMES.has(name)) folder.metadataBelow.add(name)
      if (segment === undefined) {
        folder.keys.push(key)
        if (METADATA_NAMES.has(name)) folder.metadata.add(name)
        return
      }
      folder.folders.add(segment)
      path = path === '' ? segment : `${path}/${segment}`
    }
  }

  #folderAt(path: string): Folder {
    const known = this.#folders.get(path)
    if (known !== undefined) return known
    const folder: Folder = {
      ...{ folders: new Set(), keys: [], metadata: new Set(), metadataBelow: new Set() },
      ...{ values: 0, byteLength: 0 },
    }
    this.#folders.set(path, folder)
    return folder
  }
}
