// Reads single records of the central directory where the index says they are, and says so when something
// else is found there: then the archive was rewritten, and neither presence nor absence can be told any more.
import type { RandomAccess } from '../../bytes/random-access.js'
import { ZipzarrError } from '../../errors.js'
import type { CacheBudget } from '../../memory/lru.js'
import {
  DIRECTORY_RECORD_BYTES,
  DIRECTORY_SIGNATURE,
  type DirectoryRecord,
  parseRecord,
  variableLengths,
} from '../directory/central-directory.js'
import { nameBytes } from '../directory/entry-name.js'
import { PagedBytes } from './paged-bytes.js'

const PAGE_BYTES = 4096

export class DirectoryReader {
  readonly #bytes: PagedBytes
  readonly #origin: number
  readonly #end: number

  constructor(
    source: RandomAccess,
    directory: { byteOffset: number; byteLength: number },
    caches: CacheBudget,
  ) {
    this.#origin = directory.byteOffset
    this.#end = directory.byteOffset + directory.byteLength
    const options = { origin: this.#origin, end: this.#end, pageBytes: PAGE_BYTES, caches }
    this.#bytes = new PagedBytes(source, options)
  }

  /** The bytes of one record without its comment. @throws ZipzarrError STORE_CHANGED */
  load(recordOffset: number): Buffer {
    const at = this.#origin + recordOffset
    if (at + DIRECTORY_RECORD_BYTES > this.#end) throw notThere(recordOffset)
    const fixed = this.#bytes.bytes(at, DIRECTORY_RECORD_BYTES)
    if (fixed.readUInt32LE(0) !== DIRECTORY_SIGNATURE) throw notThere(recordOffset)
    const { name, extra } = variableLengths(fixed, 0)
    const length = DIRECTORY_RECORD_BYTES + name + extra
    if (at + length > this.#end) throw notThere(recordOffset)
    return this.#bytes.bytes(at, length)
  }

  /** The name of a loaded record, as its key's UTF-8 bytes. */
  name(record: Buffer, recordOffset: number): Buffer {
    const nameEnd = DIRECTORY_RECORD_BYTES + variableLengths(record, 0).name
    const rawName = record.subarray(DIRECTORY_RECORD_BYTES, nameEnd)
    const flags = record.readUInt16LE(8) // general purpose bit flag
    const name = nameBytes(rawName, flags, record.subarray(nameEnd))
    if (name === undefined) throw notThere(recordOffset)
    return name
  }

  parse(record: Buffer, recordOffset: number): DirectoryRecord {
    return parseRecord(record, 0, recordOffset)
  }
}

/** @throws always: the directory is not the one that was indexed */
export function notThere(recordOffset: number): ZipzarrError {
  return new ZipzarrError(
    'STORE_CHANGED',
    `the central directory does not hold the indexed record at ${recordOffset}: the archive was rewritten`,
  )
}
