// Builds shards by hand: inner chunks in any order, gaps between them, an index that may lie.

import { crc32c } from '../../src/zarr/codecs/bytes-to-bytes/checksums.js'
import type { ChunkSpec, ValueSource } from '../../src/zarr/codecs/codec-pipeline.js'
import type { CodecSpec, JsonObject } from '../../src/zarr/metadata/metadata.js'

export const BYTES: CodecSpec = { name: 'bytes', configuration: { endian: 'little' } }
export const CRC32C: CodecSpec = { name: 'crc32c', configuration: {} }

export interface ShardOptions {
  readonly isIndexAtStart?: boolean
  /** Order in which the inner chunks are written; their slots stay the same. */
  readonly order?: readonly number[]
  readonly gap?: number
  /** Changes the index before its checksum is taken. */
  readonly spoil?: (index: DataView) => void
}

/** Inner chunks by slot, undefined for the empty ones; the index is `bytes` and `crc32c`. */
export function makeShard(
  slots: readonly (Uint8Array | undefined)[],
  options: ShardOptions = {},
): Uint8Array {
  const { isIndexAtStart = false, gap = 0, spoil } = options
  const order = options.order ?? slots.map((_, slot) => slot)
  const index = Buffer.alloc(slots.length * 16 + 4, 0xff)
  const indexLength = isIndexAtStart ? index.length : 0
  const parts: Uint8Array[] = []
  let at = indexLength
  for (const slot of order) {
    const bytes = slots[slot]
    if (bytes === undefined) continue
    parts.push(Buffer.alloc(gap, 0xee), bytes)
    at += gap
    index.writeBigUInt64LE(BigInt(at), slot * 16)
    index.writeBigUInt64LE(BigInt(bytes.length), slot * 16 + 8)
    at += bytes.length
  }
  spoil?.(new DataView(index.buffer, index.byteOffset, index.length))
  index.writeUInt32LE(crc32c(index.subarray(0, -4)), slots.length * 16)
  return new Uint8Array(Buffer.concat(isIndexAtStart ? [index, ...parts] : [...parts, index]))
}

export function shardingSpec(chunkShape: number[], configuration: JsonObject = {}): CodecSpec {
  return {
    name: 'sharding_indexed',
    configuration: {
      chunk_shape: chunkShape,
      codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
      index_codecs: [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'crc32c' }],
      ...configuration,
    },
  }
}

export function int16Spec(shape: readonly number[], fill = 0): ChunkSpec {
  const bytes = new Uint8Array(Int16Array.of(fill).buffer)
  return {
    shape,
    dataType: { name: 'int16', kind: 'int', itemSize: 2, swapSize: 2 },
    fillValue: { kind: 'fixed', bytes, isDefined: true },
  }
}

export function int16Bytes(items: readonly number[]): Uint8Array {
  return new Uint8Array(Int16Array.from(items).buffer)
}

/** A value that counts what is read of it. */
export class CountingSource implements ValueSource {
  readonly byteLength: number
  readonly reads: [byteOffset: number, byteLength: number][] = []
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.byteLength = bytes.length
  }

  async readRange(byteOffset: number, byteLength: number): Promise<Uint8Array> {
    this.reads.push([byteOffset, byteLength])
    return this.#bytes.subarray(byteOffset, byteOffset + byteLength)
  }

  readAll(): Promise<Uint8Array> {
    return this.readRange(0, this.byteLength)
  }
}
