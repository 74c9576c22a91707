// What is known of an indexed archive as a whole: for the descriptor, the report and the log. Plain data.
import type { ByteIdentity } from '../bytes/random-access.js'
import type { HeaderNumber, IndexHeader } from './index-layout.js'

export interface IndexFacts {
  readonly identity: ByteIdentity
  /** The end-of-central-directory record (without comment), then the Zip64 record if there is one; hex. */
  readonly endRecord: string
  readonly endRecordByteOffset: number
  readonly directory: { readonly byteOffset: number; readonly byteLength: number }
  readonly hasZip64: boolean
  readonly prependedByteLength: number
  readonly trailingByteLength: number
  readonly commentByteLength: number
  /** Directory entries in all: keys + duplicates + skipped. */
  readonly entryCount: number
  readonly keyCount: number
  /** Entries that a later entry of the same name replaces. */
  readonly duplicateCount: number
  /** Folder entries, desktop left-overs and names that cannot be keys. */
  readonly skippedCount: number
  readonly folderEntryCount: number
  readonly junkCount: number
  readonly invalidNameCount: number
  /** Keys that cannot be read because their data reaches into another entry or past the directory. */
  readonly overlapCount: number
  /** Keys by compression method. */
  readonly storedCount: number
  readonly deflatedCount: number
  readonly otherMethodCount: number
  readonly folderCount: number
  /** The index itself. The checksum is its header's, which covers every page of it. */
  readonly index: { readonly byteLength: number; readonly crc32: number }
}

const COPIED = [
  'endRecordByteOffset',
  'prependedByteLength',
  'trailingByteLength',
  'commentByteLength',
  'entryCount',
  'keyCount',
  'duplicateCount',
  'folderEntryCount',
  'junkCount',
  'invalidNameCount',
  'overlapCount',
  'storedCount',
  'deflatedCount',
  'otherMethodCount',
  'folderCount',
] as const satisfies readonly (HeaderNumber & keyof IndexFacts)[]

export function indexFacts(header: IndexHeader, index: IndexFacts['index']): IndexFacts {
  const { numbers } = header
  const copied = Object.fromEntries(COPIED.map(name => [name, numbers[name]])) as Pick<
    IndexFacts,
    (typeof COPIED)[number]
  >
  return {
    ...copied,
    identity: header.identity,
    endRecord: header.endRecord.toString('hex'),
    directory: { byteOffset: numbers.directoryByteOffset, byteLength: numbers.directoryByteLength },
    hasZip64: numbers.hasZip64 === 1,
    skippedCount: numbers.folderEntryCount + numbers.junkCount + numbers.invalidNameCount,
    index,
  }
}
