// The folders that the keys of an archive name, while the index is built: parent, name, what lies directly
// inside. A folder exists because a key lies below it; empty ones do not exist. Folder 0 is the root.
import { ZipzarrError } from '../../errors.js'
import { CollidingNamesError, hashBytes, hashEnd, hashSlash } from './key-hash.js'

/** The number of no folder: the entry is no key. */
export const NO_FOLDER = 0xffffffff
/** The number of no folder either: the entry is a key that no listing shows. */
export const HIDDEN = 0xfffffffe
/** Probes paid in for each look-up, far more than chance needs at half load. */
const STEPS_PER_LOOKUP = 64

export class FolderTable {
  count = 1
  parent: Uint32Array<ArrayBuffer> = new Uint32Array(64)
  nameAt: Uint32Array<ArrayBuffer> = new Uint32Array(64)
  nameLength: Uint16Array<ArrayBuffer> = new Uint16Array(64)
  /** Hash state after the folder's path and a slash. */
  state: Int32Array<ArrayBuffer> = new Int32Array(64)
  /** Bit i: the i-th marked name lies directly inside. */
  mask: Uint8Array<ArrayBuffer> = new Uint8Array(64)
  /** Keys directly inside, and their sums. */
  valueCount: Uint32Array<ArrayBuffer> = new Uint32Array(64)
  byteLength: Float64Array<ArrayBuffer> = new Float64Array(64)
  storedByteLength: Float64Array<ArrayBuffer> = new Float64Array(64)
  /** All names one after another. */
  names: Uint8Array<ArrayBuffer> = new Uint8Array(4096)
  namesLength = 0
  readonly #maxFolders: number
  #stepsLeft = 100_000
  #slots: Uint32Array = new Uint32Array(256)

  constructor(rootState: number, maxFolders: number) {
    this.state[0] = rootState
    this.#maxFolders = maxFolders
  }

  /** The folder named by `bytes[from, to)` in `parent`, made when it is new. */
  child(parent: number, bytes: Uint8Array, from: number, to: number): number {
    const state = hashSlash(hashBytes(this.state[parent]!, bytes, from, to))
    const mask = this.#slots.length - 1
    let slot = hashEnd(state) & mask
    this.#stepsLeft += STEPS_PER_LOOKUP
    for (;;) {
      const found = this.#slots[slot]!
      if (found === 0) break
      const isCandidate = this.state[found] === state && this.parent[found] === parent
      if (isCandidate && this.#isNamed(found, bytes, from, to)) return found
      slot = (slot + 1) & mask
      if (--this.#stepsLeft < 0) throw new CollidingNamesError()
    }
    const id = this.#add(parent, state)
    this.#addName(id, bytes, from, to)
    this.#slots[slot] = id
    if (this.count * 2 > this.#slots.length) this.#rehash()
    return id
  }

  #isNamed(folder: number, bytes: Uint8Array, from: number, to: number): boolean {
    if (this.nameLength[folder] !== to - from) return false
    const at = this.nameAt[folder]! - from
    for (let i = from; i < to; i++) if (this.names[at + i] !== bytes[i]) return false
    return true
  }

  #add(parent: number, state: number): number {
    if (this.count > this.#maxFolders)
      throw new ZipzarrError('ARCHIVE_UNSUPPORTED', `the archive has more than ${this.#maxFolders} folders`, {
        facts: { limit: this.#maxFolders },
      })
    if (this.count === this.parent.length) this.#grow()
    const id = this.count++
    this.parent[id] = parent
    this.state[id] = state
    return id
  }

  #addName(id: number, bytes: Uint8Array, from: number, to: number): void {
    const length = to - from
    if (this.namesLength + length > this.names.length)
      this.names = enlarge(this.names, new Uint8Array(this.names.length * 2 + length))
    this.nameAt[id] = this.namesLength
    this.nameLength[id] = length
    const at = this.namesLength - from
    for (let i = from; i < to; i++) this.names[at + i] = bytes[i]!
    this.namesLength += length
  }

  #grow(): void {
    const length = this.parent.length * 2
    this.parent = enlarge(this.parent, new Uint32Array(length))
    this.nameAt = enlarge(this.nameAt, new Uint32Array(length))
    this.nameLength = enlarge(this.nameLength, new Uint16Array(length))
    this.state = enlarge(this.state, new Int32Array(length))
    this.mask = enlarge(this.mask, new Uint8Array(length))
    this.valueCount = enlarge(this.valueCount, new Uint32Array(length))
    this.byteLength = enlarge(this.byteLength, new Float64Array(length))
    this.storedByteLength = enlarge(this.storedByteLength, new Float64Array(length))
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 4)
    const mask = slots.length - 1
    for (let id = 1; id < this.count; id++) {
      let slot = hashEnd(this.state[id]!) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }
}

function enlarge<T extends { set(values: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}
