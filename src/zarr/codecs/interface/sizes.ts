// Sizes of chunks in items and bytes, and the checks every decoded buffer passes.
import type { ChunkSpec, DecodedChunk, OutputBound } from './codec.js'
import { codecFailed, codecMisconfigured } from './failures.js'

/** Up to this decoded size the detour by Node's own threads costs more than the work (zlib, gzip, zstd). */
export const MAX_SYNCHRONOUS_BYTES = 256 * 1024

/** Items of a chunk; safe integers only, as shapes come from metadata. */
export function itemCount(shape: readonly number[]): number {
  let count = 1
  for (const length of shape) count *= length
  if (!Number.isSafeInteger(count)) {
    return codecMisconfigured('bytes', `a chunk of shape [${shape.join(', ')}] has too many items`, {
      shape: [...shape],
    })
  }
  return count
}

/** Bytes of a decoded chunk; 0 for variable-length types. */
export function decodedByteLength(spec: ChunkSpec): number {
  return itemCount([...spec.shape, spec.dataType.itemSize])
}

/** Throws CODEC_FAILED unless `byteLength` keeps to the bound. */
export function checkBound(codec: string, byteLength: number, bound: OutputBound): void {
  if (byteLength === bound.maxByteLength || (byteLength < bound.maxByteLength && !bound.isExact)) return
  codecFailed(
    codec,
    `expected ${bound.isExact ? '' : 'at most '}${bound.maxByteLength} decoded bytes, found ${byteLength}`,
    { expected: bound.maxByteLength, actual: byteLength },
  )
}

/** The bytes of a chunk of fixed-size items. */
export function fixedBytes(codec: string, chunk: DecodedChunk): Uint8Array {
  if (chunk.kind === 'fixed') return chunk.bytes
  return codecFailed(codec, 'expected items of fixed size')
}
