// The folders that the keys of an archive name, while the index is built: parent, name, what lies directly
// inside. A folder exists because a key lies below it; empty ones do not exist. Folder 0 is the root.
import { ZipzarrError } from '../errors.js'
import { CollidingNamesError, hashBytes, hashEnd } from './key-hash.js'

const SLASH_BYTE = Uint8Array.of(0x2f)

/** Probes paid in for each look-up, far more than chance needs at half load. */
const STEPS_PER_LOOKUP = 64

export class FolderTable {
  readonly #maxFolders: number
  #stepsLeft = 100_000
  count = 1
  parent: Uint32Array<ArrayBuffer> = new Uint32Array(64)
  nameAt: Uint32Array<ArrayBuffer> = new Uint32Array(64)
  nameLength: Uint16Array<ArrayBuffer> = new Uint16Array(64)
  /** Hash state after the folder's path and a slash. */
  state: Int32Array<ArrayBuffer> = new Int32Array(64)
  /** Bit i: the i-th marked name lies directly inside. */
  mask: Uint8Array<ArrayBuffer> = new Uint8Array(64)
  names: Buffer = Buffer.allocUnsafe(4096)
  namesLength = 0
  #slots: Uint32Array = new Uint32Array(256)

  constructor(rootState: number, maxFolders: number) {
    this.state[0] = rootState
    this.#maxFolders = maxFolders
  }

  /** The folder named by `bytes[from, to)` in `parent`, made when it is new. */
  child(parent: number, bytes: Buffer, from: number, to: number): number {
    const state = hashBytes(hashBytes(this.state[parent]!, bytes, from, to), SLASH_BYTE, 0, 1)
    const mask = this.#slots.length - 1
    let slot = hashEnd(state) & mask
    this.#stepsLeft += STEPS_PER_LOOKUP
    for (;;) {
      const found = this.#slots[slot]!
      if (found === 0) break
      if (
        this.state[found] === state &&
        this.parent[found] === parent &&
        this.#isNamed(found, bytes, from, to)
      )
        return found
      slot = (slot + 1) & mask
      if (--this.#stepsLeft < 0) throw new CollidingNamesError()
    }
    return this.#add({ parent, state, slot }, bytes.subarray(from, to))
  }

  #isNamed(folder: number, bytes: Buffer, from: number, to: number): boolean {
    if (this.nameLength[folder] !== to - from) return false
    const at = this.nameAt[folder]!
    return bytes.compare(this.names, at, at + to - from, from, to) === 0
  }

  #add(place: { parent: number; state: number; slot: number }, name: Buffer): number {
    if (this.count > this.#maxFolders)
      throw new ZipzarrError('ARCHIVE_UNSUPPORTED', `the archive has more than ${this.#maxFolders} folders`, {
        facts: { limit: this.#maxFolders },
      })
    if (this.count === this.parent.length) this.#grow()
    const id = this.count++
    this.parent[id] = place.parent
    this.state[id] = place.state
    this.nameAt[id] = this.namesLength
    this.nameLength[id] = name.length
    this.#addName(name)
    this.#slots[place.slot] = id
    if (this.count * 2 > this.#slots.length) this.#rehash()
    return id
  }

  #addName(name: Buffer): void {
    if (this.namesLength + name.length > this.names.length) {
      const larger = Buffer.allocUnsafe(this.names.length * 2 + name.length)
      this.names.copy(larger, 0, 0, this.namesLength)
      this.names = larger
    }
    name.copy(this.names, this.namesLength)
    this.namesLength += name.length
  }

  #grow(): void {
    const length = this.parent.length * 2
    this.parent = enlarge(this.parent, new Uint32Array(length))
    this.nameAt = enlarge(this.nameAt, new Uint32Array(length))
    this.nameLength = enlarge(this.nameLength, new Uint16Array(length))
    this.state = enlarge(this.state, new Int32Array(length))
    this.mask = enlarge(this.mask, new Uint8Array(length))
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2)
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
