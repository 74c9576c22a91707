// The bytes of an entry piece by piece: no more is in memory than a few pieces, however long the entry is, and
// what passes is measured and summed up as it goes.
import type { RandomAccess } from '../../bytes/random-access.js'
import { crc32 } from '../../crc32.js'
import { isZipzarrError } from '../../errors.js'
import type { Method } from '../methods/method.js'
import type { Entry } from './entry-finder.js'
import { invalid, mismatch } from './value-check.js'

const PIECE_BYTES = 1024 * 1024
/** A longer value is read in pieces, so that neither memory nor the event loop is held by all of it. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024

/** Bytes `[from, from + length)`. */
export interface ValueSpan {
  readonly from: number
  readonly length: number
}

export interface StoredPiecesOptions {
  readonly signal?: AbortSignal | undefined
  /** Where the pieces come to lie one after the other; absent: each in memory of its own. */
  readonly into?: Buffer
}

/** Bytes as the archive holds them. The file must still be the one that was indexed after every piece. */
export async function* storedPieces(
  source: RandomAccess,
  { from, length }: ValueSpan,
  { signal, into }: StoredPiecesOptions,
): AsyncGenerator<Buffer> {
  for (let done = 0; done < length; done += PIECE_BYTES) {
    signal?.throwIfAborted()
    const byteLength = Math.min(PIECE_BYTES, length - done)
    const piece = await source.read(from + done, byteLength, {
      isBulk: true,
      signal,
      ...(into !== undefined && { into: into.subarray(done, done + byteLength) }),
    })
    await source.checkUnchanged()
    yield piece
  }
}

/** The inflated value; what is wrong with the coded bytes is said in words of the entry. */
export async function* inflatedPieces(
  entry: Entry,
  method: Method,
  { stored, signal }: { readonly stored: AsyncIterable<Buffer>; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Buffer> {
  try {
    yield* method.inflatePieces!(stored)
  } catch (cause) {
    if (isZipzarrError(cause) || signal?.aborted === true) throw cause
    throw invalid(entry, `its ${method.name} data cannot be decoded`, cause)
  }
}

/**
 * The same pieces of a whole value, held against what the directory says (or what else is known of them). The last
 * one is held back until length and CRC-32 are right, and nothing is read on once there is a byte too many.
 */
export async function* checkedPieces(
  entry: Entry,
  pieces: AsyncIterable<Buffer>,
  { byteLength, crc32: expected }: { byteLength: number; crc32: number } = entry.record,
): AsyncGenerator<Buffer> {
  let held: Buffer | undefined
  let length = 0
  let sum = 0
  for await (const piece of pieces) {
    length += piece.length
    if (length > byteLength)
      throw invalid(entry, `it holds more than the ${byteLength} bytes of the directory`)
    sum = crc32(piece, sum)
    if (held !== undefined) yield held
    held = piece
  }
  if (length !== byteLength)
    throw invalid(entry, `it holds ${length} bytes, the directory says ${byteLength}`)
  if (sum !== expected) throw mismatch(entry)
  if (held !== undefined) yield held
}

/** A part of what the pieces are together; nothing is asked of them beyond its end. */
export async function* partOf(
  pieces: AsyncIterable<Buffer>,
  { from, length }: ValueSpan,
): AsyncGenerator<Buffer> {
  let at = 0
  for await (const piece of pieces) {
    const start = Math.max(0, from - at)
    const end = Math.min(piece.length, from + length - at)
    at += piece.length
    if (start < end) yield piece.subarray(start, end)
    if (at >= from + length) return
  }
}

/** Reads the pieces for what is checked on the way. */
export async function drain(pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const _piece of pieces);
}

/** All pieces one after the other, in memory of exactly their length. */
export async function gather(pieces: AsyncIterable<Buffer>, into: Buffer): Promise<Buffer> {
  let at = 0
  for await (const piece of pieces) at += piece.copy(into, at)
  return into
}

export function isLarge({ record }: Entry): boolean {
  return Math.max(record.byteLength, record.storedByteLength) > MAX_WHOLE_BYTES
}

/** Whether values of this method (undefined: stored as they are) can be had in pieces. */
export function isPiecewise(method: Method | undefined): boolean {
  return method === undefined || method.inflatePieces !== undefined
}
