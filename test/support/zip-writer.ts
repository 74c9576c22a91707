// A small writer of ZIP archives for the tests: ordinary ones, and ones that lie in any single field.
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  name: string | Buffer
  data?: string | Buffer
  /** 0 stored (default) or 8 deflate; any other number needs `stored`. */
  method?: number
  /** The bytes in the archive, when not made from `data` and `method`. */
  stored?: Buffer
  /** Bit 11 is set for non-ASCII string names unless given. */
  flags?: number
  /** What the central directory says instead of the truth. */
  central?: Partial<EntryFields>
  /** What the local header says instead of the truth. */
  local?: Partial<EntryFields>
  localExtra?: Buffer
  centralExtra?: Buffer
  comment?: string
  externalAttributes?: number
  /** Sizes and offset as Zip64 extra fields. */
  isZip64?: boolean
  /** Zeros in the local header, a data descriptor after the data (bit 3). */
  isStreamed?: boolean
}

export interface EntryFields {
  name: string | Buffer
  method: number
  crc32: number
  storedByteLength: number
  byteLength: number
  headerOffset: number
}

export interface ZipOptions {
  comment?: string | Buffer
  /** Zip64 end records. */
  isZip64?: boolean
  prepend?: Buffer
  append?: Buffer
  /** What the end record says instead of the truth. */
  entryCount?: number
  directoryByteLength?: number
  directoryByteOffset?: number
}

interface Laid {
  entry: ZipEntry
  stored: Buffer
  truth: EntryFields
  flags: number
}

/** The archive's bytes. Offsets count from its own first byte, so `prepend` makes a self-extractor of it. */
export function writeZip(entries: readonly ZipEntry[], options: ZipOptions = {}): Buffer {
  const parts: Buffer[] = []
  let byteOffset = 0
  const laid = entries.map(entry => {
    const item = layOutEntry(entry, byteOffset)
    for (const part of localParts(item)) {
      parts.push(part)
      byteOffset += part.length
    }
    return item
  })
  const directory = Buffer.concat(laid.map(centralRecord))
  const end = endRecords({ count: entries.length, byteOffset, byteLength: directory.length }, options)
  return Buffer.concat([options.prepend ?? EMPTY, ...parts, directory, end, options.append ?? EMPTY])
}

const EMPTY = Buffer.alloc(0)

function layOutEntry(entry: ZipEntry, headerOffset: number): Laid {
  const data = Buffer.from(entry.data ?? '')
  const method = entry.method ?? 0
  const stored = entry.stored ?? (method === 8 ? deflateRawSync(data) : data)
  const isPlain = typeof entry.name !== 'string' || /^[\x20-\x7e]*$/.test(entry.name)
  const flags = entry.flags ?? (isPlain ? 0 : 0x0800) | (entry.isStreamed ? 8 : 0)
  const truth = {
    name: entry.name,
    method,
    crc32: crc32(data),
    storedByteLength: stored.length,
    byteLength: data.length,
    headerOffset,
  }
  return { entry, stored, truth, flags }
}

function localParts(item: Laid): Buffer[] {
  const { entry, stored, truth, flags } = item
  const zeros = entry.isStreamed ? { crc32: 0, storedByteLength: 0, byteLength: 0 } : {}
  const said = { ...truth, ...zeros, ...entry.local }
  const name = Buffer.from(said.name)
  const zip64 =
    entry.isZip64 && !entry.isStreamed ? zip64Extra([said.byteLength, said.storedByteLength]) : EMPTY
  const extra = Buffer.concat([zip64, entry.localExtra ?? EMPTY])
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(entry.isZip64 ? 45 : 20, 4)
  header.writeUInt16LE(flags, 6)
  header.writeUInt16LE(said.method, 8)
  header.writeUInt32LE(0x00210000, 10)
  header.writeUInt32LE(said.crc32, 14)
  header.writeUInt32LE(zip64.length > 0 ? 0xffffffff : said.storedByteLength, 18)
  header.writeUInt32LE(zip64.length > 0 ? 0xffffffff : said.byteLength, 22)
  header.writeUInt16LE(name.length, 26)
  header.writeUInt16LE(extra.length, 28)
  const descriptor = entry.isStreamed
    ? u32s([0x08074b50, truth.crc32, truth.storedByteLength, truth.byteLength])
    : EMPTY
  return [header, name, extra, stored, descriptor]
}

function centralRecord(item: Laid): Buffer {
  const { entry, truth, flags } = item
  const said = { ...truth, ...entry.central }
  const name = Buffer.from(said.name)
  const zip64 = entry.isZip64
    ? zip64Extra([said.byteLength, said.storedByteLength, said.headerOffset])
    : EMPTY
  const extra = Buffer.concat([zip64, entry.centralExtra ?? EMPTY])
  const comment = Buffer.from(entry.comment ?? '')
  const record = Buffer.alloc(46)
  record.writeUInt32LE(0x02014b50, 0)
  record.writeUInt16LE(0x0314, 4)
  record.writeUInt16LE(entry.isZip64 ? 45 : 20, 6)
  record.writeUInt16LE(flags, 8)
  record.writeUInt16LE(said.method, 10)
  record.writeUInt32LE(0x00210000, 12)
  record.writeUInt32LE(said.crc32, 16)
  record.writeUInt32LE(entry.isZip64 ? 0xffffffff : said.storedByteLength, 20)
  record.writeUInt32LE(entry.isZip64 ? 0xffffffff : said.byteLength, 24)
  record.writeUInt16LE(name.length, 28)
  record.writeUInt16LE(extra.length, 30)
  record.writeUInt16LE(comment.length, 32)
  record.writeUInt32LE(entry.externalAttributes ?? 0o100644 * 0x10000, 38)
  record.writeUInt32LE(entry.isZip64 ? 0xffffffff : said.headerOffset, 42)
  return Buffer.concat([record, name, extra, comment])
}

function endRecords(
  directory: { count: number; byteOffset: number; byteLength: number },
  options: ZipOptions,
): Buffer {
  const count = options.entryCount ?? directory.count
  const byteLength = options.directoryByteLength ?? directory.byteLength
  const byteOffset = options.directoryByteOffset ?? directory.byteOffset
  const comment = Buffer.from(options.comment ?? '')
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(options.isZip64 ? 0xffff : count % 0x10000, 8)
  end.writeUInt16LE(options.isZip64 ? 0xffff : count % 0x10000, 10)
  end.writeUInt32LE(options.isZip64 ? 0xffffffff : byteLength, 12)
  end.writeUInt32LE(options.isZip64 ? 0xffffffff : byteOffset, 16)
  end.writeUInt16LE(comment.length, 20)
  if (!options.isZip64) return Buffer.concat([end, comment])
  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  record.writeUInt16LE(45, 12)
  record.writeUInt16LE(45, 14)
  for (const [i, value] of [count, count, byteLength, byteOffset].entries())
    record.writeBigUInt64LE(BigInt(value), 24 + i * 8)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(directory.byteOffset + directory.byteLength), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([record, locator, end, comment])
}

function zip64Extra(values: number[]): Buffer {
  const extra = Buffer.alloc(4 + values.length * 8)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(values.length * 8, 2)
  for (const [i, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + i * 8)
  return extra
}

function u32s(values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, i * 4)
  return bytes
}
