// Finds the central directory: the end record, its Zip64 form, and where the directory really lies. Knows
// nothing of entries. What CPython's zipfile opens is opened here too, where no byte has to be guessed.
import type { RandomAccess } from '../../bytes/random-access.js'
import { ZipzarrError } from '../../errors.js'
import {
  type Declared,
  readZip64,
  requireAgreement,
  requireOneDisk,
  splitArchive,
  ZIP64_LOCATOR_BYTES,
  ZIP64_RECORD_BYTES,
} from './zip64-end-record.js'

/** Where the directory is and what the archive says of it. */
export interface EndRecord {
  readonly directoryByteOffset: number
  readonly directoryByteLength: number
  /** Exact with Zip64; without it only the low 16 bits (writers without Zip64 let the count wrap). */
  readonly declaredEntryCount: number
  readonly hasZip64: boolean
  /** Bytes before the archive's first byte (a self-extractor's stub): added to every offset in it. */
  readonly prependedByteLength: number
  /** Bytes after the end record and its comment. */
  readonly trailingByteLength: number
  readonly commentByteLength: number
  readonly comment: Buffer
  readonly endRecordByteOffset: number
  /** The end record without its comment, and the Zip64 record before it when there is one. */
  readonly bytes: Buffer
}

const END_RECORD_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff
const TAIL_BYTES = END_RECORD_BYTES + MAX_COMMENT_BYTES + ZIP64_LOCATOR_BYTES + ZIP64_RECORD_BYTES

const END_SIGNATURE = 0x06054b50
const DIRECTORY_SIGNATURE = 0x02014b50

/** One place that looks like an end record. */
interface Candidate {
  readonly at: number
  readonly isExact: boolean
  readonly commentByteLength: number
}

/**
 * An end record whose comment ends with the file and whose offsets count from byte 0 wins; then one with
 * bytes before the archive; then one with bytes after it or a comment of another length; last one with bytes on
 * both sides. An archive that is stored in another one, cut short, looks like the second or the last, and is
 * refused.
 * @throws ZipzarrError ARCHIVE_INVALID, ARCHIVE_UNSUPPORTED
 */
export async function findEndRecord(source: RandomAccess): Promise<EndRecord> {
  const tailLength = Math.min(source.size, TAIL_BYTES)
  const tail = await source.read(source.size - tailLength, tailLength)
  const candidates = findCandidates(tail)
  if (candidates.length === 0)
    throw new ZipzarrError(
      'ARCHIVE_INVALID',
      'no end of central directory record: not a ZIP file, or cut short',
    )
  let best: EndRecord | undefined
  let firstProblem: unknown
  for (const candidate of candidates) {
    try {
      const found = await readCandidate(source, tail, candidate)
      if (best === undefined || rank(found) < rank(best)) best = found
      if (rank(best) === 0) break
    } catch (error) {
      firstProblem ??= error
    }
  }
  if (best === undefined) throw firstProblem
  if (best.prependedByteLength > 0) await requireNoPart(source, best)
  return best
}

/** Every archive with entries starts with a local header (APPNOTE 4.3.7). */
const LOCAL_SIGNATURE = 0x04034b50
const LOCAL_HEADER_BYTES = 30
/** A local header with the longest name and extra field. */
const MAX_LOCAL_BYTES = LOCAL_HEADER_BYTES + 2 * 0xffff

/**
 * What stands before the archive must not be another archive: not a local header whose data the found archive
 * would be, and with bytes after it as well, no local header at the start of the file.
 */
async function requireNoPart(source: RandomAccess, found: EndRecord): Promise<void> {
  const length = Math.min(found.prependedByteLength, MAX_LOCAL_BYTES)
  const before = await source.read(found.prependedByteLength - length, length)
  const isEntry = holdsHeaderUpToEnd(before)
  const isCut = found.trailingByteLength !== 0 && (await startsWithEntry(source))
  if (isEntry || isCut)
    throw new ZipzarrError(
      'ARCHIVE_INVALID',
      'the archive that is found lies in another one, whose own end is missing: the file is cut short',
    )
}

/** True when a local header with its name and extra field ends where `bytes` end. */
function holdsHeaderUpToEnd(bytes: Buffer): boolean {
  for (let at = bytes.length - LOCAL_HEADER_BYTES; at >= 0; at--) {
    if (bytes[at] !== 0x50 || bytes.readUInt32LE(at) !== LOCAL_SIGNATURE) continue
    const nameLength = bytes.readUInt16LE(at + 26) // file name length
    const extraLength = bytes.readUInt16LE(at + 28) // extra field length
    if (at + LOCAL_HEADER_BYTES + nameLength + extraLength === bytes.length) return true
  }
  return false
}

async function startsWithEntry(source: RandomAccess): Promise<boolean> {
  return (await source.read(0, 4)).readUInt32LE(0) === LOCAL_SIGNATURE
}

function rank(record: EndRecord): number {
  if (record.trailingByteLength !== 0) return record.prependedByteLength === 0 ? 2 : 3
  return record.prependedByteLength === 0 ? 0 : 1
}

/** Every end record signature in the tail, last first. */
function findCandidates(tail: Buffer): Candidate[] {
  const candidates: Candidate[] = []
  for (let at = tail.length - END_RECORD_BYTES; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== END_SIGNATURE) continue
    const commentByteLength = tail.readUInt16LE(at + 20) // APPNOTE 4.3.16: .ZIP file comment length
    const isExact = at + END_RECORD_BYTES + commentByteLength === tail.length
    candidates.push({ at, isExact, commentByteLength })
  }
  // A hostile tail may hold thousands of signatures; an honest one holds a few.
  const exact = candidates.filter(candidate => candidate.isExact).slice(0, 16)
  return [...exact, ...candidates.filter(candidate => !candidate.isExact).slice(0, 16)]
}

async function readCandidate(source: RandomAccess, tail: Buffer, candidate: Candidate): Promise<EndRecord> {
  const { at, commentByteLength } = candidate
  const tailOffset = source.size - tail.length
  const endRecordByteOffset = tailOffset + at
  const { declared, zip64Bytes } = await readDeclared(source, tail, at)
  const directoryByteOffset = await placeDirectory(source, declared)
  const commentEnd = at + END_RECORD_BYTES + commentByteLength
  return {
    directoryByteOffset,
    directoryByteLength: declared.byteLength,
    declaredEntryCount: declared.entryCount,
    hasZip64: declared.hasZip64,
    prependedByteLength: directoryByteOffset - declared.byteOffset,
    trailingByteLength: tail.length - commentEnd,
    commentByteLength,
    comment: Buffer.from(tail.subarray(at + END_RECORD_BYTES, Math.min(commentEnd, tail.length))),
    endRecordByteOffset,
    bytes: Buffer.concat([tail.subarray(at, at + END_RECORD_BYTES), zip64Bytes]),
  }
}

/** APPNOTE 4.3.16, then 4.3.14 and 4.3.15 when a locator stands before it. */
async function readDeclared(
  source: RandomAccess,
  tail: Buffer,
  at: number,
): Promise<{ declared: Declared; zip64Bytes: Buffer }> {
  const disk = tail.readUInt16LE(at + 4) // number of this disk
  const directoryDisk = tail.readUInt16LE(at + 6) // number of the disk with the start of the directory
  const entriesOnDisk = tail.readUInt16LE(at + 8) // entries on this disk
  const entryCount = tail.readUInt16LE(at + 10) // entries in all
  const byteLength = tail.readUInt32LE(at + 12) // size of the directory
  const byteOffset = tail.readUInt32LE(at + 16) // offset of the directory
  const end = source.size - tail.length + at
  const zip64 = await readZip64(source, end)
  if (zip64 === undefined) {
    requireOneDisk(disk, directoryDisk)
    if (entriesOnDisk !== entryCount) throw splitArchive()
    const declared = { entryCount, byteLength, byteOffset, hasZip64: false, limit: end }
    return { declared, zip64Bytes: Buffer.alloc(0) }
  }
  requireOneDisk(disk === 0xffff ? 0 : disk, directoryDisk === 0xffff ? 0 : directoryDisk)
  requireAgreement('entry count', { short: entryCount, long: zip64.declared.entryCount, sentinel: 0xffff })
  requireAgreement('directory size', {
    short: byteLength,
    long: zip64.declared.byteLength,
    sentinel: 0xffffffff,
  })
  requireAgreement('directory offset', {
    short: byteOffset,
    long: zip64.declared.byteOffset,
    sentinel: 0xffffffff,
  })
  return { declared: zip64.declared, zip64Bytes: zip64.bytes }
}

/** Right before the end record (bytes may precede the archive), else at the declared offset (a gap follows). */
async function placeDirectory(source: RandomAccess, declared: Declared): Promise<number> {
  const { byteLength, byteOffset, limit } = declared
  if (byteLength > limit)
    throw new ZipzarrError(
      'ARCHIVE_INVALID',
      `a central directory of ${byteLength} bytes does not fit before ${limit}`,
    )
  const adjacent = limit - byteLength
  if (byteLength === 0) {
    // An empty directory after data that it does not own would be an empty store made of a damaged one.
    if (declared.entryCount !== 0 || byteOffset !== limit)
      throw new ZipzarrError(
        'ARCHIVE_INVALID',
        `an empty central directory for ${declared.entryCount} entries at ${byteOffset}, expected none at ${limit}`,
      )
    return limit
  }
  if (adjacent >= byteOffset && (await isDirectoryStart(source, adjacent))) return adjacent
  const isDeclaredPossible = byteOffset + byteLength <= limit
  if (isDeclaredPossible && (await isDirectoryStart(source, byteOffset))) return byteOffset
  throw new ZipzarrError(
    'ARCHIVE_INVALID',
    `no central directory of ${byteLength} bytes at offset ${byteOffset} or before the end record at ${limit}`,
  )
}

async function isDirectoryStart(source: RandomAccess, offset: number): Promise<boolean> {
  if (offset < 0 || offset + 4 > source.size) return false
  return (await source.read(offset, 4)).readUInt32LE(0) === DIRECTORY_SIGNATURE
}
