// From the name an entry has in the archive to the bytes of its key. A name that cannot be a key is skipped
// and counted; it never fails the archive. Names are only ever looked up, never used as file-system paths.
import { isUtf8 } from 'node:buffer'
import { getFileNameLowLevel, parseExtraFields } from 'yauzl'
import { MAX_NAME_LENGTH } from './limits.js'

const SLASH = 0x2f
const BACK_SLASH = 0x5c
const DOT = 0x2e

const FLAG_UTF8 = 0x0800
const UNICODE_PATH_EXTRA_ID = 0x7075

/** Why a name can be no key, in the order in which the index counts them. */
export const NAME_PROBLEMS = [
  'empty',
  'absolute',
  'emptyPart',
  'dotPart',
  'forbiddenCharacter',
  'tooLong',
  'undecodable',
] as const
export type NameProblem = (typeof NAME_PROBLEMS)[number]

/** What a name is to the store. Litter is a key that no listing shows. */
export type NameKind = 'key' | 'folder' | 'litter' | NameProblem

/**
 * The name as UTF-8 bytes with `/` between its parts and without `./` before them; undefined when the writer
 * says UTF-8 and it is not. UTF-8 when bit 11 is set or the bytes are valid UTF-8, else CP437; the Unicode path
 * extra field 0x7075 (APPNOTE 4.6.9) only when its CRC-32 is that of the name. The decoding of CP437 and of
 * 0x7075 is yauzl's.
 */
export function nameBytes(rawName: Buffer, flags: number, extra: Buffer): Buffer | undefined {
  const name = decodedName(rawName, flags, extra)
  if (name === undefined) return undefined
  const from = keyStart(name, 0, name.length)
  return from === 0 ? name : name.subarray(from)
}

function decodedName(rawName: Buffer, flags: number, extra: Buffer): Buffer | undefined {
  const hasUnicodePath = holdsUnicodePath(extra)
  const isPlain = isUtf8(rawName)
  if (!hasUnicodePath && isPlain && !rawName.includes(BACK_SLASH)) return rawName
  if (!isPlain && (flags & FLAG_UTF8) !== 0) return undefined
  const asUtf8 = isPlain ? flags | FLAG_UTF8 : flags
  const fields = hasUnicodePath ? safeExtraFields(extra) : []
  return Buffer.from(getFileNameLowLevel(asUtf8, rawName, fields, false))
}

/**
 * Where the key starts in the name `bytes[from, to)`: behind every `./` (and slashes after it) that tools like
 * tar and find put before all their names.
 */
export function keyStart(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at + 2 < to && bytes[at] === DOT && bytes[at + 1] === SLASH) {
    at += 2
    while (at + 1 < to && bytes[at] === SLASH) at++
  }
  return at
}

/** True when the fast walk may take the raw bytes for the name: no field 0x7075 among the extra fields. */
export function holdsUnicodePath(extra: Uint8Array): boolean {
  let at = 0
  while (at + 4 <= extra.length) {
    const id = extra[at]! | (extra[at + 1]! << 8)
    if (id === UNICODE_PATH_EXTRA_ID) return true
    at += 4 + (extra[at + 2]! | (extra[at + 3]! << 8))
  }
  return false
}

/** Damaged extra fields do not make the name unreadable: they are left out. */
function safeExtraFields(extra: Buffer): { id: number; data: Buffer }[] {
  try {
    return parseExtraFields(extra).filter(field => isUtf8(field.data.subarray(5)))
  } catch {
    return []
  }
}

/**
 * What `bytes[from, to)`, a name as `nameBytes` answers it, is: a key, a folder (ends with `/`, or is nothing
 * but `./`), what a desktop leaves in archives (`__MACOSX/`, `.DS_Store`, `._*`), or why it can be no key.
 */
export function nameKind(bytes: Buffer, from: number, to: number): NameKind {
  if (to === from) return 'empty'
  if (bytes[from] === SLASH) return 'absolute'
  if (to - from === 2 && bytes[from] === DOT && bytes[from + 1] === SLASH) return 'folder'
  let segmentStart = from
  let isAscii = true
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    if (byte === 0 || byte === BACK_SLASH) return 'forbiddenCharacter'
    if (byte >= 0x80) isAscii = false
    if (byte !== SLASH) continue
    const problem = partProblem(bytes, segmentStart, i)
    if (problem !== undefined) return problem
    segmentStart = i + 1
  }
  if (to - from > MAX_NAME_LENGTH && bytes.toString('utf8', from, to).length > MAX_NAME_LENGTH)
    return 'tooLong'
  if (!isAscii && !isUtf8(bytes.subarray(from, to))) return 'undecodable'
  if (segmentStart === to) return 'folder'
  const problem = partProblem(bytes, segmentStart, to)
  if (problem !== undefined) return problem
  return isLitter(bytes, { from, to, segmentStart }) ? 'litter' : 'key'
}

function partProblem(bytes: Uint8Array, from: number, to: number): NameProblem | undefined {
  if (to === from) return 'emptyPart'
  if (bytes[from] !== DOT) return undefined
  return to - from > 2 || (to - from === 2 && bytes[from + 1] !== DOT) ? undefined : 'dotPart'
}

function isLitter(bytes: Buffer, name: { from: number; to: number; segmentStart: number }): boolean {
  const { from, to, segmentStart } = name
  if (bytes[segmentStart] === DOT) {
    if (bytes[segmentStart + 1] === 0x5f) return true // '._': AppleDouble
    if (bytes.toString('latin1', segmentStart, to) === '.DS_Store') return true
  }
  return bytes[from] === 0x5f && bytes.toString('latin1', from, Math.min(to, from + 9)) === '__MACOSX/'
}
