// What is known of an indexed archive as a whole: for the descriptor, the report and the log. Plain data.
import type { ByteIdentity } from '../../bytes/random-access.js'
import { NAME_PROBLEMS, type NameProblem } from '../directory/entry-name.js'
import type { HeaderNumber, IndexHeader } from './index-layout.js'

export interface IndexFacts {
  readonly identity: ByteIdentity
  /** The end-of-central-directory record (without comment), then the Zip64 record if there is one; hex. */
  readonly endRecord: string
  readonly endRecordByteOffset: number
  readonly directory: { readonly byteOffset: number; readonly byteLength: number; readonly crc32: number }
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
  /** What a desktop left in the archive: served when it is asked for, shown in no listing. */
  readonly litterCount: number
  readonly invalidNameCount: number
  /** The same by reason. */
  readonly nameProblemCounts: Readonly<Record<NameProblem, number>>
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
  'litterCount',
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
  const nameProblemCounts = Object.fromEntries(
    NAME_PROBLEMS.map(problem => [problem, numbers[`${problem}NameCount`]]),
  ) as Record<NameProblem, number>
  const invalidNameCount = Object.values(nameProblemCounts).reduce((sum, count) => sum + count, 0)
  return {
    ...copied,
    nameProblemCounts,
    invalidNameCount,
    identity: header.identity,
    endRecord: header.endRecord.toString('hex'),
    directory: {
      byteOffset: numbers.directoryByteOffset,
      byteLength: numbers.directoryByteLength,
      crc32: numbers.directoryCrc32,
    },
    hasZip64: numbers.hasZip64 === 1,
    skippedCount: numbers.folderEntryCount + numbers.litterCount + invalidNameCount,
    index,
  }
}
