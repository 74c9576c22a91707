// Reads the bytes of entries: local header and data in one positional read, held against the central
// directory, inflated within the declared length, and verified against the CRC-32 whenever the whole value
// is read. Knows nothing of names' meaning.
import type { Allocate, RandomAccess } from '../bytes/random-access.js'
import { crc32 } from '../crc32.js'
import { type ErrorCode, isZipzarrError, ZipzarrError } from '../errors.js'
import { METHOD_DEFLATE, METHOD_STORED } from './central-directory.js'
import type { Entry } from './entry-finder.js'
import { InflatedCache } from './inflated-cache.js'
import { LOCAL_HEADER_BYTES, parseLocalHeader } from './local-header.js'
import { METHODS } from './methods/index.js'
import { describe, inflate, inflateNow, invalid, mismatch, tooLarge, verified } from './value-check.js'

export interface EntryReaderOptions {
  /** Added to every offset of the archive. */
  readonly prependedByteLength: number
  /** Where the directory starts: no entry's data reaches past it. */
  readonly directoryByteOffset: number
  /** Longest value read as a whole. */
  readonly maxValueBytes: number
  /** Bytes of inflated values kept for range reads. */
  readonly inflatedCacheBytes: number
}

export interface ReadValueOptions {
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

export class EntryReader {
  readonly #source: RandomAccess
  readonly #options: EntryReaderOptions
  readonly #inflated: InflatedCache
  /** Extra bytes in the last local header seen: the writer of an archive mostly repeats itself. */
  #extraGuess: number | undefined

  constructor(source: RandomAccess, options: EntryReaderOptions) {
    this.#source = source
    this.#options = options
    this.#inflated = new InflatedCache(options.inflatedCacheBytes)
  }

  /** The whole value, verified. The buffer is the caller's. */
  async readValue(entry: Entry, options: ReadValueOptions = {}): Promise<Buffer> {
    this.#requireReadable(entry)
    try {
      const stored = await this.#readStored(entry, options)
      const method = METHODS.get(entry.record.method)
      const value = method === undefined ? stored : await inflate(entry, method, stored)
      return verified(entry, value)
    } catch (error) {
      throw await this.#explain(error)
    }
  }

  /** The same without waiting; undefined when its method cannot. */
  readValueNow(entry: Entry, allocate: Allocate = Buffer.allocUnsafe): Buffer | undefined {
    this.#requireReadable(entry)
    const method = METHODS.get(entry.record.method)
    if (method !== undefined && method.inflateSync === undefined) return undefined
    const stored = this.#readStoredNow(entry, allocate)
    return verified(entry, method === undefined ? stored : inflateNow(entry, method, stored))
  }

  /** Bytes [from, from + length) of the value, which lie inside it. Only the range of a stored value is read. */
  async readRange(
    entry: Entry,
    range: { from: number; length: number },
    signal?: AbortSignal,
  ): Promise<Buffer> {
    this.#requireReadable(entry)
    const { from, length } = range
    if (from === 0 && length === entry.record.byteLength) return this.readValue(entry, { signal })
    if (entry.record.method !== METHOD_STORED) {
      // No signal: the inflated value is shared with whoever asks for another range of it.
      const value = await this.#inflated.get(entry.record.recordOffset, () => this.readValue(entry))
      return Buffer.from(value.subarray(from, from + length))
    }
    try {
      const dataOffset = entry.dataOffset ?? (await this.#locate(entry, signal))
      const bytes = await this.#source.read(dataOffset + from, length, readOptions(signal))
      // A range has no checksum, so the file itself must still be the one that was indexed.
      await this.#source.checkUnchanged()
      return bytes
    } catch (error) {
      throw await this.#explain(error)
    }
  }

  /** The same without waiting; undefined for a value that would have to be inflated. */
  readRangeNow(
    entry: Entry,
    { from, length }: { from: number; length: number },
    allocate: Allocate = Buffer.allocUnsafe,
  ): Buffer | undefined {
    this.#requireReadable(entry)
    if (from === 0 && length === entry.record.byteLength) return this.readValueNow(entry, allocate)
    if (entry.record.method !== METHOD_STORED) return undefined
    const dataOffset = entry.dataOffset ?? this.#locateNow(entry)
    const into = bufferOver(allocate(length))
    const bytes = this.#source.readSync(dataOffset + from, length, { into })
    this.#source.checkUnchangedSync()
    return bytes
  }

  /** The raw DEFLATE bytes of a deflated entry, known to inflate to the value; undefined for other methods. */
  async readDeflated(entry: Entry, signal?: AbortSignal): Promise<Buffer | undefined> {
    this.#requireReadable(entry)
    const method = METHODS.get(METHOD_DEFLATE)
    if (entry.record.method !== METHOD_DEFLATE || method === undefined) return undefined
    try {
      const stored = await this.#readStored(entry, { signal })
      // Inflated once; after that the checksum of the stored bytes says that they are the same.
      const checksum = crc32(stored)
      if (entry.verifiedStoredCrc32 === undefined) {
        verified(entry, await inflate(entry, method, stored))
        entry.verifiedStoredCrc32 = checksum
      } else if (checksum !== entry.verifiedStoredCrc32) throw mismatch(entry)
      return stored
    } catch (error) {
      throw await this.#explain(error)
    }
  }

  /** A damaged entry of an archive that was rewritten under us is not damaged: the archive changed. */
  async #explain(error: unknown): Promise<unknown> {
    if (!isZipzarrError(error) || !SUSPICIOUS.has(error.code)) return error
    try {
      await this.#source.checkUnchanged()
      return error
    } catch (changed) {
      return changed
    }
  }

  #requireReadable(entry: Entry): void {
    const { record, problem } = entry
    if (problem !== undefined) throw new ZipzarrError(problem.code, describe(entry, problem.message))
    const limit = Math.min(
      this.#options.maxValueBytes,
      METHODS.get(record.method)?.maxByteLength ?? Number.MAX_SAFE_INTEGER,
    )
    const least =
      this.#headerOffset(entry) + LOCAL_HEADER_BYTES + record.rawName.length + record.storedByteLength
    if (least > this.#options.directoryByteOffset)
      throw invalid(entry, 'its data reaches past the start of the central directory')
    if (record.method !== METHOD_STORED && Math.max(record.byteLength, record.storedByteLength) > limit)
      throw tooLarge(entry, limit)
  }

  async #readStored(
    entry: Entry,
    { signal, allocate = Buffer.allocUnsafe }: ReadValueOptions,
  ): Promise<Buffer> {
    this.#requireWholeFits(entry)
    const { storedByteLength } = entry.record
    const options = readOptions(signal)
    if (entry.dataOffset !== undefined) {
      const into = bufferOver(allocate(storedByteLength))
      return this.#source.read(entry.dataOffset, storedByteLength, { ...options, into })
    }
    const plan = this.#planBlock(entry, allocate)
    const block = await this.#source.read(plan.byteOffset, plan.byteLength, { ...options, into: plan.into })
    const split = this.#splitBlock(entry, block)
    if (split.missing === 0) return split.data
    const from = entry.dataOffset! + storedByteLength - split.missing
    return Buffer.concat([split.data, await this.#source.read(from, split.missing, options)])
  }

  #readStoredNow(entry: Entry, allocate: Allocate): Buffer {
    this.#requireWholeFits(entry)
    const { storedByteLength } = entry.record
    if (entry.dataOffset !== undefined) {
      const into = bufferOver(allocate(storedByteLength))
      return this.#source.readSync(entry.dataOffset, storedByteLength, { into })
    }
    const plan = this.#planBlock(entry, allocate)
    const block = this.#source.readSync(plan.byteOffset, plan.byteLength, { into: plan.into })
    const split = this.#splitBlock(entry, block)
    if (split.missing === 0) return split.data
    const from = entry.dataOffset! + storedByteLength - split.missing
    return Buffer.concat([split.data, this.#source.readSync(from, split.missing)])
  }

  #requireWholeFits(entry: Entry): void {
    if (entry.record.storedByteLength > this.#options.maxValueBytes)
      throw tooLarge(entry, this.#options.maxValueBytes)
  }

  #planBlock(entry: Entry, allocate: Allocate): BlockPlan {
    const { rawName, extraByteLength, storedByteLength } = entry.record
    const byteOffset = this.#headerOffset(entry)
    const header = LOCAL_HEADER_BYTES + rawName.length + (this.#extraGuess ?? extraByteLength)
    const room = this.#options.directoryByteOffset - byteOffset
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

  /** Reads the local header alone; where the data starts. */
  async #locate(entry: Entry, signal: AbortSignal | undefined): Promise<number> {
    const length = LOCAL_HEADER_BYTES + entry.record.rawName.length
    this.#checkHeader(entry, await this.#source.read(this.#headerOffset(entry), length, readOptions(signal)))
    return entry.dataOffset!
  }

  #locateNow(entry: Entry): number {
    const length = LOCAL_HEADER_BYTES + entry.record.rawName.length
    this.#checkHeader(entry, this.#source.readSync(this.#headerOffset(entry), length))
    return entry.dataOffset!
  }

  #checkHeader(entry: Entry, bytes: Buffer): number {
    const header = parseLocalHeader(bytes, entry.record)
    if (typeof header === 'string') throw invalid(entry, header)
    const dataOffset = this.#headerOffset(entry) + header.byteLength
    if (dataOffset + entry.record.storedByteLength > this.#options.directoryByteOffset)
      throw invalid(entry, 'its data reaches past the start of the central directory')
    this.#extraGuess = header.extraByteLength
    entry.dataOffset = dataOffset
    return header.byteLength
  }

  #headerOffset(entry: Entry): number {
    return entry.record.headerOffset + this.#options.prependedByteLength
  }
}

const SUSPICIOUS: ReadonlySet<ErrorCode> = new Set(['ENTRY_INVALID', 'CHECKSUM_MISMATCH'])

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function readOptions(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
