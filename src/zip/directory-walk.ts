// The bulk walk over the central directory: one pass over its bytes, compact arrays instead of objects, in
// slices so that the event loop turns in between. Fields as in APPNOTE 4.3.12; knows nothing of the index file.
import { ZipzarrError } from '../errors.js'
import { DIRECTORY_RECORD_BYTES, DIRECTORY_SIGNATURE, readZip64Sizes } from './central-directory.js'
import { holdsUnicodePath, nameBytes, nameKind } from './entry-name.js'
import { FolderTable } from './folder-table.js'
import { hashBytes, hashEnd, hashStart } from './key-hash.js'
import type { ZipLimits } from './limits.js'

const SLASH = 0x2f
/** In `entryFolder`: the entry is no key, or a later entry has its name. */
export const NO_FOLDER = 0xffffffff

export interface WalkOptions {
  readonly seed: number
  readonly limits: ZipLimits
  /** Names to remember per folder (at most 8); the layer above knows what they mean. */
  readonly markedNames: readonly string[]
}

export class DirectoryWalk {
  readonly directory: Buffer
  readonly folders: FolderTable
  /** Entries walked so far. */
  count = 0
  keyCandidateCount = 0
  folderEntryCount = 0
  junkCount = 0
  invalidNameCount = 0
  /** False once a local header is not right behind or beyond the entry before: then overlaps are looked for. */
  isInOrder = true
  /** Per entry: offset of its record, its folder, hash of its key, extent of header and data in the archive. */
  readonly recordOffset: Uint32Array
  readonly entryFolder: Uint32Array
  readonly keyHash: Uint32Array
  readonly headerOffset: Float64Array
  readonly leastEnd: Float64Array
  readonly #limits: ZipLimits
  readonly #markedNames: readonly Buffer[]
  /** Last bytes of the marked names: most names are told apart by it. */
  readonly #markedEnds = new Uint8Array(256)
  #at = 0
  #lastEnd = 0
  // The folder of the entry before: most entries lie in the same one.
  #memoBytes: Buffer
  #memoFrom = 0
  #memoLength = 0
  #memoFolder = 0
  #memoState: number

  constructor(directory: Buffer, options: WalkOptions) {
    this.directory = directory
    this.#limits = options.limits
    this.#markedNames = options.markedNames.map(name => Buffer.from(name))
    for (const name of this.#markedNames) this.#markedEnds[name[name.length - 1]!] = 1
    this.folders = new FolderTable(hashStart(options.seed), options.limits.maxFolders)
    this.#memoBytes = directory
    this.#memoState = hashStart(options.seed)
    // The declared count may have wrapped or lie; what fits into the bytes bounds it.
    const capacity = Math.min(
      Math.floor(directory.length / DIRECTORY_RECORD_BYTES),
      options.limits.maxEntries,
    )
    this.recordOffset = new Uint32Array(capacity)
    this.entryFolder = new Uint32Array(capacity)
    this.keyHash = new Uint32Array(capacity)
    this.headerOffset = new Float64Array(capacity)
    this.leastEnd = new Float64Array(capacity)
  }

  /** Walks up to `maxEntries` more; false when the directory has been walked to its end. */
  step(maxEntries: number): boolean {
    const stop = this.count + maxEntries
    while (this.count < stop && this.#at < this.directory.length) this.#walkRecord()
    return this.#at < this.directory.length
  }

  #walkRecord(): void {
    const bytes = this.directory
    const at = this.#at
    const index = this.count
    if (index === this.recordOffset.length && index >= this.#limits.maxEntries) throw this.#tooManyEntries()
    if (at + DIRECTORY_RECORD_BYTES > bytes.length || u32(bytes, at) !== DIRECTORY_SIGNATURE)
      throw this.#damaged('no record starts there')
    const nameLength = u16(bytes, at + 28)
    const extraLength = u16(bytes, at + 30)
    const nameFrom = at + DIRECTORY_RECORD_BYTES
    const nameTo = nameFrom + nameLength
    const next = nameTo + extraLength + u16(bytes, at + 32) // + file comment length
    if (next > bytes.length) throw this.#damaged('the record reaches past the end of the directory')
    this.recordOffset[index] = at
    this.#noteExtent(index, at, nameTo)
    this.entryFolder[index] = this.#place(index, nameFrom, nameTo)
    this.count = index + 1
    this.#at = next
  }

  /** Local header and data take at least this much: 30 + name + compressed size (APPNOTE 4.3.7). */
  #noteExtent(index: number, at: number, nameTo: number): void {
    const bytes = this.directory
    let stored = u32(bytes, at + 20)
    let header = u32(bytes, at + 42)
    if (stored === 0xffffffff || header === 0xffffffff) {
      const sizes = recordSizes(bytes, at)
      stored = sizes.storedByteLength
      header = sizes.headerOffset
    }
    this.headerOffset[index] = header
    const end = header + 30 + (nameTo - at - DIRECTORY_RECORD_BYTES) + stored
    this.leastEnd[index] = end
    if (header < this.#lastEnd) this.isInOrder = false
    this.#lastEnd = end
  }

  /** The entry's folder, NO_FOLDER when its name is no key; sets its hash. */
  #place(index: number, nameFrom: number, nameTo: number): number {
    const bytes = this.directory
    const restFrom = this.#afterMemo(bytes, nameFrom, nameTo)
    const at = nameFrom - DIRECTORY_RECORD_BYTES
    if (restFrom !== -1 && nameTo - nameFrom <= 1024 && isPlainSegment(bytes, restFrom, nameTo)) {
      const extraTo = nameTo + u16(bytes, at + 30)
      if (extraTo === nameTo || !holdsUnicodePath(bytes.subarray(nameTo, extraTo))) {
        return this.#noteKey(index, bytes, restFrom, nameTo)
      }
    }
    return this.#placeSlowly(index, nameFrom, nameTo)
  }

  /** Where the last part of the name starts when its folder is that of the entry before; -1 when it is not. */
  #afterMemo(bytes: Buffer, nameFrom: number, nameTo: number): number {
    const length = this.#memoLength
    if (nameTo - nameFrom <= length) return -1
    const memo = this.#memoBytes
    const memoFrom = this.#memoFrom
    for (let i = length - 1; i >= 0; i--) if (bytes[nameFrom + i] !== memo[memoFrom + i]) return -1
    return nameFrom + length
  }

  #placeSlowly(index: number, nameFrom: number, nameTo: number): number {
    const name = keyBytes(this.directory, nameFrom - DIRECTORY_RECORD_BYTES)
    if (name === undefined) {
      this.invalidNameCount++
      return NO_FOLDER
    }
    const isRaw = name.buffer === this.directory
    const [from, to] = isRaw ? [nameFrom, nameTo] : [0, name.buffer.length]
    const kind = nameKind(name.buffer, from, to)
    if (kind !== 'key') {
      if (kind === 'folder') this.folderEntryCount++
      else if (kind === 'junk') this.junkCount++
      else this.invalidNameCount++
      return NO_FOLDER
    }
    const segmentFrom = this.#remember(name.buffer, from, to)
    return this.#noteKey(index, name.buffer, segmentFrom, to)
  }

  /** A key in the remembered folder, its last part being `name[from, to)`. */
  #noteKey(index: number, name: Buffer, from: number, to: number): number {
    this.keyHash[index] = hashEnd(hashBytes(this.#memoState, name, from, to))
    this.keyCandidateCount++
    if (this.#markedEnds[name[to - 1]!] === 1) this.#mark(name, from, to)
    return this.#memoFolder
  }

  #mark(name: Buffer, from: number, to: number): void {
    for (const [bit, marked] of this.#markedNames.entries()) {
      if (marked.length === to - from && marked.compare(name, from, to) === 0)
        this.folders.mask[this.#memoFolder]! |= 1 << bit
    }
  }

  /** Makes the name's folder the remembered one; answers where its last part starts. */
  #remember(name: Buffer, from: number, to: number): number {
    let folder = 0
    let segmentFrom = from
    for (let i = from; i < to; i++) {
      if (name[i] !== SLASH) continue
      folder = this.folders.child(folder, name, segmentFrom, i)
      segmentFrom = i + 1
    }
    this.#memoBytes = name
    this.#memoFrom = from
    this.#memoLength = segmentFrom - from
    this.#memoFolder = folder
    this.#memoState = this.folders.state[folder]!
    return segmentFrom
  }

  #damaged(what: string): ZipzarrError {
    return new ZipzarrError(
      'ARCHIVE_INVALID',
      `central directory damaged at entry ${this.count} (byte ${this.#at} of ${this.directory.length}): ${what}`,
    )
  }

  #tooManyEntries(): ZipzarrError {
    const limit = this.#limits.maxEntries
    return new ZipzarrError('ARCHIVE_UNSUPPORTED', `the archive has more than ${limit} entries`, {
      facts: { limit },
    })
  }
}

/** The key's bytes of the record at `at`, and the buffer they lie in; undefined when they are not UTF-8. */
export function keyBytes(
  directory: Buffer,
  at: number,
): { buffer: Buffer; from: number; to: number } | undefined {
  const nameFrom = at + DIRECTORY_RECORD_BYTES
  const nameTo = nameFrom + u16(directory, at + 28)
  const extra = directory.subarray(nameTo, nameTo + u16(directory, at + 30))
  const raw = directory.subarray(nameFrom, nameTo)
  const name = nameBytes(raw, u16(directory, at + 8), extra)
  if (name === undefined) return undefined
  return name === raw
    ? { buffer: directory, from: nameFrom, to: nameTo }
    : { buffer: name, from: 0, to: name.length }
}

/** Sizes of the record at `at` with Zip64 applied; zeros when its extra field is damaged (refused when read). */
export function recordSizes(directory: Buffer, at: number) {
  const nameTo = at + DIRECTORY_RECORD_BYTES + u16(directory, at + 28)
  const plain = {
    byteLength: u32(directory, at + 24),
    storedByteLength: u32(directory, at + 20),
    headerOffset: u32(directory, at + 42),
  }
  const sizes = readZip64Sizes(plain, directory.subarray(nameTo, nameTo + u16(directory, at + 30)))
  return 'code' in sizes ? { byteLength: 0, storedByteLength: 0, headerOffset: 0 } : sizes
}

/** Neither slash nor anything that needs a second look: printable ASCII that does not start with a dot. */
function isPlainSegment(bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] === 0x2e) return false
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    if (byte < 0x20 || byte > 0x7e || byte === SLASH || byte === 0x5c) return false
  }
  return true
}

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8)
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
