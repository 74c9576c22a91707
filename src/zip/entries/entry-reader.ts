// Reads the values of entries: inflated within the declared length and verified against the CRC-32 whenever the
// whole value is read; large ones piece by piece. Knows nothing of names' meaning.
import type { RandomAccess } from '../../bytes/random-access.js'
import { crc32 } from '../../crc32.js'
import { ZipzarrError } from '../../errors.js'
import type { CacheBudget } from '../../memory/lru.js'
import { type MaybePromise, recover, then } from '../../memory/maybe-promise.js'
import { METHOD_DEFLATE, METHOD_STORED } from '../directory/central-directory.js'
import { METHODS } from '../methods/index.js'
import type { Method } from '../methods/method.js'
import type { Entry } from './entry-finder.js'
import {
  checkedPieces,
  drain,
  gather,
  inflatedPieces,
  isLarge,
  isPiecewise,
  partOf,
  storedPieces,
  type ValueSpan,
} from './entry-pieces.js'
import { InflatedCache } from './inflated-cache.js'
import { bufferOver, type EntryArea, type ReadStoredOptions, StoredReader } from './stored-reader.js'
import {
  describe,
  inflate,
  invalid,
  isDefect,
  isInflatedAtOnce,
  MAX_HEADER_BYTES,
  mismatch,
  tooLarge,
  type ValueSizes,
  verified,
} from './value-check.js'

export interface EntryReaderOptions extends EntryArea {
  /** Longest value read as a whole. */
  readonly maxValueBytes: number
  /** Where inflated values are kept for range reads. */
  readonly caches: CacheBudget
}

export class EntryReader {
  readonly #source: RandomAccess
  readonly #options: EntryReaderOptions
  readonly #stored: StoredReader
  readonly #inflated: InflatedCache

  constructor(source: RandomAccess, options: EntryReaderOptions) {
    this.#source = source
    this.#options = options
    this.#stored = new StoredReader(source, options)
    this.#inflated = new InflatedCache(options.caches)
  }

  /** Whether a value would be had at once, if nothing is waited for before. */
  isImmediate({ method: number, byteLength, storedByteLength }: ValueSizes): boolean {
    const method = METHODS.get(number)
    const isInflated = method === undefined || isInflatedAtOnce(method, byteLength)
    return isInflated && this.#source.isImmediate(storedByteLength + MAX_HEADER_BYTES)
  }

  /** The whole value, verified. The buffer is the caller's. */
  readValue(entry: Entry, options: ReadStoredOptions = {}): MaybePromise<Buffer> {
    this.#requireReadable(entry)
    this.#requireWholeFits(entry)
    const method = METHODS.get(entry.record.method)
    return this.#explained(() => {
      if (isLarge(entry) && isPiecewise(method)) return this.#readLarge(entry, method, options)
      return then(this.#stored.read(entry, options), stored =>
        method === undefined
          ? verified(entry, stored)
          : then(inflate(entry, method, stored), value => verified(entry, value)),
      )
    })
  }

  /**
   * Bytes [from, from + length) of the value, which lie inside it, piece by piece. A value that is read to its end
   * and has been read from its start is verified before the last piece is given out; of a stored one only the
   * range is read, of another one everything up to its end.
   */
  async *readPieces(entry: Entry, span: ValueSpan, signal?: AbortSignal): AsyncGenerator<Buffer> {
    this.#requireReadable(entry)
    const { byteLength, method: number } = entry.record
    const isWhole = span.from === 0 && span.length === byteLength
    const method = METHODS.get(number)
    try {
      if (method === undefined) {
        const dataOffset = await this.#stored.locate(entry, signal)
        const stored = { from: dataOffset + span.from, length: span.length }
        const pieces = storedPieces(this.#source, stored, { signal })
        yield* isWhole ? checkedPieces(entry, pieces) : pieces
      } else if (method.inflatePieces === undefined) {
        yield await this.readRange(entry, span, { signal })
      } else {
        const inflated = this.#inflatedPieces(entry, method, signal)
        yield* partOf(checkedPieces(entry, inflated), span)
      }
    } catch (error) {
      await this.#explained(() => Promise.reject(error))
    }
  }

  /** Bytes [from, from + length) of the value, which lie inside it. Only the range of a stored value is read. */
  readRange(entry: Entry, span: ValueSpan, options: ReadStoredOptions = {}): MaybePromise<Buffer> {
    this.#requireReadable(entry)
    const { from, length } = span
    const { signal, allocate = Buffer.allocUnsafe } = options
    if (from === 0 && length === entry.record.byteLength) return this.readValue(entry, options)
    if (entry.record.method !== METHOD_STORED) return this.#readInflatedRange(entry, span, signal)
    return this.#explained(() =>
      then(this.#stored.locate(entry, signal), dataOffset => {
        const into = bufferOver(allocate(length))
        return then(this.#source.read(dataOffset + from, length, { signal, into }), bytes =>
          // A range has no checksum, so the file itself must still be the one that was indexed.
          then(this.#source.checkUnchanged(), () => bytes),
        )
      }),
    )
  }

  /**
   * The raw DEFLATE bytes of a deflated entry, known to inflate to the value; undefined for other methods. All of
   * it is inflated once, and nothing kept of that; after that the checksum of the stored bytes says that they are
   * the same.
   */
  readDeflated(
    entry: Entry,
    options: ReadStoredOptions = {},
  ): MaybePromise<AsyncIterable<Buffer> | Buffer | undefined> {
    this.#requireReadable(entry)
    const method = METHODS.get(METHOD_DEFLATE)
    if (entry.record.method !== METHOD_DEFLATE || method === undefined) return undefined
    this.#requireWholeFits(entry)
    return this.#explained<AsyncIterable<Buffer> | Buffer>(() =>
      isLarge(entry)
        ? this.#readDeflatedPieces(entry, method, options.signal)
        : then(this.#stored.read(entry, options), stored => this.#verifiedDeflated(entry, method, stored)),
    )
  }

  #verifiedDeflated(entry: Entry, method: Method, stored: Buffer): MaybePromise<Buffer> {
    const checksum = crc32(stored)
    if (entry.verifiedStoredCrc32 === undefined) {
      return then(inflate(entry, method, stored), value => {
        verified(entry, value)
        entry.verifiedStoredCrc32 = checksum
        return stored
      })
    }
    if (checksum !== entry.verifiedStoredCrc32) throw mismatch(entry)
    return stored
  }

  async #readDeflatedPieces(
    entry: Entry,
    method: Method,
    signal: AbortSignal | undefined,
  ): Promise<AsyncIterable<Buffer>> {
    entry.verifiedStoredCrc32 ??= await this.#verifyDeflated(entry, method, signal)
    const known = { byteLength: entry.record.storedByteLength, crc32: entry.verifiedStoredCrc32 }
    return checkedPieces(entry, this.#storedPieces(entry, signal), known)
  }

  /** CRC-32 of the stored bytes, once they were found to inflate to the value. */
  async #verifyDeflated(entry: Entry, method: Method, signal: AbortSignal | undefined): Promise<number> {
    let sum = 0
    let length = 0
    const stored = this.#storedPieces(entry, signal, piece => {
      sum = crc32(piece, sum)
      length += piece.length
    })
    await drain(checkedPieces(entry, inflatedPieces(entry, method, { stored, signal })))
    if (length === entry.record.storedByteLength) return sum
    throw invalid(entry, 'other bytes follow its deflate data')
  }

  async #readLarge(
    entry: Entry,
    method: Method | undefined,
    { signal, allocate = Buffer.allocUnsafe }: ReadStoredOptions,
  ): Promise<Buffer> {
    const into = bufferOver(allocate(entry.record.byteLength))
    if (method !== undefined) {
      const inflated = this.#inflatedPieces(entry, method, signal)
      return gather(checkedPieces(entry, inflated), into)
    }
    const stored = { from: await this.#stored.locate(entry, signal), length: into.length }
    await drain(checkedPieces(entry, storedPieces(this.#source, stored, { signal, into })))
    return into
  }

  #readInflatedRange(
    entry: Entry,
    { from, length }: ValueSpan,
    signal: AbortSignal | undefined,
  ): MaybePromise<Buffer> {
    if (isLarge(entry) && isPiecewise(METHODS.get(entry.record.method))) {
      return gather(this.readPieces(entry, { from, length }, signal), Buffer.allocUnsafe(length))
    }
    // No signal: the inflated value is shared with whoever asks for another range of it.
    const inflated = this.#inflated.get(entry.record.recordOffset, () => this.readValue(entry))
    return then(inflated, value => Buffer.from(value.subarray(from, from + length)))
  }

  #inflatedPieces(entry: Entry, method: Method, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
    return inflatedPieces(entry, method, { stored: this.#storedPieces(entry, signal), signal })
  }

  async *#storedPieces(
    entry: Entry,
    signal: AbortSignal | undefined,
    see?: (piece: Buffer) => void,
  ): AsyncGenerator<Buffer> {
    const from = await this.#stored.locate(entry, signal)
    const span = { from, length: entry.record.storedByteLength }
    for await (const piece of storedPieces(this.#source, span, { signal })) {
      see?.(piece)
      yield piece
    }
  }

  /** A damaged entry of an archive that was rewritten under us is not damaged: the archive changed. */
  #explained<T>(read: () => MaybePromise<T>): MaybePromise<T> {
    return recover(read, error => {
      if (!isDefect(error)) throw error
      return then(this.#source.checkUnchanged(), () => {
        throw error
      })
    })
  }

  #requireReadable(entry: Entry): void {
    const { record, problem } = entry
    if (problem !== undefined) throw new ZipzarrError(problem.code, describe(entry, problem.message))
    this.#stored.requireInside(entry)
    if (record.method === METHOD_STORED) return
    const methodLimit = METHODS.get(record.method)?.maxByteLength ?? Number.MAX_SAFE_INTEGER
    const limit = Math.min(this.#options.maxValueBytes, methodLimit)
    if (Math.max(record.byteLength, record.storedByteLength) > limit) throw tooLarge(entry, limit)
  }

  #requireWholeFits(entry: Entry): void {
    if (entry.record.storedByteLength > this.#options.maxValueBytes)
      throw tooLarge(entry, this.#options.maxValueBytes)
  }
}
