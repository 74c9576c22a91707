// What a request gets of a resource: nothing new, its head, all of it, a part of it, or its gzip form. Decided from
// what is known before a byte is read (RFC 9110 §13, §14). Pure: knows neither sockets nor stores.
import type { IncomingHttpHeaders } from 'node:http'
import { ZipzarrError } from '../errors.js'
import { acceptsGzip } from '../http/negotiation.js'
import { contentRange, decideRange } from '../http/range-header.js'
import { checkPreconditions, quoteTag } from '../http/validators.js'

/** What is known of a resource before it is read; made once, and kept. */
export interface ResourceHead {
  /** Strong entity tag, without quotes. */
  readonly tag: string
  /** The head of a 304: name, value, name, value … */
  readonly unmodified: readonly string[]
  /** The head of every answer with the resource, but for the length of its body. */
  readonly head: readonly string[]
  /** Bytes of the whole; undefined: known only when it has been read. */
  readonly byteLength: number | undefined
  /** Whether parts of it are given. */
  readonly hasRanges?: boolean
  /** The resource as a gzip member, where it has that form. Ranges and HEAD are always of the plain form. */
  readonly gzip?: ResourceHead
}

export interface ConditionalRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
}

/** Which bytes of the resource are the answer's body. */
export type Part =
  | { readonly kind: 'none' | 'whole' | 'gzip' }
  | { readonly kind: 'range'; readonly byteOffset: number; readonly byteLength: number }

export interface Decision {
  readonly status: 200 | 206 | 304
  readonly head: readonly string[]
  /** Of the body, or of the one that a GET would have; undefined where it is not known before. */
  readonly byteLength: number | undefined
  readonly part: Part
}

const NONE: Part = { kind: 'none' }
const WHOLE: Part = { kind: 'whole' }
const GZIP: Part = { kind: 'gzip' }

/** @throws ZipzarrError PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE */
export function decide(resource: ResourceHead, request: ConditionalRequest): Decision {
  const { method, headers } = request
  const isHead = method === 'HEAD'
  const isGzip =
    resource.gzip !== undefined &&
    !isHead &&
    headers.range === undefined &&
    acceptsGzip(headers['accept-encoding'])
  const form = isGzip ? resource.gzip : resource
  if (isCurrent(request, form.tag))
    return { status: 304, head: form.unmodified, byteLength: undefined, part: NONE }
  if (!isHead && headers.range !== undefined && resource.hasRanges === true) {
    const part = rangeOf(resource, request)
    if (part !== undefined) return part
  }
  const { head, byteLength } = form
  return { status: 200, head, byteLength, part: isHead ? NONE : isGzip ? GZIP : WHOLE }
}

/** Undefined: the range is to be ignored. */
function rangeOf(resource: ResourceHead, { headers }: ConditionalRequest): Decision | undefined {
  const { tag, head, byteLength: total = 0 } = resource
  // Node joins a repeated If-Range, which then matches nothing.
  const ifRange = headers['if-range'] === undefined ? undefined : String(headers['if-range'])
  const verdict = decideRange({ range: headers.range, ifRange }, total, tag)
  if (verdict.kind === 'whole') return undefined
  if (verdict.kind === 'unsatisfiable') {
    throw new ZipzarrError('RANGE_NOT_SATISFIABLE', `there are ${total} bytes`, {
      facts: { byteLength: total },
    })
  }
  const { byteOffset, byteLength } = verdict
  return {
    status: 206,
    head: [...head, 'content-range', contentRange(byteOffset, byteLength, total)],
    byteLength,
    part: { kind: 'range', byteOffset, byteLength },
  }
}

/** Whether the client has this state already. @throws ZipzarrError PRECONDITION_FAILED */
function isCurrent({ method, headers }: ConditionalRequest, tag: string): boolean {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifMatch === undefined && ifNoneMatch === undefined) return false
  const verdict = checkPreconditions({ ifMatch, ifNoneMatch }, tag)
  // RFC 9110 §13.1.2: only GET and HEAD may be answered "not modified".
  const isRead = method === 'GET' || method === 'HEAD'
  if (verdict === 'failed' || (verdict === 'not-modified' && !isRead)) {
    throw new ZipzarrError('PRECONDITION_FAILED', `the current entity tag is ${quoteTag(tag)}`)
  }
  return verdict === 'not-modified'
}
