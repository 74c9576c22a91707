// Store keys and node paths: the only strings that may reach a store. Validation is here and nowhere else.
import { ZipzarrError } from '../errors.js'

declare const storeKeyBrand: unique symbol
declare const nodePathBrand: unique symbol
declare const storeIdBrand: unique symbol

/** A canonical store key: non-empty segments joined by `/`, none of them `.` or `..`, no NUL, no back-slash. */
export type StoreKey = string & { readonly [storeKeyBrand]: true }
/** A node path without leading or trailing slash; the root node is the empty string. */
export type NodePath = string & { readonly [nodePathBrand]: true }
/** A store id: letters and digits of any script and `._~-`, as made by the registry from the archive's place. */
export type StoreId = string & { readonly [storeIdBrand]: true }

/** Longest key or path accepted, in UTF-16 code units. */
export const MAX_KEY_LENGTH = 1024

/**
 * Why `text` is not a canonical key, or undefined when it is. Refused: `''`, leading, trailing or double
 * slashes, `.`/`..` segments (path traversal), NUL, back-slashes.
 */
export function keyProblem(text: string): string | undefined {
  if (text.length === 0) return 'it is empty'
  if (text.length > MAX_KEY_LENGTH) return `it is longer than ${MAX_KEY_LENGTH} characters`
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0) return 'it holds a NUL character'
    if (unit === 0x5c) return 'it holds a back-slash'
  }
  for (const segment of text.split('/')) {
    if (segment === '') return 'it has an empty segment'
    if (segment === '.' || segment === '..') return `it has a "${segment}" segment`
  }
  return undefined
}

/**
 * Why `text` cannot be the path of an archive below its data root, or undefined when it can. Unlike the names in
 * an archive it is printed to terminals, which act on control characters.
 */
export function archivePathProblem(text: string): string | undefined {
  return /\p{Cc}/u.test(text) ? 'it holds a control character' : keyProblem(text)
}

/** @throws ZipzarrError INVALID_KEY */
export function parseStoreKey(text: string): StoreKey {
  const problem = keyProblem(text)
  if (problem !== undefined) throw new ZipzarrError('INVALID_KEY', `not a canonical store key: ${problem}`)
  return text as StoreKey
}

/**
 * `a/b`, `/a/b` and `/a/b/` are the same node; absent, `''` and `/` are the root.
 * @throws ZipzarrError INVALID_NODE_PATH
 */
export function parseNodePath(text: string | undefined): NodePath {
  if (text === undefined || text === '' || text === '/') return '' as NodePath
  const from = text.startsWith('/') ? 1 : 0
  const to = text.endsWith('/') ? text.length - 1 : text.length
  const bare = text.slice(from, to)
  const problem = keyProblem(bare)
  if (problem !== undefined) throw new ZipzarrError('INVALID_NODE_PATH', `not a node path: ${problem}`)
  return bare as NodePath
}

/** The key of `name` directly inside the node: `joinKey('a/b', 'zarr.json')` is `a/b/zarr.json`. */
export function joinKey(path: NodePath, name: string): StoreKey {
  return (path === '' ? name : `${path}/${name}`) as StoreKey
}

/** The path of the child node `name`. */
export function joinPath(path: NodePath, name: string): NodePath {
  return (path === '' ? name : `${path}/${name}`) as NodePath
}

/** Longest store id, in UTF-16 code units: it is one segment of a URL. */
export const MAX_STORE_ID_LENGTH = 200

/**
 * What an id does not hold: all but letters, digits and their marks (of any script, as they are in names of files)
 * and `._~-`. Nothing that is invisible or turns the text around it.
 */
const NOT_IN_ID = /[^\p{L}\p{M}\p{N}._~-]|\p{Default_Ignorable_Code_Point}/gu

/** `text` with `_` for every character that an id does not hold, composed as file systems mostly have it (NFC). */
export function idText(text: string): string {
  return text.normalize('NFC').replace(NOT_IN_ID, '_').normalize('NFC')
}

/** The start of `text`, no longer than `maxLength` code units, cut between characters and not before a mark. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  let end = maxLength
  while (end > 0 && /^[\p{M}\u{dc00}-\u{dfff}]/u.test(text.slice(end))) end--
  return text.slice(0, end)
}

/** Why `text` cannot be a store id, or undefined when it can. `.` and `..` would vanish from a URL. */
export function storeIdProblem(text: string): string | undefined {
  if (text.length === 0) return 'it is empty'
  if (text.length > MAX_STORE_ID_LENGTH) return `it is longer than ${MAX_STORE_ID_LENGTH} characters`
  if (idText(text) !== text)
    return 'it holds other characters than letters and digits (composed, NFC) and . _ ~ -'
  if (text === '.' || text === '..') return 'it is a relative path segment'
  return undefined
}
