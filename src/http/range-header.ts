// The Range header as a three-way verdict (RFC 9110 §14): the whole value, one part of it, or unsatisfiable.
// Pure: knows neither Fastify nor stores.
import { matchesStrongly } from './validators.js'

export type RangeVerdict =
  /** No range, or one that is to be ignored: answer 200 with everything. */
  | { readonly kind: 'whole' }
  /** Answer 206; already clamped to the value, never empty. */
  | { readonly kind: 'part'; readonly byteOffset: number; readonly byteLength: number }
  /** Answer 416. */
  | { readonly kind: 'unsatisfiable' }

export interface RangeRequest {
  readonly range: string | undefined
  readonly ifRange: string | undefined
}

const WHOLE: RangeVerdict = { kind: 'whole' }
const UNSATISFIABLE: RangeVerdict = { kind: 'unsatisfiable' }

/** `bytes=a-b`, `bytes=a-` or `bytes=-n`: exactly one range. Units are case-insensitive (RFC 9110 §14.1). */
const ONE_RANGE = /^bytes=[ \t]*([0-9]{0,20})-([0-9]{0,20})[ \t]*$/i

/**
 * Multi-range, malformed and foreign-unit headers are ignored, as RFC 9110 §14.2 allows; so is any range whose
 * `If-Range` does not name the current entity tag (a range of other bytes would be mixed into the client's copy).
 */
export function decideRange(request: RangeRequest, byteLength: number, entityTag: string): RangeVerdict {
  if (request.range === undefined) return WHOLE
  if (request.ifRange !== undefined && !matchesStrongly(request.ifRange, entityTag)) return WHOLE
  const match = ONE_RANGE.exec(request.range)
  if (match === null) return WHOLE
  const [, first, last] = match as unknown as [string, string, string]
  if (first === '') return last === '' ? WHOLE : suffixOf(Number(last), byteLength)
  return partOf(Number(first), last === '' ? Number.POSITIVE_INFINITY : Number(last), byteLength)
}

/** `Content-Range` of a part (RFC 9110 §14.4). */
export function contentRange(byteOffset: number, byteLength: number, totalByteLength: number): string {
  return `bytes ${byteOffset}-${byteOffset + byteLength - 1}/${totalByteLength}`
}

/** `Content-Range` of a 416. */
export function unsatisfiedContentRange(totalByteLength: number): string {
  return `bytes */${totalByteLength}`
}

/** The last `wanted` bytes. An empty value has no part a 206 could name, so it is answered whole. */
function suffixOf(wanted: number, byteLength: number): RangeVerdict {
  if (wanted === 0) return UNSATISFIABLE
  if (byteLength === 0) return WHOLE
  const taken = Math.min(wanted, byteLength)
  return { kind: 'part', byteOffset: byteLength - taken, byteLength: taken }
}

/** `first` and `last` inclusive, as in the header. Digits past 2^53 only ever compare as "beyond the end". */
function partOf(first: number, last: number, byteLength: number): RangeVerdict {
  if (last < first) return WHOLE
  if (first >= byteLength) return UNSATISFIABLE
  const end = Math.min(last, byteLength - 1)
  return { kind: 'part', byteOffset: first, byteLength: end - first + 1 }
}
