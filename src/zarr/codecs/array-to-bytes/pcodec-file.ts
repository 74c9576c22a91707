// pco's standalone files: the header, and what stands before each chunk. Knows nothing of what is in chunks.
// (pco's docs/format.md: Standalone Format)
import { codecFailed, codecUnsupported } from '../interface/failures.js'
import type { NumberType } from './number-compressor.js'

const NAME = 'pcodec'
const MAGIC = 0x216f6370 // "pco!", read little-endian
const MAX_STANDALONE_VERSION = 3
const MAX_MAJOR_VERSION = 4

/** By the byte that stands for them. */
const TYPES: ReadonlyMap<number, NumberType> = new Map([
  [1, { kind: 'uint', itemSize: 4 }],
  [2, { kind: 'uint', itemSize: 8 }],
  [3, { kind: 'int', itemSize: 4 }],
  [4, { kind: 'int', itemSize: 8 }],
  [5, { kind: 'float', itemSize: 4 }],
  [6, { kind: 'float', itemSize: 8 }],
  [7, { kind: 'uint', itemSize: 2 }],
  [8, { kind: 'int', itemSize: 2 }],
  [9, { kind: 'float', itemSize: 2 }],
  [10, { kind: 'uint', itemSize: 1 }],
  [11, { kind: 'int', itemSize: 1 }],
])
const TERMINATOR = 0

export const NUMBER_TYPES: readonly NumberType[] = [...TYPES.values()]

export interface PcoFile {
  readonly encoded: Uint8Array
  /** Version of the format of the chunks. */
  readonly majorVersion: number
  /** Of all numbers: the file's own, or that of the first chunk; TERMINATOR when there is none. */
  readonly typeByte: number
  readonly chunksOffset: number
}

export interface PcoChunk {
  readonly bodyOffset: number
  readonly count: number
}

export function readPcoHeader(encoded: Uint8Array): PcoFile {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length)
  if (encoded.length < 6 || view.getUint32(0, true) !== MAGIC) codecFailed(NAME, 'does not begin with "pco!"')
  const version = encoded[4]
  if (version > MAX_STANDALONE_VERSION) codecUnsupported(NAME, `version ${version} of its files is not known`)
  let offset = 4
  let uniformType = TERMINATOR
  // Before version 2 the chunks' version was the only one.
  if (version >= 2) {
    offset = 5
    if (version >= 3) uniformType = byteAt(encoded, offset++)
    // 6 bits of length less 1, then as many bits of a hint at the count of all numbers, up to a whole byte.
    offset += Math.ceil((6 + (byteAt(encoded, offset) & 63) + 1) / 8)
  }
  const majorVersion = byteAt(encoded, offset++)
  if (majorVersion > MAX_MAJOR_VERSION) codecUnsupported(NAME, `version ${majorVersion} is not known`)
  // A minor version says what may be in the chunks; what is not known there is refused when it is met.
  if (majorVersion >= 4) offset++
  const typeByte = uniformType === TERMINATOR ? byteAt(encoded, offset) : uniformType
  return { encoded, majorVersion, typeByte, chunksOffset: offset }
}

/** What the file's numbers are. A file without any can be of every type. */
export function chunkTypeOf({ typeByte }: PcoFile): NumberType {
  if (typeByte === TERMINATOR) return NUMBER_TYPES[0]
  return TYPES.get(typeByte) ?? codecFailed(NAME, `numbers of type ${typeByte} are not known`)
}

/** What stands before a chunk, or undefined at the end of the file. */
export function readPcoChunk({ encoded, typeByte }: PcoFile, offset: number): PcoChunk | undefined {
  const found = byteAt(encoded, offset)
  if (found === TERMINATOR) return undefined
  if (found !== typeByte) codecFailed(NAME, `expected numbers of type ${typeByte}, found ${found}`)
  const count =
    byteAt(encoded, offset + 1) + (byteAt(encoded, offset + 2) << 8) + (byteAt(encoded, offset + 3) << 16)
  return { bodyOffset: offset + 4, count: count + 1 }
}

function byteAt(encoded: Uint8Array, offset: number): number {
  if (offset < encoded.length) return encoded[offset]
  return codecFailed(NAME, `ends after ${encoded.length} bytes, in the middle`)
}
