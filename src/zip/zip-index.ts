// Look-ups in the index of an archive: keys to directory records, folders and what lies in them. Small indexes
// are held in memory, large ones are read page by page, each page checked against its CRC-32: a damaged index
// must never say "absent". Synchronous: a page is 4 KiB of a local file that the page cache shares.
import { crc32 } from 'node:zlib'
import { FileBytes } from '../bytes/file-bytes.js'
import type { ByteIdentity } from '../bytes/random-access.js'
import { isZipzarrError, ZipzarrError } from '../errors.js'
import { type IndexFacts, indexFacts } from './index-facts.js'
import {
  FLAW_BYTES,
  FOLDER,
  FOLDER_RECORD_BYTES,
  INDEX_HEADER_BYTES,
  type IndexSections,
  layOut,
  PAGE_BYTES,
  parseHeader,
  SLOT_BYTES,
  VALUE_BYTES,
} from './index-layout.js'
import { hashBytes, hashEnd, hashSlash, hashStart, homeSlot } from './key-hash.js'
import { PagedBytes } from './paged-bytes.js'

/** Up to this size an index is read and checked as a whole when it is opened. */
const WHOLE_INDEX_BYTES = 256 * 1024
const MAX_PAGES = 96

const SLASH = 0x2f

export interface OpenIndexOptions {
  /** The archive it must belong to. */
  readonly identity?: ByteIdentity
  /** `facts.index` of the index that is expected. */
  readonly expected?: { readonly byteLength: number; readonly crc32: number }
  /** 'all' reads and checks every page at once: before an index left by an earlier run is used. */
  readonly check?: 'header' | 'all'
}

export interface FolderSummary {
  readonly values: number
  readonly byteLength: number
  readonly storedByteLength: number
}

type Header = Exclude<ReturnType<typeof parseHeader>, string>

export class ZipIndex {
  readonly facts: IndexFacts
  readonly markedNames: readonly string[]
  readonly #header: Header
  readonly #at: IndexSections
  readonly #body: PagedBytes
  readonly #file: FileBytes | undefined

  private constructor(parts: {
    header: Header
    sections: IndexSections
    body: PagedBytes
    file?: FileBytes
  }) {
    this.#header = parts.header
    this.#at = parts.sections
    this.#body = parts.body
    this.#file = parts.file
    this.markedNames = parts.header.markedNames
    this.facts = indexFacts(parts.header, { byteLength: parts.sections.end, crc32: parts.header.crc32 })
  }

  /** An index as `buildIndex` made it in this process. @throws ZipzarrError STORE_UNAVAILABLE */
  static fromBuffer(index: Buffer): ZipIndex {
    const header = requireHeader(index, {})
    const sections = requireSections(header, index.length)
    return new ZipIndex({ header, sections, body: inMemory(index) })
  }

  /** @throws ZipzarrError STORE_UNAVAILABLE when the file is missing, damaged, or of another archive or version */
  static async open(path: string, options: OpenIndexOptions = {}): Promise<ZipIndex> {
    const file = await FileBytes.open(path)
    try {
      const header = requireHeader(await file.read(0, Math.min(INDEX_HEADER_BYTES, file.size)), options)
      const sections = requireSections(header, file.size)
      const table = await file.read(INDEX_HEADER_BYTES, sections.pageCount * 4)
      if (crc32(table) !== header.pageTableCrc32) throw unusable('the checksum of its page table is wrong')
      if (options.check === 'all') await verifyPages(file, table, sections)
      if (file.size > WHOLE_INDEX_BYTES) {
        const body = onDemand(file, table, sections)
        return new ZipIndex({ header, sections, body, file })
      }
      const whole = await file.read(0, file.size)
      for (let page = 0; page < sections.pageCount; page++)
        verifyPage(table, page, pageOf(whole, page, sections))
      await file.close()
      return new ZipIndex({ header, sections, body: inMemory(whole) })
    } catch (error) {
      await file.close()
      throw isZipzarrError(error) && error.code !== 'STORE_CHANGED'
        ? error
        : unusable('it cannot be read', error)
    }
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

  /** Compares from the last part of the path upwards. */
  #hasPath(folder: number, path: Buffer): boolean {
    let end = path.length
    let current = folder
    while (current !== 0) {
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

function inMemory(index: Buffer): PagedBytes {
  const source = { readSync: (at: number, length: number) => index.subarray(at, at + length) }
  return new PagedBytes(source, { end: index.length, pageBytes: Math.max(1, index.length), maxPages: 1 })
}

function onDemand(file: FileBytes, table: Buffer, sections: IndexSections): PagedBytes {
  return new PagedBytes(file, {
    origin: sections.body,
    end: sections.end,
    pageBytes: PAGE_BYTES,
    maxPages: MAX_PAGES,
    verify: (page, bytes) => verifyPage(table, page, bytes),
  })
}

async function verifyPages(file: FileBytes, table: Buffer, sections: IndexSections): Promise<void> {
  const pagesAtOnce = 256
  for (let page = 0; page < sections.pageCount; page += pagesAtOnce) {
    const from = sections.body + page * PAGE_BYTES
    const bytes = await file.read(from, Math.min(pagesAtOnce * PAGE_BYTES, sections.end - from))
    for (let at = 0; at < bytes.length; at += PAGE_BYTES)
      verifyPage(table, page + at / PAGE_BYTES, bytes.subarray(at, at + PAGE_BYTES))
  }
}

function pageOf(index: Buffer, page: number, sections: IndexSections): Buffer {
  const at = sections.body + page * PAGE_BYTES
  return index.subarray(at, Math.min(at + PAGE_BYTES, sections.end))
}

function verifyPage(table: Buffer, page: number, bytes: Buffer): void {
  if (crc32(bytes) !== table.readUInt32LE(page * 4))
    throw unusable(`the checksum of its page ${page} is wrong`)
}

function requireHeader(bytes: Buffer, options: OpenIndexOptions): Header {
  const header = parseHeader(bytes)
  if (typeof header === 'string') throw unusable(header)
  const { identity, expected } = options
  if (expected !== undefined && expected.crc32 !== header.crc32)
    throw unusable('it is not the one that was made')
  for (const field of ['size', 'mtimeNs', 'inode'] as const)
    if (identity !== undefined && identity[field] !== header.identity[field])
      throw unusable(
        `it belongs to another archive: ${field} ${header.identity[field]}, expected ${identity[field]}`,
      )
  return header
}

function requireSections(header: Header, byteLength: number): IndexSections {
  const sections = layOut(header.numbers)
  if (sections.end !== byteLength) throw unusable(`it has ${byteLength} bytes, expected ${sections.end}`)
  return sections
}

function unusable(why: string, cause?: unknown): ZipzarrError {
  return new ZipzarrError('STORE_UNAVAILABLE', `the index of the archive cannot be used: ${why}`, { cause })
}
