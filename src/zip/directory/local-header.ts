// The local header in front of an entry's data. It is read for one number, where the data starts, and held
// against the central directory: where the two differ, nobody can say which one lies. APPNOTE 4.3.7.
import type { DirectoryRecord } from './central-directory.js'

const SIGNATURE = 0x04034b50
export const LOCAL_HEADER_BYTES = 30

/** Sizes and CRC come after the data (bit 3), so the header's may be zero. */
const FLAG_STREAMED = 0x0008
const ZIP64_PLACEHOLDER = 0xffffffff

export interface LocalHeader {
  /** Bytes of header, name and extra field: the data starts right after them. */
  readonly byteLength: number
  readonly extraByteLength: number
}

/** The header at the start of `bytes` (30 bytes and the name at least), or why it does not fit its record. */
export function parseLocalHeader(bytes: Buffer, record: DirectoryRecord): LocalHeader | string {
  if (bytes.length < LOCAL_HEADER_BYTES) return 'its local header is cut short'
  const signature = bytes.readUInt32LE(0) // local file header signature
  if (signature !== SIGNATURE)
    return `no local header is at its place (signature 0x${signature.toString(16)})`
  const method = bytes.readUInt16LE(8) // compression method
  if (method !== record.method)
    return `its local header says method ${method}, the directory ${record.method}`
  const nameLength = bytes.readUInt16LE(26) // file name length
  const name = bytes.subarray(LOCAL_HEADER_BYTES, LOCAL_HEADER_BYTES + nameLength)
  if (!name.equals(record.rawName)) return 'its local header has another name'
  const problem = sizesProblem(bytes, record)
  if (problem !== undefined) return problem
  const extraByteLength = bytes.readUInt16LE(28) // extra field length
  return { byteLength: LOCAL_HEADER_BYTES + nameLength + extraByteLength, extraByteLength }
}

/** CRC-32 and sizes must be the directory's, unless the writer left them out (zeros) or moved them to Zip64. */
function sizesProblem(bytes: Buffer, record: DirectoryRecord): string | undefined {
  const isStreamed = (bytes.readUInt16LE(6) & FLAG_STREAMED) !== 0 // general purpose bit flag
  const crc32 = bytes.readUInt32LE(14)
  const stored = bytes.readUInt32LE(18) // compressed size
  const length = bytes.readUInt32LE(22) // uncompressed size
  if (isStreamed || (crc32 === 0 && stored === 0 && length === 0)) return undefined
  if (crc32 !== record.crc32) return 'its local header has another CRC-32'
  if (stored !== ZIP64_PLACEHOLDER && stored !== record.storedByteLength)
    return `its local header says ${stored} bytes in the archive, the directory ${record.storedByteLength}`
  if (length !== ZIP64_PLACEHOLDER && length !== record.byteLength)
    return `its local header says ${length} bytes, the directory ${record.byteLength}`
  return undefined
}
