// URLs as they may be logged: without what is secret in them, and not longer than a line should be.

const MAX_LOGGED_URL = 512
/** Where a parameter can begin: also in another one's value (a URL in a URL), and where too much was encoded. */
const BEGIN = '^|[?;#/]|%(?:25)*(?:3f|26|3b|23|2f)'
const EQUALS = '=|%(?:25)*3d'
const PARAMETER = new RegExp(`(?:${BEGIN})((?:(?!${BEGIN.slice(2)}|${EQUALS})[^])*)(?:${EQUALS})`, 'gi')
const SECRET_NAME =
  /apikey|token|secret|passw|signature|credential|authorization|bearer|jwt|^(?:key|auth|pwd|sig)\d*$/
/** How often a name may be percent-encoded on top of itself. */
const MAX_ENCODED = 5
/** `user:password@` of a proxy's form of the target. */
const USER_INFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i

/** A parameter is secret by the name it means, however that is spelled; its value ends at the next `&`. */
export function loggedUrl(url: string): string {
  const parts = url.replace(USER_INFO, '$1…@').split('&').map(withoutSecret)
  return parts.join('&').slice(0, MAX_LOGGED_URL)
}

function withoutSecret(part: string): string {
  for (const { 0: text, 1: name, index } of part.matchAll(PARAMETER)) {
    if (isSecretName(name as string)) return `${part.slice(0, index + text.length)}…`
  }
  return part
}

/** Whatever its case, its separators and how often it is percent-encoded: `API-Key[]`, `api%255Fkey`. */
function isSecretName(name: string): boolean {
  let text = name
  for (let round = 0; round < MAX_ENCODED && text.includes('%'); round++) {
    text = text.replaceAll(/%([0-9a-f]{2})/gi, (_escape, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
  return SECRET_NAME.test(
    text
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, ''),
  )
}
