// Reads an entry's bytes as the archive holds them: local header and data in one positional read, the header held
// against the central directory. Inflates and verifies nothing.
import type { Allocate, RandomAccess } from '../../bytes/random-access.js'
import { type MaybePromise, then } from '../../memory/maybe-promise.js'
import { LOCAL_HEADER_BYTES, parseLocalHeader } from '../directory/local-header.js'
import type { Entry } from './entry-finder.js'
import { invalid } from './value-check.js'

/** Where the archive's entries lie in the file. */
export interface EntryArea {
  /** Added to every offset of the archive. */
  readonly prependedByteLength: number
  /** Where the directory starts: no entry's data reaches past it. */
  readonly directoryByteOffset: number
}

export interface ReadStoredOptions {
  readonly signal?: AbortSignal | undefined
  /** For the stored bytes with the header before them; absent: fresh memory. */
  readonly allocate?: Allocate | undefined
}

/** One read that holds header and data, if the guess of the local extra field's length is right. */
interface BlockPlan {
  readonly byteOffset: number
  readonly byteLength: number
  /** Read into this buffer so that the data, not the header, comes to lie 8-byte aligned. */
  readonly into: Buffer
}

export class StoredReader {
  readonly #source: RandomAccess
  readonly #area: EntryArea
  /** Extra bytes in the last local header seen: the writer of an archive mostly repeats itself. */
  #extraGuess: number | undefined

  constructor(source: RandomAccess, area: EntryArea) {
    this.#source = source
    this.#area = area
  }

  /** @throws ZipzarrError ENTRY_INVALID when the directory's own numbers cannot be right */
  requireInside(entry: Entry): void {
    const { rawName, storedByteLength } = entry.record
    const least = this.#headerOffset(entry) + LOCAL_HEADER_BYTES + rawName.length + storedByteLength
    if (least > this.#area.directoryByteOffset)
      throw invalid(entry, 'its data reaches past the start of the central directory')
  }

  read(entry: Entry, { signal, allocate = Buffer.allocUnsafe }: ReadStoredOptions): MaybePromise<Buffer> {
    const { storedByteLength } = entry.record
    if (entry.dataOffset !== undefined) {
      const into = bufferOver(allocate(storedByteLength))
      return this.#source.read(entry.dataOffset, storedByteLength, { signal, into })
    }
    const { byteOffset, byteLength, into } = this.#planBlock(entry, allocate)
    return then(this.#source.read(byteOffset, byteLength, { signal, into }), block => {
      const { data, missing } = this.#splitBlock(entry, block)
      if (missing === 0) return data
      const from = entry.dataOffset! + storedByteLength - missing
      return then(this.#source.read(from, missing, { signal }), rest => Buffer.concat([data, rest]))
    })
  }

  #planBlock(entry: Entry, allocate: Allocate): BlockPlan {
    const { rawName, extraByteLength, storedByteLength } = entry.record
    const byteOffset = this.#headerOffset(entry)
    const header = LOCAL_HEADER_BYTES + rawName.length + (this.#extraGuess ?? extraByteLength)
    const room = this.#area.directoryByteOffset - byteOffset
    const byteLength = Math.min(room, header + storedByteLength)
    const pad = (8 - (header % 8)) % 8
    return { byteOffset, byteLength, into: bufferOver(allocate(pad + byteLength)).subarray(pad) }
  }

  /** Checks the header at the start of a block; the data in it, and how many of its bytes are not in it. */
  #splitBlock(entry: Entry, block: Buffer): { data: Buffer; missing: number } {
    const { storedByteLength } = entry.record
    const headerLength = this.#checkHeader(entry, block)
    const data = block.subarray(headerLength, headerLength + storedByteLength)
    return { data, missing: storedByteLength - data.length }
  }

  /** Where the data starts; reads the local header where that is not known yet. */
  locate(entry: Entry, signal: AbortSignal | undefined): MaybePromise<number> {
    if (entry.dataOffset !== undefined) return entry.dataOffset
    const length = LOCAL_HEADER_BYTES + entry.record.rawName.length
    return then(this.#source.read(this.#headerOffset(entry), length, { signal }), bytes => {
      this.#checkHeader(entry, bytes)
      return entry.dataOffset!
    })
  }

  #checkHeader(entry: Entry, bytes: Buffer): number {
    const header = parseLocalHeader(bytes, entry.record)
    if (typeof header === 'string') throw invalid(entry, header)
    const dataOffset = this.#headerOffset(entry) + header.byteLength
    if (dataOffset + entry.record.storedByteLength > this.#area.directoryByteOffset)
      throw invalid(entry, 'its data reaches past the start of the central directory')
    this.#extraGuess = header.extraByteLength
    entry.dataOffset = dataOffset
    return header.byteLength
  }

  #headerOffset(entry: Entry): number {
    return entry.record.headerOffset + this.#area.prependedByteLength
  }
}

export function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
