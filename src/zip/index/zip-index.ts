// Look-ups in the index of an archive: keys to directory records, folders and what lies in them. Synchronous: a
// look-up touches memory or a few pages of a local file, which all processes share in the page cache.
import type { FileBytes } from '../../bytes/file-bytes.js'
import { hashBytes, hashEnd, hashSlash, hashStart, homeSlot } from '../directory/key-hash.js'
import { type IndexFacts, indexFacts } from './index-facts.js'
import {
  FLAW_BYTES,
  FOLDER,
  FOLDER_RECORD_BYTES,
  type IndexSections,
  SLOT_BYTES,
  VALUE_BYTES,
} from './index-layout.js'
import {
  type OpenedIndex,
  type OpenIndexOptions,
  openIndexBuffer,
  openIndexFile,
  unusable,
} from './index-opening.js'
import type { PagedBytes } from './paged-bytes.js'

const SLASH = 0x2f

export interface FolderSummary {
  readonly values: number
  readonly byteLength: number
  readonly storedByteLength: number
}

export class ZipIndex {
  readonly facts: IndexFacts
  readonly markedNames: readonly string[]
  readonly #header: OpenedIndex['header']
  readonly #at: IndexSections
  readonly #body: PagedBytes
  readonly #file: FileBytes | undefined
  /** The folder found last: its children are found from there, so that a walk down compares each name once. */
  #lastFound: { readonly folder: number; readonly path: Buffer } = { folder: 0, path: Buffer.alloc(0) }

  private constructor(opened: OpenedIndex) {
    this.#header = opened.header
    this.#at = opened.sections
    this.#body = opened.body
    this.#file = opened.file
    this.markedNames = opened.header.markedNames
    this.facts = indexFacts(opened.header, { byteLength: opened.sections.end, crc32: opened.header.crc32 })
  }

  /** An index as `buildIndex` made it in this process. @throws ZipzarrError STORE_UNAVAILABLE */
  static fromBuffer(index: Buffer): ZipIndex {
    return new ZipIndex(openIndexBuffer(index))
  }

  /** @throws ZipzarrError STORE_UNAVAILABLE when the file is missing, damaged, or of another archive or version */
  static async open(path: string, options: OpenIndexOptions = {}): Promise<ZipIndex> {
    return new ZipIndex(await openIndexFile(path, options))
  }

  /** The hash of a name's bytes in this index. */
  hash(name: Uint8Array): number {
    return hashEnd(hashBytes(hashStart(this.#header.numbers.seed), name, 0, name.length))
  }

  /**
   * Offers the record offsets stored under `hash`, until `accept` answers true; false when none was accepted.
   * Different names may share a hash, so `accept` compares the name.
   */
  findRecord(hash: number, accept: (recordOffset: number) => boolean): boolean {
    const { keySlotCount } = this.#header.numbers
    return this.#probe(this.#at.keys, { hash, slotCount: keySlotCount }, accept)
  }

  /** The number of the folder with this path (no slash at either end, '' is the root). */
  findFolder(path: string): number | undefined {
    const bytes = Buffer.from(path)
    let state = hashStart(this.#header.numbers.seed)
    if (bytes.length > 0) state = hashSlash(hashBytes(state, bytes, 0, bytes.length))
    let found: number | undefined
    const { folderSlotCount } = this.#header.numbers
    this.#probe(this.#at.folders, { hash: hashEnd(state), slotCount: folderSlotCount }, folder => {
      if (!this.#hasPath(folder, bytes)) return false
      found = folder
      this.#lastFound = { folder, path: bytes }
      return true
    })
    return found
  }

  folderName(folder: number): string {
    return this.#folderName(folder).toString('utf8')
  }

  /** Bit i: `markedNames[i]` lies directly in the folder. */
  folderMask(folder: number): number {
    return this.#folderRecord(folder)[FOLDER.mask]!
  }

  /** The same for everything below the folder, itself included. */
  subtreeMask(folder: number): number {
    return this.#folderRecord(folder)[FOLDER.subtreeMask]!
  }

  folderSummary(folder: number): FolderSummary {
    const record = this.#folderRecord(folder)
    return {
      values: record.readDoubleLE(FOLDER.totalValues),
      byteLength: record.readDoubleLE(FOLDER.totalByteLength),
      storedByteLength: record.readDoubleLE(FOLDER.totalStoredByteLength),
    }
  }

  /** Child folders, in the order in which the archive first names them. */
  childFolders(folder: number): { first: number; count: number } {
    const record = this.#folderRecord(folder)
    const first = record.readUInt32LE(FOLDER.firstChild)
    const count = record.readUInt32LE(FOLDER.childCount)
    if (first + count > this.#header.numbers.folderCount) throw unusable('a folder record is out of bounds')
    return { first, count }
  }

  /** Record offsets of the keys directly in the folder. */
  *valueRecords(folder: number): Generator<number, void, undefined> {
    const record = this.#folderRecord(folder)
    const first = record.readUInt32LE(FOLDER.firstValue)
    const count = record.readUInt32LE(FOLDER.valueCount)
    if (first + count > this.#header.numbers.keyCount) throw unusable('a folder record is out of bounds')
    for (let i = first; i < first + count; i++) yield this.#body.u32(this.#at.values + i * VALUE_BYTES)
  }

  /** True for an entry that overlaps another one: it is present and must not be read. */
  isOverlapping(recordOffset: number): boolean {
    let low = 0
    let high = this.#header.numbers.overlapCount
    while (low < high) {
      const middle = (low + high) >>> 1
      const found = this.#body.u32(this.#at.flaws + middle * FLAW_BYTES)
      if (found === recordOffset) return true
      if (found < recordOffset) low = middle + 1
      else high = middle
    }
    return false
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  #probe(
    section: number,
    wanted: { hash: number; slotCount: number },
    accept: (value: number) => boolean,
  ): boolean {
    const { hash, slotCount } = wanted
    let slot = homeSlot(hash, slotCount)
    for (let steps = 0; steps < slotCount; steps++) {
      const at = section + slot * SLOT_BYTES
      const value = this.#body.u32(at + 4)
      if (value === 0) return false
      if (this.#body.u32(at) === hash && accept(value - 1)) return true
      slot = slot + 1 === slotCount ? 0 : slot + 1
    }
    return false
  }

  #folderRecord(folder: number): Buffer {
    if (folder >= this.#header.numbers.folderCount) throw unusable('a folder record is out of bounds')
    return this.#body.bytes(this.#at.records + folder * FOLDER_RECORD_BYTES, FOLDER_RECORD_BYTES)
  }

  #folderName(folder: number): Buffer {
    const record = this.#folderRecord(folder)
    const at = record.readUInt32LE(FOLDER.nameAt)
    return this.#body.bytes(this.#at.names + at, record.readUInt32LE(FOLDER.nameLength))
  }

  /** Compares from the last part of the path upwards, to the root or to the folder found last. */
  #hasPath(folder: number, path: Buffer): boolean {
    let end = path.length
    let current = folder
    const known = this.#lastFound
    while (current !== 0) {
      if (current === known.folder) return end === known.path.length && known.path.compare(path, 0, end) === 0
      const name = this.#folderName(current)
      const from = end - name.length
      if (from < 0 || name.compare(path, from, end) !== 0) return false
      const parent = this.#folderRecord(current).readUInt32LE(FOLDER.parent)
      if (parent >= current) throw unusable('a folder record is out of order')
      current = parent
      if (current === 0) return from === 0
      if (path[from - 1] !== SLASH) return false
      end = from - 1
    }
    return end === 0
  }
}
