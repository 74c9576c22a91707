// A reference from one path of this service to another that holds behind any proxy: what a proxy puts before our
// paths is known to the client alone. Pure.

/**
 * `from` and `to` are absolute paths, percent-encoded and without a query. Where `from` has doubled slashes the
 * reference goes up to the service's root: RFC 3986 counts the empty segments between them, but some clients
 * (Python's urljoin) drop these, and would stop at another folder anywhere below. Folders with an escape in their
 * name are named anew, because others (aiohttp) undo the escapes of what they keep.
 */
export function relativeUrl(from: string, to: string): string {
  const folders = from.split('/').slice(1, -1)
  const wanted = to.split('/').slice(1)
  const common = from.includes('//') ? 0 : commonLength(folders, wanted.slice(0, -1))
  const reference = '../'.repeat(folders.length - common) + wanted.slice(common).join('/')
  // Without the dot a colon in the first segment would end a scheme, and nothing would be the page itself.
  const needsDot = reference === '' || /^[^/]*:/.test(reference)
  return needsDot ? `./${reference}` : reference
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  let length = 0
  while (length < a.length && a[length] === b[length] && !a[length]?.includes('%')) length += 1
  return length
}
