// A JSON document that was made here, as a response; its tag is a digest of its text.
import { createHash } from 'node:crypto'
import { JSON_TYPE } from '../../http/media-types.js'
import { quoteTag } from '../../http/validators.js'
import { type ConditionalRequest, decide } from '../decide.js'
import type { Response } from '../response.js'

export interface DocumentOptions {
  readonly cacheControl: string
  /** More of the head: name, value, name, value … */
  readonly head?: readonly string[]
}

/** @throws ZipzarrError PRECONDITION_FAILED */
export function documentResponse(
  request: ConditionalRequest,
  text: string,
  { cacheControl, head = [] }: DocumentOptions,
): Response {
  const bytes = Buffer.from(text, 'utf8')
  const tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  const unmodified = ['etag', quoteTag(tag), 'cache-control', cacheControl, ...head]
  const resource = {
    tag,
    unmodified,
    head: [...unmodified, 'content-type', JSON_TYPE],
    byteLength: bytes.byteLength,
  }
  const { part, ...decided } = decide(resource, request)
  return { ...decided, ...(part.kind !== 'none' && { body: { bytes } }) }
}
