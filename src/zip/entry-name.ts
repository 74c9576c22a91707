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

/** What a name is to the store. */
export type NameKind = 'key' | 'folder' | 'junk' | 'invalid'

/**
 * The name as UTF-8 bytes with `/` between its parts; undefined when the writer says UTF-8 and it is not.
 * UTF-8 when bit 11 is set or the bytes are valid UTF-8, else CP437; the Unicode path extra field 0x7075
 * (APPNOTE 4.6.9) only when its CRC-32 is that of the name. The decoding of CP437 and of 0x7075 is yauzl's.
 */
export function nameBytes(rawName: Buffer, flags: number, extra: Buffer): Buffer | undefined {
  const hasUnicodePath = holdsUnicodePath(extra)
  const isPlain = isUtf8(rawName)
  if (!hasUnicodePath && isPlain && !rawName.includes(BACK_SLASH)) return rawName
  if (!isPlain && (flags & FLAG_UTF8) !== 0) return undefined
  const asUtf8 = isPlain ? flags | FLAG_UTF8 : flags
  const fields = hasUnicodePath ? safeExtraFields(extra) : []
  return Buffer.from(getFileNameLowLevel(asUtf8, rawName, fields, false))
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
 * What `bytes[from, to)` is: a key, a folder (ends with `/`), what a desktop leaves in archives
 * (`__MACOSX/`, `.DS_Store`, `._*`), or no key at all: empty, longer than a key may be, absolute, with an
 * empty, `.` or `..` part, a control character or bytes that are not UTF-8.
 */
export function nameKind(bytes: Buffer, from: number, to: number): NameKind {
  if (to === from) return 'invalid'
  let segmentStart = from
  let isAscii = true
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    if (byte < 0x20 || byte === 0x7f || byte === BACK_SLASH) return 'invalid'
    if (byte >= 0x80) isAscii = false
    if (byte !== SLASH) continue
    if (!isSegment(bytes, segmentStart, i)) return 'invalid'
    segmentStart = i + 1
  }
  if (to - from > MAX_NAME_LENGTH && bytes.toString('utf8', from, to).length > MAX_NAME_LENGTH)
    return 'invalid'
  if (!isAscii && !isUtf8(bytes.subarray(from, to))) return 'invalid'
  if (segmentStart === to) return 'folder'
  if (!isSegment(bytes, segmentStart, to)) return 'invalid'
  return isJunk(bytes, { from, to, segmentStart }) ? 'junk' : 'key'
}

function isSegment(bytes: Uint8Array, from: number, to: number): boolean {
  if (to === from) return false
  if (bytes[from] !== DOT) return true
  return to - from > 2 || (to - from === 2 && bytes[from + 1] !== DOT)
}

function isJunk(bytes: Buffer, name: { from: number; to: number; segmentStart: number }): boolean {
  const { from, to, segmentStart } = name
  if (bytes[segmentStart] === DOT) {
    if (bytes[segmentStart + 1] === 0x5f) return true // '._': AppleDouble
    if (bytes.toString('latin1', segmentStart, to) === '.DS_Store') return true
  }
  return bytes[from] === 0x5f && bytes.toString('latin1', from, Math.min(to, from + 9)) === '__MACOSX/'
}
