// CRC-32 (ISO 3309, as in ZIP and gzip) of every value that is read, so its speed counts: an optional native
// package takes a third of the time of Node's zlib. Without either (Node before 20.15) a table does.
import { createRequire } from 'node:module'
import zlib from 'node:zlib'

type Checksum = (bytes: Uint8Array, start?: number) => number

interface Native {
  readonly crc32: Checksum
  readonly crc32c: Checksum
}

/** Undefined where the package has no binary for this system: it is an optional dependency. */
function loadNative(): Native | undefined {
  const load = createRequire(import.meta.url)
  try {
    return load('@node-rs/crc32') as Native
  } catch {
    return undefined
  }
}

let native: Native | undefined
let isLoaded = false

/** Loaded with the first value that is read: a process that reads none needs no memory for it. */
function nativeChecksums(): Native | undefined {
  if (!isLoaded) native = loadNative()
  isLoaded = true
  return native
}

let fastest: Checksum | undefined

/** CRC-32 of `bytes`, continued from the checksum `start` of what came before them. */
export function crc32(bytes: Uint8Array, start = 0): number {
  fastest ??= nativeChecksums()?.crc32 ?? zlib.crc32 ?? tableCrc32
  return fastest(bytes, start)
}

/** CRC-32C (Castagnoli) by the same package; undefined where there is none. */
export function nativeCrc32c(): Checksum | undefined {
  return nativeChecksums()?.crc32c
}

const POLYNOMIAL = 0xedb88320
let table: Int32Array | undefined

export function tableCrc32(bytes: Uint8Array, start = 0): number {
  table ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let entry = byte
    for (let bit = 0; bit < 8; bit++) entry = entry & 1 ? (entry >>> 1) ^ POLYNOMIAL : entry >>> 1
    return entry
  })
  let crc = ~start
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 255]
  return ~crc >>> 0
}
