// From stored bytes to a verified value, and the words for what is wrong with an entry.
import { crc32 } from '../../crc32.js'
import { isZipzarrError, ZipzarrError } from '../../errors.js'
import { type MaybePromise, recover } from '../../memory/maybe-promise.js'
import type { Method } from '../methods/method.js'
import type { Entry } from './entry-finder.js'

/** Of a value: what says how it can be read. */
export interface ValueSizes {
  readonly method: number
  readonly byteLength: number
  readonly storedByteLength: number
}

/** Fixed fields, the longest name and the longest extra field of a local header (APPNOTE 4.3.7). */
export const MAX_HEADER_BYTES = 30 + 2 * 0xffff

/** A longer value is inflated off the event loop, where its method can be. */
const MAX_IMMEDIATE_BYTES = 4 * 1024 * 1024

/** Whether a value is inflated at once. */
export function isInflatedAtOnce(method: Method, byteLength: number): boolean {
  return method.inflateSync !== undefined && byteLength <= MAX_IMMEDIATE_BYTES
}

export function inflate(entry: Entry, method: Method, stored: Buffer): MaybePromise<Buffer> {
  const { byteLength } = entry.record
  return recover(
    () =>
      isInflatedAtOnce(method, byteLength)
        ? method.inflateSync!(stored, byteLength)
        : method.inflate(stored, byteLength),
    cause => {
      throw invalid(entry, `its ${method.name} data cannot be decoded`, cause)
    },
  )
}

export function verified(entry: Entry, value: Buffer): Buffer {
  const { byteLength, crc32: expected } = entry.record
  if (value.length !== byteLength)
    throw invalid(entry, `it holds ${value.length} bytes, the directory says ${byteLength}`)
  if (crc32(value) !== expected) throw mismatch(entry)
  return value
}

export function mismatch(entry: Entry): ZipzarrError {
  return new ZipzarrError(
    'CHECKSUM_MISMATCH',
    describe(entry, 'the CRC-32 of its bytes is not the recorded one'),
  )
}

export function invalid(entry: Entry, message: string, cause?: unknown): ZipzarrError {
  return new ZipzarrError('ENTRY_INVALID', describe(entry, message), { cause })
}

export function tooLarge(entry: Entry, limit: number): ZipzarrError {
  const actual = Math.max(entry.record.byteLength, entry.record.storedByteLength)
  const message = describe(entry, `it has ${actual} bytes, at most ${limit} are read at once`)
  return new ZipzarrError('RESPONSE_TOO_LARGE', message, {
    facts: { limit, actual, hint: 'ask for byte ranges' },
  })
}

export function describe(entry: Entry, message: string): string {
  return `entry "${entry.name}" cannot be read: ${message}`
}

/** Whether an entry was found damaged, as one of a rewritten archive is too. */
export function isDefect(error: unknown): boolean {
  return isZipzarrError(error) && (error.code === 'ENTRY_INVALID' || error.code === 'CHECKSUM_MISMATCH')
}
