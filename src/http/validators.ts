// Entity tags and conditional requests (RFC 9110 §8.8, §13). Our tags are strong, known from the index alone,
// so every verdict here is reached before a byte of data is read.

export type Precondition = 'proceed' | 'not-modified' | 'failed'

export interface ConditionalHeaders {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
}

/** One member of an If-Match / If-None-Match list: optional weak mark, then the opaque tag in quotes. */
const LISTED_TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g

/** The tag as it stands in the `ETag` header. */
export function quoteTag(tag: string): string {
  return `"${tag}"`
}

/** The strong comparison of one header value with our tag: `If-Range` (RFC 9110 §13.1.5). */
export function matchesStrongly(header: string, tag: string): boolean {
  return header.trim() === quoteTag(tag)
}

/** If-Match first (strong comparison), then If-None-Match (weak comparison), as RFC 9110 §13.2.2 orders them. */
export function checkPreconditions(request: ConditionalHeaders, tag: string): Precondition {
  const { ifMatch, ifNoneMatch } = request
  if (ifMatch !== undefined && !listHolds(ifMatch, tag, 'strong')) return 'failed'
  if (ifNoneMatch !== undefined && listHolds(ifNoneMatch, tag, 'weak')) return 'not-modified'
  return 'proceed'
}

function listHolds(header: string, tag: string, comparison: 'strong' | 'weak'): boolean {
  // The usual case, without the regular expression: one strong tag.
  if (header === quoteTag(tag)) return true
  if (header.trim() === '*') return true
  for (const [, weakMark, listed] of header.matchAll(LISTED_TAG)) {
    if (listed === tag && (comparison === 'weak' || weakMark === undefined)) return true
  }
  return false
}
