// The layout of the index file. It holds no entry facts: those stay in the archive's own central directory,
// and the index says where. All numbers little-endian.
//
//   header      1 KiB: what archive it belongs to, counts, where the sections are, CRC-32 of the header
//   page table  CRC-32 of each 4 KiB page of the body; its own CRC-32 is in the header
//   body        keys     u32 hash, u32 record offset + 1; open addressing, slots in hash order
//               folders  u32 hash, u32 folder + 1; the same over folder paths
//               records  64 bytes a folder, children of a folder side by side
//               values   u32 record offsets of the keys directly in a folder, side by side; not of litter
//               names    the folders' names
//               flaws    u32 record offset, u32 flaw; sorted; normally empty

import type { ByteIdentity } from '../../bytes/random-access.js'
import { crc32 } from '../../crc32.js'
import { ZipzarrError } from '../../errors.js'
import { NAME_PROBLEMS, type NameProblem } from '../directory/entry-name.js'

/** Changes whenever the layout or the meaning of a field does; other versions are built anew. */
export const INDEX_VERSION = 3
export const PAGE_BYTES = 4096
export const SLOT_BYTES = 8
export const FOLDER_RECORD_BYTES = 64
export const VALUE_BYTES = 4
export const FLAW_BYTES = 8
/** At most as many marked names as a folder's mask has bits. */
export const MAX_MARKED_NAMES = 8

/** `flaws` section: why the index forbids to read an entry. */
export const FLAW_OVERLAP = 1

/** Fields of a folder's record, by byte offset. */
export const FOLDER = {
  nameAt: 0,
  nameLength: 4,
  parent: 8,
  firstChild: 12,
  childCount: 16,
  firstValue: 20,
  valueCount: 24,
  mask: 28,
  subtreeMask: 29,
  totalValues: 32,
  totalByteLength: 40,
  totalStoredByteLength: 48,
} as const

const MAGIC = 'ZIPZIDX\n'
const HEADER_BYTES = 1024
const NUMBERS_AT = 32
const CTIME_AT = 472
const END_RECORD_AT = 480
const MAX_END_RECORD_BYTES = 78
const NAMES_AT = 576
const NAMES_BYTES = 440
const CRC_AT = HEADER_BYTES - 4

/** The counts of names that can be no key, in the order of NAME_PROBLEMS. */
export const NAME_PROBLEM_COUNTS = NAME_PROBLEMS.map(
  problem => `${problem}NameCount`,
) as readonly NameProblemCount[]
export type NameProblemCount = `${NameProblem}NameCount`

/** The header's numbers in their order; each is a float64, exact for every safe integer. */
const NUMBERS = [
  'archiveByteLength',
  'directoryByteOffset',
  'directoryByteLength',
  'directoryCrc32',
  'endRecordByteOffset',
  'prependedByteLength',
  'trailingByteLength',
  'commentByteLength',
  'hasZip64',
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
  'nameByteLength',
  'keySlotCount',
  'folderSlotCount',
  'seed',
  ...NAME_PROBLEM_COUNTS,
] as const

export type HeaderNumber = (typeof NUMBERS)[number]

/** What the header says, numbers as they are. */
export interface IndexHeader {
  readonly numbers: Readonly<Record<HeaderNumber, number>>
  readonly identity: ByteIdentity
  readonly endRecord: Buffer
  readonly markedNames: readonly string[]
}

/** Byte offsets of the sections from the start of the file. */
export interface IndexSections {
  readonly pageCount: number
  readonly body: number
  readonly keys: number
  readonly folders: number
  readonly records: number
  readonly values: number
  readonly names: number
  readonly flaws: number
  readonly end: number
}

export function layOut(numbers: IndexHeader['numbers']): IndexSections {
  const lengths = [
    numbers.keySlotCount * SLOT_BYTES,
    numbers.folderSlotCount * SLOT_BYTES,
    numbers.folderCount * FOLDER_RECORD_BYTES,
    numbers.keyCount * VALUE_BYTES,
    numbers.nameByteLength,
    numbers.overlapCount * FLAW_BYTES,
  ]
  const starts: number[] = []
  let bodyLength = 0
  for (const length of lengths) {
    bodyLength = alignTo(bodyLength, 64)
    starts.push(bodyLength)
    bodyLength += length
  }
  const pageCount = Math.ceil(bodyLength / PAGE_BYTES)
  const body = alignTo(HEADER_BYTES + pageCount * 4, 64)
  const [keys, folders, records, values, names, flaws] = starts.map(start => body + start) as SectionStarts
  return { pageCount, body, keys, folders, records, values, names, flaws, end: body + bodyLength }
}

type SectionStarts = [number, number, number, number, number, number]

function alignTo(value: number, step: number): number {
  return Math.ceil(value / step) * step
}

/** Fills in page table and header around a finished body; answers the header's CRC-32, which covers all. */
export function sealIndex(index: Buffer, header: IndexHeader, sections: IndexSections): number {
  for (let page = 0; page < sections.pageCount; page++) {
    const at = sections.body + page * PAGE_BYTES
    index.writeUInt32LE(
      crc32(index.subarray(at, Math.min(at + PAGE_BYTES, sections.end))),
      HEADER_BYTES + page * 4,
    )
  }
  index.write(MAGIC, 0, 'latin1')
  index.writeUInt32LE(INDEX_VERSION, 8)
  index.writeUInt32LE(crc32(pageTable(index, sections)), 12)
  // A file may be dated before 1970.
  index.writeBigInt64LE(BigInt(header.identity.mtimeNs), 16)
  index.writeBigUInt64LE(BigInt(header.identity.inode), 24)
  index.writeBigInt64LE(BigInt(header.identity.ctimeNs), CTIME_AT)
  NUMBERS.forEach((name, i) => {
    index.writeDoubleLE(header.numbers[name], NUMBERS_AT + i * 8)
  })
  index.writeUInt16LE(header.endRecord.length, END_RECORD_AT)
  header.endRecord.copy(index, END_RECORD_AT + 2)
  const names = Buffer.from(header.markedNames.join('\n'))
  if (names.length > NAMES_BYTES - 2 || header.markedNames.length > MAX_MARKED_NAMES)
    throw new ZipzarrError('INTERNAL', 'the marked names do not fit into the header of an index')
  index.writeUInt16LE(names.length, NAMES_AT)
  names.copy(index, NAMES_AT + 2)
  const checksum = crc32(index.subarray(0, CRC_AT))
  index.writeUInt32LE(checksum, CRC_AT)
  return checksum
}

function pageTable(index: Buffer, sections: IndexSections): Buffer {
  return index.subarray(HEADER_BYTES, HEADER_BYTES + sections.pageCount * 4)
}

export const INDEX_HEADER_BYTES = HEADER_BYTES

/** Why the bytes are no index of this version, or what the header says. */
export function parseHeader(
  bytes: Buffer,
): (IndexHeader & { crc32: number; pageTableCrc32: number }) | string {
  if (bytes.length < HEADER_BYTES) return `it has ${bytes.length} bytes, a header has ${HEADER_BYTES}`
  if (bytes.toString('latin1', 0, 8) !== MAGIC) return 'it does not start as an index'
  const version = bytes.readUInt32LE(8)
  if (version !== INDEX_VERSION) return `it has version ${version}, expected ${INDEX_VERSION}`
  const checksum = bytes.readUInt32LE(CRC_AT)
  if (crc32(bytes.subarray(0, CRC_AT)) !== checksum) return 'the checksum of its header is wrong'
  const numbers = {} as Record<HeaderNumber, number>
  for (const [i, name] of NUMBERS.entries()) {
    numbers[name] = bytes.readDoubleLE(NUMBERS_AT + i * 8)
    if (!Number.isSafeInteger(numbers[name]) || numbers[name] < 0) return `${name} is ${numbers[name]}`
  }
  const endRecordLength = Math.min(bytes.readUInt16LE(END_RECORD_AT), MAX_END_RECORD_BYTES)
  const namesLength = Math.min(bytes.readUInt16LE(NAMES_AT), NAMES_BYTES - 2)
  const names = bytes.toString('utf8', NAMES_AT + 2, NAMES_AT + 2 + namesLength)
  return {
    numbers,
    identity: {
      size: numbers.archiveByteLength,
      mtimeNs: bytes.readBigInt64LE(16).toString(),
      ctimeNs: bytes.readBigInt64LE(CTIME_AT).toString(),
      inode: bytes.readBigUInt64LE(24).toString(),
    },
    endRecord: Buffer.from(bytes.subarray(END_RECORD_AT + 2, END_RECORD_AT + 2 + endRecordLength)),
    markedNames: names === '' ? [] : names.split('\n'),
    crc32: checksum,
    pageTableCrc32: bytes.readUInt32LE(12),
  }
}
