// Single fields of a record of the central directory, by where it lies. Fields as in APPNOTE 4.3.12.
import { DIRECTORY_RECORD_BYTES, readZip64Sizes } from './central-directory.js'
import { nameBytes } from './entry-name.js'

/** Local header and data take at least this much: 30 + name + compressed size (APPNOTE 4.3.7). */
export function leastEnd(headerOffset: number, nameLength: number, storedByteLength: number): number {
  return headerOffset + 30 + nameLength + storedByteLength
}

/** The key's bytes of the record at `at`, and the buffer they lie in; undefined when they are not UTF-8. */
export function keyBytes(
  directory: Buffer,
  at: number,
): { buffer: Buffer; from: number; to: number } | undefined {
  const nameFrom = at + DIRECTORY_RECORD_BYTES
  const nameTo = nameFrom + directory.readUInt16LE(at + 28) // file name length
  const extra = directory.subarray(nameTo, nameTo + directory.readUInt16LE(at + 30)) // extra field length
  const raw = directory.subarray(nameFrom, nameTo)
  const name = nameBytes(raw, directory.readUInt16LE(at + 8), extra) // general purpose bit flag
  if (name === undefined) return undefined
  // A name without a copy is the end of the raw one: the remembered folder then lies in the directory as well.
  return name.buffer === directory.buffer
    ? { buffer: directory, from: nameTo - name.length, to: nameTo }
    : { buffer: name, from: 0, to: name.length }
}

/** Sizes of the record at `at` with Zip64 applied; zeros when its extra field is damaged (refused when read). */
export function recordSizes(directory: Buffer, at: number) {
  const nameTo = at + DIRECTORY_RECORD_BYTES + directory.readUInt16LE(at + 28) // file name length
  const plain = {
    byteLength: directory.readUInt32LE(at + 24), // uncompressed size
    storedByteLength: directory.readUInt32LE(at + 20), // compressed size
    headerOffset: directory.readUInt32LE(at + 42), // relative offset of local header
  }
  const extra = directory.subarray(nameTo, nameTo + directory.readUInt16LE(at + 30)) // extra field length
  const sizes = readZip64Sizes(plain, extra)
  return 'code' in sizes ? { byteLength: 0, storedByteLength: 0, headerOffset: 0 } : sizes
}
