// The bulk walk over the central directory: one pass over its bytes, compact arrays instead of objects, in
// slices so that the event loop turns in between. Fields as in APPNOTE 4.3.12; knows nothing of the index file.
import { ZipzarrError } from '../../errors.js'
import { DIRECTORY_RECORD_BYTES, DIRECTORY_SIGNATURE } from './central-directory.js'
import { keyBytes, leastEnd, recordSizes } from './directory-record.js'
import { holdsUnicodePath, keyStart, NAME_PROBLEMS, type NameProblem, nameKind } from './entry-name.js'
import { FolderMemo } from './folder-memo.js'
import { FolderTable, HIDDEN, NO_FOLDER } from './folder-table.js'
import { hashBytes, hashEnd, hashStart } from './key-hash.js'
import { MAX_NAME_LENGTH, type ZipLimits } from './limits.js'
import { hashPlainPart, isPlainName } from './plain-name.js'

const PLACEHOLDER = 0xffffffff

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
  /** Keys that listings show. */
  keyCount = 0
  folderEntryCount = 0
  litterCount = 0
  /** Names that can be no key, by NAME_PROBLEMS. */
  readonly nameProblemCounts = new Uint32Array(NAME_PROBLEMS.length)
  /** Keys by method: stored, deflated, other. */
  readonly methodCounts = new Uint32Array(3)
  /** True while each local header lies behind the data of the entry before: then none overlap. */
  isInOrder = true
  /** Least end of the last entry's data. */
  lastEnd = 0
  /**
   * Per entry: offset of its record, its folder (NO_FOLDER: no key, or a later entry has its name; HIDDEN: litter),
   * its key's hash.
   */
  readonly recordOffset: Uint32Array
  readonly entryFolder: Uint32Array
  readonly keyHash: Uint32Array
  readonly #limits: ZipLimits
  readonly #view: DataView
  readonly #memo: FolderMemo
  readonly #markedNames: readonly Buffer[]
  /** Last bytes of the marked names: most names are told apart by it. */
  readonly #markedEnds = new Uint8Array(256)
  #at = 0

  constructor(directory: Buffer, options: WalkOptions) {
    this.directory = directory
    this.#view = new DataView(directory.buffer, directory.byteOffset, directory.length)
    this.#limits = options.limits
    this.folders = new FolderTable(hashStart(options.seed), options.limits.maxFolders)
    this.#memo = new FolderMemo(this.folders, directory)
    this.#markedNames = options.markedNames.map(name => Buffer.from(name))
    for (const name of this.#markedNames) this.#markedEnds[name[name.length - 1]!] = 1
    // The declared count may have wrapped or lie; what fits into the bytes bounds it.
    const capacity = Math.min(
      Math.floor(directory.length / DIRECTORY_RECORD_BYTES),
      options.limits.maxEntries,
    )
    this.recordOffset = new Uint32Array(capacity)
    this.entryFolder = new Uint32Array(capacity)
    this.keyHash = new Uint32Array(capacity)
  }

  /**
   * Walks up to `maxEntries` more, as far as the first `available` bytes of the directory hold them whole;
   * true when entries are left that could be walked now.
   */
  step(maxEntries: number, available: number): boolean {
    const stop = this.count + maxEntries
    while (this.count < stop) if (!this.#walkRecord(available)) return false
    return true
  }

  #walkRecord(available: number): boolean {
    const view = this.#view
    const at = this.#at
    const nameFrom = at + DIRECTORY_RECORD_BYTES
    if (nameFrom > available) return this.#wait(available, at, 'no whole record starts there')
    if (view.getUint32(at, true) !== DIRECTORY_SIGNATURE) throw this.#damaged('no record starts there')
    const nameTo = nameFrom + view.getUint16(at + 28, true) // file name length
    const extraTo = nameTo + view.getUint16(at + 30, true) // extra field length
    const next = extraTo + view.getUint16(at + 32, true) // file comment length
    if (next > available) return this.#wait(available, at, 'the record reaches past the end of the directory')
    const index = this.count
    if (index === this.#limits.maxEntries) throw this.#tooManyEntries()
    let stored = view.getUint32(at + 20, true) // compressed size
    let length = view.getUint32(at + 24, true) // uncompressed size
    let header = view.getUint32(at + 42, true) // relative offset of local header
    if (stored === PLACEHOLDER || length === PLACEHOLDER || header === PLACEHOLDER) {
      const sizes = recordSizes(this.directory, at)
      stored = sizes.storedByteLength
      length = sizes.byteLength
      header = sizes.headerOffset
    }
    if (header < this.lastEnd) this.isInOrder = false
    this.lastEnd = leastEnd(header, nameTo - nameFrom, stored)
    this.recordOffset[index] = at
    const folder = this.#place(at, nameTo, extraTo)
    this.entryFolder[index] = folder
    if (folder < HIDDEN) this.#addValue(folder, length, stored, view.getUint16(at + 10, true)) // compression method
    this.count = index + 1
    this.#at = next
    return true
  }

  #addValue(folder: number, length: number, stored: number, method: number): void {
    const { folders } = this
    folders.valueCount[folder]!++
    folders.byteLength[folder]! += length
    folders.storedByteLength[folder]! += stored
    this.methodCounts[methodClass(method)]!++
  }

  /** Takes back an entry that a later one of its name replaces. */
  dropEntry(index: number): void {
    const folder = this.entryFolder[index]!
    this.entryFolder[index] = NO_FOLDER
    if (folder === HIDDEN) {
      this.litterCount--
      return
    }
    const at = this.recordOffset[index]!
    const sizes = recordSizes(this.directory, at)
    this.keyCount--
    this.folders.valueCount[folder]!--
    this.folders.byteLength[folder]! -= sizes.byteLength
    this.folders.storedByteLength[folder]! -= sizes.storedByteLength
    this.methodCounts[methodClass(this.#view.getUint16(at + 10, true))]!--
  }

  /** The entry's folder, or HIDDEN or NO_FOLDER; sets its hash when its name is a key. */
  #place(at: number, nameTo: number, extraTo: number): number {
    const bytes = this.directory
    const rawFrom = at + DIRECTORY_RECORD_BYTES
    if (nameTo - rawFrom > MAX_NAME_LENGTH || (extraTo !== nameTo && hasUnicodePath(bytes, nameTo, extraTo)))
      return this.#placeSlowly(at)
    const nameFrom = keyStart(bytes, rawFrom, nameTo)
    const memo = this.#memo
    if (memo.holds(nameFrom, nameTo)) {
      const partFrom = nameFrom + memo.length
      if (hashPlainPart(memo.state, bytes, partFrom, nameTo, this.keyHash, this.count))
        return this.#noteKey(bytes, partFrom, nameTo)
    }
    if (isPlainName(bytes, nameFrom, nameTo))
      return this.#hashKey(bytes, memo.remember(bytes, nameFrom, nameTo), nameTo)
    return this.#placeSlowly(at)
  }

  #placeSlowly(at: number): number {
    const name = keyBytes(this.directory, at)
    if (name === undefined) return this.#skip('undecodable')
    const { buffer, from, to } = name
    const kind = nameKind(buffer, from, to)
    if (kind === 'key') return this.#hashKey(buffer, this.#memo.remember(buffer, from, to), to)
    if (kind === 'litter') return this.#hide(buffer, from, to)
    if (kind !== 'folder') return this.#skip(kind)
    this.folderEntryCount++
    return NO_FOLDER
  }

  #skip(problem: NameProblem): number {
    this.nameProblemCounts[NAME_PROBLEMS.indexOf(problem)]!++
    return NO_FOLDER
  }

  /** Found when it is asked for, so that no key of the archive is answered with 404; in no folder. */
  #hide(name: Uint8Array, from: number, to: number): number {
    this.litterCount++
    this.keyHash[this.count] = hashEnd(hashBytes(this.folders.state[0]!, name, from, to))
    return HIDDEN
  }

  /** A key in the remembered folder, its last part being `name[from, to)`. */
  #hashKey(name: Uint8Array, from: number, to: number): number {
    this.keyHash[this.count] = hashEnd(hashBytes(this.#memo.state, name, from, to))
    return this.#noteKey(name, from, to)
  }

  /** The same when its hash is set. */
  #noteKey(name: Uint8Array, from: number, to: number): number {
    this.keyCount++
    if (this.#markedEnds[name[to - 1]!] === 1) this.#mark(name, from, to)
    return this.#memo.folder
  }

  #mark(name: Uint8Array, from: number, to: number): void {
    for (const [bit, marked] of this.#markedNames.entries()) {
      if (marked.length === to - from && marked.compare(name, from, to) === 0)
        this.folders.mask[this.#memo.folder]! |= 1 << bit
    }
  }

  /** Not all of a record is there: false while more bytes may come, an error at the directory's end. */
  #wait(available: number, at: number, what: string): false {
    if (available < this.directory.length || at === available) return false
    throw this.#damaged(what)
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

function hasUnicodePath(bytes: Buffer, from: number, to: number): boolean {
  return holdsUnicodePath(bytes.subarray(from, to))
}

function methodClass(method: number): 0 | 1 | 2 {
  if (method === 0) return 0
  return method === 8 ? 1 : 2
}
