// One record of the central directory, read into plain numbers. Fields as in APPNOTE 4.3.12; knows nothing
// of the index or of where the bytes come from.
import { parseExtraFields } from 'yauzl'
import type { ErrorCode } from '../../errors.js'

export const DIRECTORY_SIGNATURE = 0x02014b50
export const DIRECTORY_RECORD_BYTES = 46

export const METHOD_STORED = 0
export const METHOD_DEFLATE = 8

/** Deflate never packs tighter than 1:1032, so a larger claim is a lie and gets no memory. */
const MAX_DEFLATE_RATIO = 1032

const ZIP64_EXTRA_ID = 0x0001
const FLAG_ENCRYPTED = 0x0001
const FLAG_PATCHED = 0x0020
const FLAG_STRONG_ENCRYPTION = 0x0040
const UNIX = 3
const FILE_TYPE_MASK = 0o170000
const SYMBOLIC_LINK = 0o120000

/** Why an entry that is present cannot be read: answered as a 5xx, never as absence. */
export interface EntryProblem {
  readonly code: Extract<ErrorCode, 'ENTRY_INVALID' | 'ENTRY_UNSUPPORTED'>
  readonly message: string
}

/** What the central directory says of one entry. Sizes and offsets are safe integers unless `problem` is set. */
export interface DirectoryRecord {
  /** Where the record starts, relative to the directory. */
  readonly recordOffset: number
  readonly flags: number
  readonly method: number
  readonly crc32: number
  readonly storedByteLength: number
  readonly byteLength: number
  /** Offset of the local header as written in the record; bytes before the archive are not yet added. */
  readonly headerOffset: number
  readonly rawName: Buffer
  readonly extraByteLength: number
  readonly problem: EntryProblem | undefined
}

/** The lengths of the three variable parts, from the fixed part of a record. */
export function variableLengths(fixed: Buffer, at: number): { name: number; extra: number; comment: number } {
  return {
    name: fixed.readUInt16LE(at + 28), // file name length
    extra: fixed.readUInt16LE(at + 30), // extra field length
    comment: fixed.readUInt16LE(at + 32), // file comment length
  }
}

/** Parses the record at `at`; the caller has made sure that `bytes` holds all of it. */
export function parseRecord(bytes: Buffer, at: number, recordOffset: number): DirectoryRecord {
  const { name, extra } = variableLengths(bytes, at)
  const nameEnd = at + DIRECTORY_RECORD_BYTES + name
  const rawName = Buffer.from(bytes.subarray(at + DIRECTORY_RECORD_BYTES, nameEnd))
  const base = {
    recordOffset,
    flags: bytes.readUInt16LE(at + 8), // general purpose bit flag
    method: bytes.readUInt16LE(at + 10), // compression method
    crc32: bytes.readUInt32LE(at + 16), // crc-32
    storedByteLength: bytes.readUInt32LE(at + 20), // compressed size
    byteLength: bytes.readUInt32LE(at + 24), // uncompressed size
    headerOffset: bytes.readUInt32LE(at + 42), // relative offset of local header
    rawName,
    extraByteLength: extra,
  }
  const sizes = readZip64Sizes(base, bytes.subarray(nameEnd, nameEnd + extra))
  if ('code' in sizes) return { ...base, problem: sizes }
  const record = { ...base, ...sizes }
  const madeBy = bytes.readUInt16LE(at + 4) >>> 8 // version made by, upper byte: the system
  const mode = madeBy === UNIX ? bytes.readUInt32LE(at + 38) >>> 16 : 0 // external file attributes
  const disk = bytes.readUInt16LE(at + 34) // disk number start; 0xffff: see Zip64, always one disk here
  return { ...record, problem: recordProblem(record, { mode, disk }) }
}

interface Sizes {
  readonly byteLength: number
  readonly storedByteLength: number
  readonly headerOffset: number
}

/** APPNOTE 4.5.3: each 0xffffffff field is replaced by the next 8 bytes of extra field 0x0001. */
export function readZip64Sizes(sizes: Sizes, extra: Buffer): Sizes | EntryProblem {
  const { byteLength, storedByteLength, headerOffset } = sizes
  const needed = [byteLength, storedByteLength, headerOffset].map(value => value === 0xffffffff)
  if (!needed.includes(true)) return { byteLength, storedByteLength, headerOffset }
  const data = extraField(extra, ZIP64_EXTRA_ID)
  if (data === undefined) return invalid('its Zip64 extra field is missing or damaged')
  let at = 0
  const values = [byteLength, storedByteLength, headerOffset]
  for (let i = 0; i < values.length; i++) {
    if (!needed[i]) continue
    if (at + 8 > data.length) return invalid('its Zip64 extra field is too short')
    const value = data.readBigUInt64LE(at)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) return invalid(`its Zip64 extra field says ${value}`)
    values[i] = Number(value)
    at += 8
  }
  return { byteLength: values[0]!, storedByteLength: values[1]!, headerOffset: values[2]! }
}

/** The data of the first extra field `id`; undefined when there is none or the fields overrun their space. */
export function extraField(extra: Buffer, id: number): Buffer | undefined {
  try {
    return parseExtraFields(extra).find(field => field.id === id)?.data
  } catch {
    return undefined // yauzl: "extra field length exceeds extra field buffer size"; the caller refuses the entry
  }
}

function recordProblem(record: Omit<DirectoryRecord, 'problem'>, more: { mode: number; disk: number }) {
  const { flags, method, byteLength, storedByteLength } = record
  if ((flags & (FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION)) !== 0) return unsupported('it is encrypted')
  if ((flags & FLAG_PATCHED) !== 0) return unsupported('it is compressed patched data')
  if (more.disk !== 0 && more.disk !== 0xffff) return unsupported(`it lies on disk ${more.disk}`)
  if ((more.mode & FILE_TYPE_MASK) === SYMBOLIC_LINK) return unsupported('it is a symbolic link')
  if (method === METHOD_STORED && byteLength !== storedByteLength)
    return invalid(
      `it is stored, but its sizes differ: ${storedByteLength} in the archive, ${byteLength} outside`,
    )
  if (method === METHOD_DEFLATE && byteLength > storedByteLength * MAX_DEFLATE_RATIO)
    return invalid(`${storedByteLength} deflated bytes cannot hold the declared ${byteLength}`)
  return undefined
}

function invalid(message: string): EntryProblem {
  return { code: 'ENTRY_INVALID', message }
}

function unsupported(message: string): EntryProblem {
  return { code: 'ENTRY_UNSUPPORTED', message }
}
