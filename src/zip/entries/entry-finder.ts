// From a name to its entry: hash slot, directory record, name compared. Entries found are remembered in
// bounded number, so that their local header is checked once.
import type { RandomAccess } from '../../bytes/random-access.js'
import { CacheBudget, Lru } from '../../memory/lru.js'
import type { DirectoryRecord, EntryProblem } from '../directory/central-directory.js'
import { DirectoryReader, notThere } from '../index/directory-reader.js'
import type { ZipIndex } from '../index/zip-index.js'
import { METHODS, REFUSED_METHODS } from '../methods/index.js'

/** An entry of the archive, with what has been learned of it by reading it. */
export interface Entry {
  readonly name: string
  readonly record: DirectoryRecord
  /** Why it cannot be read, although it is present. */
  readonly problem: EntryProblem | undefined
  /** Where its data starts in the archive, once its local header has been checked. */
  dataOffset: number | undefined
  /** CRC-32 of the stored bytes of a compressed entry that has been inflated and verified. */
  verifiedStoredCrc32: number | undefined
}

/** An entry and its record, beside the text of its name. */
const ENTRY_BYTES = 1024
/** Names remembered by whoever has no budget to share. */
const OWN_CACHE_BYTES = 2 * 1024 * 1024

export class EntryFinder {
  readonly #index: ZipIndex
  readonly #directory: DirectoryReader
  readonly #remembered: Lru<string, Entry>

  constructor(source: RandomAccess, index: ZipIndex, caches = new CacheBudget(OWN_CACHE_BYTES)) {
    this.#index = index
    this.#directory = new DirectoryReader(source, index.facts.directory, caches)
    this.#remembered = new Lru(caches)
  }

  /** undefined: the archive holds no entry of this name. @throws ZipzarrError STORE_CHANGED, READ_FAILED */
  find(name: string): Entry | undefined {
    const remembered = this.#remembered.get(name)
    if (remembered !== undefined) return remembered
    const record = this.#findRecord(Buffer.from(name))
    if (record === undefined) return undefined
    const problem = record.problem ?? this.#problem(record)
    const entry = { name, record, problem, dataOffset: undefined, verifiedStoredCrc32: undefined }
    this.#remembered.set(name, entry, ENTRY_BYTES + 4 * name.length)
    return entry
  }

  /** The name at a record offset that the index gave. */
  nameAt(recordOffset: number): string {
    return this.#directory.name(this.#directory.load(recordOffset), recordOffset).toString('utf8')
  }

  #findRecord(wanted: Buffer): DirectoryRecord | undefined {
    const hash = this.#index.hash(wanted)
    let found: DirectoryRecord | undefined
    this.#index.findRecord(hash, recordOffset => {
      const record = this.#directory.load(recordOffset)
      const name = this.#directory.name(record, recordOffset)
      if (name.equals(wanted)) {
        found = this.#directory.parse(record, recordOffset)
        return true
      }
      // Another name may share the hash by chance; one that does not was not there when this was indexed.
      if (this.#index.hash(name) !== hash) throw notThere(recordOffset)
      return false
    })
    return found
  }

  #problem(record: DirectoryRecord): EntryProblem | undefined {
    const { method, recordOffset } = record
    if (this.#index.isOverlapping(recordOffset))
      return { code: 'ENTRY_INVALID', message: 'its data reaches into another entry or past the directory' }
    if (method === 0 || METHODS.has(method)) return undefined
    const name = REFUSED_METHODS.get(method)
    const message = `its compression method is ${method}${name === undefined ? '' : ` (${name})`}`
    return { code: 'ENTRY_UNSUPPORTED', message }
  }
}
