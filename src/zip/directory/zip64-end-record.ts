// The Zip64 form of the end record, and the numbers both forms declare.
import type { RandomAccess } from '../../bytes/random-access.js'
import { ZipzarrError } from '../../errors.js'

export const ZIP64_LOCATOR_BYTES = 20
export const ZIP64_RECORD_BYTES = 56
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50
const ZIP64_RECORD_SIGNATURE = 0x06064b50

/** The numbers of the end record after Zip64 has been applied. */
export interface Declared {
  readonly entryCount: number
  readonly byteLength: number
  readonly byteOffset: number
  readonly hasZip64: boolean
  /** Where the directory must end: the first byte of the Zip64 record or of the end record. */
  readonly limit: number
}

/** The Zip64 record (APPNOTE 4.3.14) when a locator (4.3.15) stands right before the end record. */
export async function readZip64(
  source: RandomAccess,
  end: number,
): Promise<{ declared: Declared; bytes: Buffer } | undefined> {
  if (end < ZIP64_LOCATOR_BYTES) return undefined
  const locatorOffset = end - ZIP64_LOCATOR_BYTES
  const locator = await source.read(locatorOffset, ZIP64_LOCATOR_BYTES)
  if (locator.readUInt32LE(0) !== ZIP64_LOCATOR_SIGNATURE) return undefined
  requireOneDisk(locator.readUInt32LE(4), 0) // 4.3.15: disk with the Zip64 record
  if (locator.readUInt32LE(16) > 1) throw splitArchive() // 4.3.15: total number of disks
  const declaredOffset = Number(locator.readBigUInt64LE(8)) // 4.3.15: offset of the Zip64 record
  // Right before the locator as CPython expects it (true also with bytes before the archive), else where the
  // locator says (a record with an extensible data sector).
  for (const offset of [locatorOffset - ZIP64_RECORD_BYTES, declaredOffset]) {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + ZIP64_RECORD_BYTES > locatorOffset) continue
    const bytes = await source.read(offset, ZIP64_RECORD_BYTES)
    if (bytes.readUInt32LE(0) !== ZIP64_RECORD_SIGNATURE) continue
    return { declared: parseZip64Record(bytes, offset), bytes }
  }
  throw new ZipzarrError(
    'ARCHIVE_INVALID',
    'the Zip64 locator points at no Zip64 end of central directory record',
  )
}

function parseZip64Record(bytes: Buffer, offset: number): Declared {
  requireOneDisk(bytes.readUInt32LE(16), bytes.readUInt32LE(20)) // this disk, disk with the directory
  const entriesOnDisk = safeInteger(bytes.readBigUInt64LE(24), 'Zip64 entry count on this disk')
  const entryCount = safeInteger(bytes.readBigUInt64LE(32), 'Zip64 entry count')
  if (entriesOnDisk !== entryCount) throw splitArchive()
  return {
    entryCount,
    byteLength: safeInteger(bytes.readBigUInt64LE(40), 'Zip64 directory size'),
    byteOffset: safeInteger(bytes.readBigUInt64LE(48), 'Zip64 directory offset'),
    hasZip64: true,
    limit: offset,
  }
}

export function requireOneDisk(disk: number, directoryDisk: number): void {
  if (disk !== 0 || directoryDisk !== 0) throw splitArchive()
}

export function splitArchive(): ZipzarrError {
  return new ZipzarrError('ARCHIVE_UNSUPPORTED', 'the archive is split over several disks')
}

/** Two records that contradict each other leave no honest choice. */
export function requireAgreement(
  what: string,
  value: { short: number; long: number; sentinel: number },
): void {
  if (value.short === value.sentinel || value.short === value.long) return
  // The 16-bit count of a large archive may have wrapped instead of being set to the sentinel.
  if (value.sentinel === 0xffff && value.short === value.long % 0x10000) return
  throw new ZipzarrError(
    'ARCHIVE_INVALID',
    `the end records contradict each other: ${what} ${value.short} and (Zip64) ${value.long}`,
  )
}

function safeInteger(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ZipzarrError('ARCHIVE_INVALID', `${what} is impossible: ${value}`)
  return Number(value)
}
