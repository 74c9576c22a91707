// A Zarr store in a ZIP archive: keys below a root folder, found through the index, read by position. Holds
// no list of keys and no state but caches, so a store of a million entries opens in milliseconds.
import type { Buffer } from 'node:buffer'
import { WatchedBytes } from '../bytes/watched-bytes.js'
import { ZipzarrError } from '../errors.js'
import { LoopYield } from '../memory/loop-yield.js'
import { CacheBudget } from '../memory/lru.js'
import { attempt, type MaybePromise, then } from '../memory/maybe-promise.js'
import { DEFAULT_MAX_VALUE_BYTES } from '../zip/directory/limits.js'
import { type Entry, EntryFinder } from '../zip/entries/entry-finder.js'
import { EntryReader } from '../zip/entries/entry-reader.js'
import type { IndexFacts } from '../zip/index/index-facts.js'
import type { ZipIndex } from '../zip/index/zip-index.js'
import { metadataNames } from './archive-index.js'
import { clampRange } from './byte-range.js'
import { archiveTag, requireIndexed } from './indexed-archive.js'
import type { NodePath, StoreId, StoreKey } from './keys.js'
import { sortByName } from './name-order.js'
import type {
  ArchiveBytes,
  ByteRange,
  DeflatedValue,
  DirectoryEntry,
  GetOptions,
  ReadableStore,
  SubtreeTotals,
  ValueStat,
} from './store.js'
import { statOf } from './value-stat.js'
import type { ZipStoreOptions } from './zip-store-options.js'

export type { ZipStoreOptions }

/** Folders listed between two looks at the clock. */
const FOLDERS_PER_LOOK = 256
const OWN_CACHE_BYTES = 16 * 1024 * 1024
const NO_TOTALS: SubtreeTotals = { values: 0, byteLength: 0, storedByteLength: 0, metadata: new Set() }

export class ZipStore implements ReadableStore {
  readonly id: StoreId
  readonly readOnly = true
  readonly rootPrefix: string
  readonly facts: IndexFacts
  readonly archive: ArchiveBytes
  readonly #source: WatchedBytes
  readonly #index: ZipIndex
  readonly #finder: EntryFinder
  readonly #reader: EntryReader
  readonly #keyPrefix: string
  /** For as long as the finder remembers the entry: making the tag costs more than finding it. */
  readonly #stats = new WeakMap<Entry, ValueStat>()

  private constructor(options: ZipStoreOptions) {
    const { index } = options
    // Once the archive was found changed, nothing is answered from it any more.
    const source = new WatchedBytes(options.source, options.onChanged)
    this.id = options.id
    this.rootPrefix = options.rootPrefix
    this.facts = index.facts
    this.#source = source
    this.#index = index
    this.#keyPrefix = options.rootPrefix === '' ? '' : `${options.rootPrefix}/`
    const caches = options.caches ?? new CacheBudget(OWN_CACHE_BYTES)
    this.#finder = new EntryFinder(source, index, caches)
    this.#reader = new EntryReader(source, {
      prependedByteLength: index.facts.prependedByteLength,
      directoryByteOffset: index.facts.directory.byteOffset,
      maxValueBytes: options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES,
      caches,
    })
    this.archive = {
      byteLength: source.size,
      tag: archiveTag(index.facts),
      read: (byteOffset, byteLength, readOptions) =>
        this.#readArchive({ byteOffset, byteLength }, readOptions),
    }
  }

  /**
   * Checks that the index is that of the archive: identity, and the end record's bytes.
   * @throws ZipzarrError STORE_CHANGED, READ_FAILED
   */
  static async open(options: ZipStoreOptions): Promise<ZipStore> {
    await requireIndexed(options.source, options.index.facts)
    return new ZipStore(options)
  }

  stat(key: StoreKey): ValueStat | undefined {
    const entry = this.#find(key)
    if (entry === undefined) return undefined
    if (entry.problem !== undefined)
      throw new ZipzarrError(
        entry.problem.code,
        `"${key}" is in the archive but cannot be read: ${entry.problem.message}`,
      )
    const known = this.#stats.get(entry)
    if (known !== undefined) return known
    const stat = statOf(entry)
    this.#stats.set(entry, stat)
    return stat
  }

  isImmediate(stat: ValueStat): boolean {
    return this.#reader.isImmediate(stat)
  }

  get(key: StoreKey, options: GetOptions = {}): MaybePromise<Buffer | undefined> {
    return this.#read(key, entry => this.#reader.readValue(entry, options))
  }

  getRange(key: StoreKey, range: ByteRange, options: GetOptions = {}): MaybePromise<Buffer | undefined> {
    return this.#read(key, entry =>
      this.#reader.readRange(entry, clampRange(range, entry.record.byteLength), options),
    )
  }

  getPieces(
    key: StoreKey,
    range: ByteRange,
    options: Pick<GetOptions, 'signal'> = {},
  ): AsyncGenerator<Buffer> | undefined {
    const entry = this.#find(key)
    if (entry === undefined) return undefined
    const span = clampRange(range, entry.record.byteLength)
    return this.#reader.readPieces(entry, span, options.signal)
  }

  getDeflated(key: StoreKey, options: GetOptions = {}): MaybePromise<DeflatedValue | undefined> {
    return this.#read(key, entry =>
      then(this.#reader.readDeflated(entry, options), deflated => {
        if (deflated === undefined) return undefined
        const { crc32, byteLength, storedByteLength } = entry.record
        return { bytes: deflated, storedByteLength, crc32, byteLength }
      }),
    )
  }

  async listDirectories(path: NodePath): Promise<DirectoryEntry[]> {
    const folder = this.#folder(path)
    if (folder === undefined) return []
    const { first, count } = this.#index.childFolders(folder)
    const children: DirectoryEntry[] = []
    const loop = new LoopYield()
    for (let child = first; child < first + count; child++) {
      const metadata = metadataNames(this.#index.folderMask(child))
      children.push({ name: this.#index.folderName(child), metadata })
      if (children.length % FOLDERS_PER_LOOK === 0 && loop.isDue) await loop.yield()
    }
    return sortByName(children, loop)
  }

  metadataAt(path: NodePath): ReadonlySet<string> | undefined {
    const folder = this.#folder(path)
    if (folder === undefined || this.#index.folderSummary(folder).values === 0) return undefined
    return metadataNames(this.#index.folderMask(folder))
  }

  *listKeys(path: NodePath): Generator<StoreKey, void, undefined> {
    const folder = this.#folder(path)
    if (folder === undefined) return
    for (const recordOffset of this.#index.valueRecords(folder))
      yield this.#finder.nameAt(recordOffset).slice(this.#keyPrefix.length) as StoreKey
  }

  totals(path: NodePath): SubtreeTotals {
    const folder = this.#folder(path)
    if (folder === undefined) return NO_TOTALS
    const { values, byteLength, storedByteLength } = this.#index.folderSummary(folder)
    const metadata = metadataNames(this.#index.subtreeMask(folder))
    return { values, byteLength, storedByteLength, metadata }
  }

  requireUnchanged(): void {
    this.#source.requireUnchanged()
  }

  /** Once it has failed with STORE_CHANGED, every method does. */
  checkUnchanged(): MaybePromise<void> {
    return this.#source.checkUnchanged()
  }

  async close(): Promise<void> {
    await Promise.all([this.#source.close(), this.#index.close()])
  }

  /** What `read` answers of the key's entry; undefined where there is none. */
  #read<T>(key: StoreKey, read: (entry: Entry) => MaybePromise<T>): MaybePromise<T | undefined> {
    return attempt<T | undefined>(() => {
      const entry = this.#find(key)
      return entry === undefined ? undefined : read(entry)
    })
  }

  #find(key: StoreKey): Entry | undefined {
    this.requireUnchanged()
    try {
      return this.#finder.find(this.#keyPrefix + key)
    } catch (error) {
      // A page of the directory that is not the one that was indexed.
      throw this.#source.noted(error)
    }
  }

  #folder(path: NodePath): number | undefined {
    this.requireUnchanged()
    return this.#index.findFolder(path === '' ? this.rootPrefix : this.#keyPrefix + path)
  }

  async #readArchive(
    part: { byteOffset: number; byteLength: number },
    options: GetOptions = {},
  ): Promise<Buffer> {
    this.requireUnchanged()
    const { byteOffset, byteLength } = part
    const bytes = await this.#source.read(byteOffset, byteLength, { ...options, isBulk: true })
    await this.checkUnchanged()
    return bytes
  }
}
