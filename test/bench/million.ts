// Writes an archive of very many small stored entries, laid out as zarr-python writes a v3 array: Zip64 end
// records, no data descriptors, keys array/c/i/j/k. Bytes are written directly: no writer is this fast.
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'

const VALUE_BYTES = 32
const BATCH = 20_000

const metadata = (side: number): Buffer =>
  Buffer.from(
    JSON.stringify({
      zarr_format: 3,
      node_type: 'array',
      shape: [side * 4, side * 2, side * 4],
      data_type: 'uint8',
      chunk_grid: { name: 'regular', configuration: { chunk_shape: [4, 2, 4] } },
      chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
      fill_value: 0,
      codecs: [{ name: 'bytes' }],
      attributes: {},
    }),
  )

function localHeader(name: Buffer, value: Buffer, crc: number): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0) // local file header signature (APPNOTE 4.3.7)
  header.writeUInt16LE(20, 4) // version needed
  header.writeUInt32LE(crc, 14)
  header.writeUInt32LE(value.length, 18) // compressed size
  header.writeUInt32LE(value.length, 22) // uncompressed size
  header.writeUInt16LE(name.length, 26)
  return header
}

function directoryRecord(name: Buffer, value: Buffer, place: { crc: number; byteOffset: number }): Buffer {
  const record = Buffer.alloc(46)
  record.writeUInt32LE(0x02014b50, 0) // central directory signature (APPNOTE 4.3.12)
  record.writeUInt16LE(0x0314, 4) // made by
  record.writeUInt16LE(20, 6) // version needed
  record.writeUInt32LE(place.crc, 16)
  record.writeUInt32LE(value.length, 20)
  record.writeUInt32LE(value.length, 24)
  record.writeUInt16LE(name.length, 28)
  record.writeUInt32LE(0o644 << 16, 38) // external attributes
  record.writeUInt32LE(place.byteOffset, 42)
  return record
}

function endRecords(entries: number, directory: { byteOffset: number; byteLength: number }): Buffer {
  const end = Buffer.alloc(56 + 20 + 22)
  end.writeUInt32LE(0x06064b50, 0) // Zip64 end of central directory (APPNOTE 4.3.14)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(45, 12)
  end.writeUInt16LE(45, 14)
  end.writeBigUInt64LE(BigInt(entries), 24)
  end.writeBigUInt64LE(BigInt(entries), 32)
  end.writeBigUInt64LE(BigInt(directory.byteLength), 40)
  end.writeBigUInt64LE(BigInt(directory.byteOffset), 48)
  end.writeUInt32LE(0x07064b50, 56) // Zip64 locator (APPNOTE 4.3.15)
  end.writeBigUInt64LE(BigInt(directory.byteOffset + directory.byteLength), 64)
  end.writeUInt32LE(1, 72)
  end.writeUInt32LE(0x06054b50, 76) // end of central directory (APPNOTE 4.3.16)
  end.writeUInt16LE(Math.min(entries, 0xffff), 84)
  end.writeUInt16LE(Math.min(entries, 0xffff), 86)
  end.writeUInt32LE(directory.byteLength, 88)
  end.writeUInt32LE(directory.byteOffset, 92)
  return end
}

/** An archive with side³ chunk keys and one zarr.json (side 100: a million and one entries). */
export function writeManyEntries(path: string, side: number): void {
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(`${path}.part`, 'w')
  const directory: Buffer[] = []
  let pending: Buffer[] = []
  let byteOffset = 0
  let entries = 0
  const flush = (): void => {
    writeSync(file, Buffer.concat(pending))
    pending = []
  }
  const add = (key: string, value: Buffer): void => {
    const name = Buffer.from(key)
    const crc = crc32(value)
    pending.push(localHeader(name, value, crc), name, value)
    directory.push(directoryRecord(name, value, { crc, byteOffset }), name)
    byteOffset += 30 + name.length + value.length
    entries++
    if (entries % BATCH === 0) flush()
  }
  add('array/zarr.json', metadata(side))
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      for (let k = 0; k < side; k++) {
        add(`array/c/${i}/${j}/${k}`, Buffer.alloc(VALUE_BYTES, `${i} ${j} ${k} `))
      }
    }
  }
  flush()
  const bytes = Buffer.concat(directory)
  writeSync(file, bytes)
  writeSync(file, endRecords(entries, { byteOffset, byteLength: bytes.length }))
  closeSync(file)
  renameSync(`${path}.part`, path)
}
