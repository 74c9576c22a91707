// Text from metadata as header values. Node refuses CR, LF and other control characters in headers, which would
// turn an attribute of an archive into a 500; so everything outside visible ASCII is percent-encoded.

/** Percent-encodes what is not visible ASCII, and `%` itself, so that decodeURIComponent gives the text back. */
export function headerValue(text: string): string {
  return text.replaceAll(/[^\x20-\x24\x26-\x7e]/gu, percentEncode)
}

/**
 * `attachment` with the name in both spellings (RFC 6266 §4.3, RFC 8187). Path separators and quotes are
 * replaced: the name comes from a URL and ends up on somebody's disk.
 */
export function contentDisposition(filename: string): string {
  const safe = filename.replaceAll(/[\p{Cc}/\\:*?"<>|]/gu, '_').replace(/^\.+/, '_')
  const ascii = safe.replaceAll(/[^\x20-\x7e]/g, '_')
  const encoded = safe.replaceAll(/[^A-Za-z0-9!#$&+.^_`|~-]/gu, percentEncode)
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}

/** UTF-8 bytes as `%XX`; a lone surrogate becomes U+FFFD as any encoder does it. */
function percentEncode(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}
