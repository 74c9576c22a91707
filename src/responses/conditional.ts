// Entity tag, Cache-Control and the conditional answers every data route shares.
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ZipzarrError } from '../errors.js'
import type { RangeRequest } from '../http/range-header.js'
import { checkPreconditions, quoteTag } from '../http/validators.js'

export interface Exchange {
  readonly app: FastifyInstance
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/**
 * Sets the validators on the reply. True: it is a 304, send it without a body and without reading anything.
 * @throws ZipzarrError PRECONDITION_FAILED
 */
export function isNotModified({ app, request, reply }: Exchange, tag: string): boolean {
  reply.header('etag', quoteTag(tag)).header('cache-control', app.services.config.cacheControl)
  const isSame = isCurrent(request, tag)
  if (isSame) reply.code(304)
  return isSame
}

/**
 * Whether the client has this state already.
 * @throws ZipzarrError PRECONDITION_FAILED
 */
export function isCurrent({ method, headers }: FastifyRequest, tag: string): boolean {
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

/** Answers a document that was made here; its tag is a digest of its text. */
export function answerDocument(
  exchange: Exchange,
  document: { readonly text: string; readonly mediaType: string },
): FastifyReply {
  const { reply } = exchange
  const bytes = Buffer.from(document.text, 'utf8')
  const tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  if (isNotModified(exchange, tag)) return reply.send()
  reply.header('content-type', document.mediaType).header('content-length', String(bytes.byteLength))
  // For HEAD the server leaves the body out by itself.
  return reply.send(bytes)
}

/** The range headers of a request; Node joins a repeated If-Range, which then matches nothing. */
export function rangeRequestOf({ headers }: FastifyRequest): RangeRequest {
  const ifRange = headers['if-range']
  return { range: headers.range, ifRange: ifRange === undefined ? undefined : String(ifRange) }
}
