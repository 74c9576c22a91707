// Plain names: those of nearly all entries, told from the others at the least cost. What is not plain may still
// be a key; entry-name.ts says.
import { FNV_PRIME, hashEnd } from './key-hash.js'

const SLASH = 0x2f
const BACK_SLASH = 0x5c
const DOT = 0x2e
const UNDERSCORE = 0x5f

/** By byte: 0 for printable ASCII but slashes, else 1. */
const IS_SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte <= 0x7e && byte !== SLASH && byte !== BACK_SLASH ? 0 : 1,
)

/**
 * Sets `hashes[at]` to the hash of the key whose last part is `bytes[from, to)`, `state` being that of its folder.
 * False, and no hash, when the part is empty, has a slash or anything that needs a second look, or starts with a
 * dot. Checked on the way, without a branch a byte; stored here, as a hash handed back is a number on the heap.
 */
export function hashPlainPart(
  state: number,
  bytes: Uint8Array,
  from: number,
  to: number,
  hashes: Uint32Array,
  at: number,
): boolean {
  let special = from === to || bytes[from] === DOT ? 1 : 0
  let hash = state
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    special |= IS_SPECIAL[byte]!
    hash = Math.imul(hash ^ byte, FNV_PRIME) // a call a byte would cost more than the byte
  }
  hashes[at] = hashEnd(hash)
  return special === 0
}

/**
 * True for a whole name that is printable ASCII, no part of it empty or starting with a dot, and that does not
 * start as `__MACOSX/` does.
 */
export function isPlainName(bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] === UNDERSCORE) return false
  let before = SLASH
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    if (byte < 0x20 || byte > 0x7e || byte === BACK_SLASH) return false
    if (before === SLASH && (byte === SLASH || byte === DOT)) return false
    before = byte
  }
  return before !== SLASH
}
