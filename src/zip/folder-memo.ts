// The folder of the name before: most names of an archive lie in the same folder as the one before, or share
// the start of its path. Keeps the walk over a million names from looking folders up.
import type { FolderTable } from './folder-table.js'
import { MAX_NAME_LENGTH } from './limits.js'

const SLASH = 0x2f
const BACK_SLASH = 0x5c
const DOT = 0x2e
const UNDERSCORE = 0x5f

export class FolderMemo {
  /** The remembered folder, and the hash state after its path and slash. */
  folder = 0
  state: number
  /** Its path with the slash is `bytes[from, from + length)`. */
  bytes: Uint8Array
  from = 0
  length = 0
  readonly #folders: FolderTable
  // A name has at most as many parts as bytes, and at most three bytes for each UTF-16 unit.
  /** Per part of the path: where the next one starts, relative to `from`, and the folder up to there. */
  readonly #partEnds = new Uint32Array(MAX_NAME_LENGTH * 3)
  readonly #partFolders = new Uint32Array(MAX_NAME_LENGTH * 3)
  #depth = 0

  constructor(folders: FolderTable, bytes: Uint8Array) {
    this.#folders = folders
    this.bytes = bytes
    this.state = folders.state[0]!
  }

  /** True when `name[from, to)` is longer than the remembered path and starts with it. */
  holds(name: Uint8Array, from: number, to: number): boolean {
    const { bytes, length } = this
    if (to - from <= length) return false
    const shift = this.from - from
    for (let i = from + length - 1; i >= from; i--) if (name[i] !== bytes[i + shift]) return false
    return true
  }

  /** Makes the folder of `name[from, to)`, a valid key, the remembered one; answers where its last part starts. */
  remember(name: Uint8Array, from: number, to: number): number {
    let depth = this.#sharedParts(name, from, to)
    let partFrom = from + (depth === 0 ? 0 : this.#partEnds[depth - 1]!)
    let folder = depth === 0 ? 0 : this.#partFolders[depth - 1]!
    for (let i = partFrom; i < to; i++) {
      if (name[i] !== SLASH) continue
      folder = this.#folders.child(folder, name, partFrom, i)
      partFrom = i + 1
      this.#partEnds[depth] = partFrom - from
      this.#partFolders[depth++] = folder
    }
    this.#depth = depth
    this.bytes = name
    this.from = from
    this.length = partFrom - from
    this.folder = folder
    this.state = this.#folders.state[folder]!
    return partFrom
  }

  /** How many parts of the remembered path the name starts with. */
  #sharedParts(name: Uint8Array, from: number, to: number): number {
    const { bytes, length } = this
    const shift = this.from - from
    const end = from + Math.min(length, to - from)
    let i = from
    while (i < end && name[i] === bytes[i + shift]) i++
    let depth = this.#depth
    while (depth > 0 && this.#partEnds[depth - 1]! > i - from) depth--
    return depth
  }
}

/** Neither slash nor anything that needs a second look: printable ASCII that does not start with a dot. */
export function isPlainPart(bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] === DOT) return false
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    if (byte < 0x20 || byte > 0x7e || byte === SLASH || byte === BACK_SLASH) return false
  }
  return from < to
}

/** The same for a whole name: every part is plain, and it does not start as `__MACOSX/` does. */
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
