// The folder of the name before: most names of an archive lie in the same folder as the one before, or share
// the start of its path. Keeps the walk over a million names from looking folders up.
import type { FolderTable } from './folder-table.js'
import { MAX_NAME_LENGTH } from './limits.js'

const SLASH = 0x2f

export class FolderMemo {
  /** The remembered folder, and the hash state after its path and slash. */
  folder = 0
  state: number
  /** Its path with the slash is `bytes[from, from + length)`. */
  bytes: Uint8Array
  from = 0
  length = 0
  readonly #folders: FolderTable
  /** The directory, and where the remembered path lies: there or in a name that had to be decoded. */
  readonly #directory: Buffer
  readonly #directoryView: DataView
  #view: DataView
  // A name has at most as many parts as bytes, and at most three bytes for each UTF-16 unit.
  /** Per part of the path: where the next one starts, relative to `from`, and the folder up to there. */
  readonly #partEnds = new Uint32Array(MAX_NAME_LENGTH * 3)
  readonly #partFolders = new Uint32Array(MAX_NAME_LENGTH * 3)
  #depth = 0

  constructor(folders: FolderTable, directory: Buffer) {
    this.#folders = folders
    this.#directory = directory
    this.#directoryView = viewOf(directory)
    this.#view = this.#directoryView
    this.bytes = directory
    this.state = folders.state[0]!
  }

  /**
   * True when the name at `[from, to)` of the directory is longer than the remembered path and starts with it.
   * Four bytes at a time, from the end: that is where names differ.
   */
  holds(from: number, to: number): boolean {
    const { length, from: before } = this
    if (to - from <= length) return false
    const directory = this.#directoryView
    const view = this.#view
    let i = length - 4
    for (; i >= 0; i -= 4) if (directory.getUint32(from + i) !== view.getUint32(before + i)) return false
    for (i += 3; i >= 0; i--) if (directory.getUint8(from + i) !== view.getUint8(before + i)) return false
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
    this.#see(name)
    this.from = from
    this.length = partFrom - from
    this.folder = folder
    this.state = this.#folders.state[folder]!
    return partFrom
  }

  #see(name: Uint8Array): void {
    if (name === this.bytes) return
    this.bytes = name
    this.#view = name === this.#directory ? this.#directoryView : viewOf(name)
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

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
