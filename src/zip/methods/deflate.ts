// Method 8, raw DEFLATE (RFC 1951): node:zlib, on its thread pool when the value is large.
import { promisify } from 'node:util'
import { createInflateRaw, inflateRaw, inflateRawSync } from 'node:zlib'
import type { Method } from './method.js'
import { PIECE_BYTES, piecesThrough } from './pieces.js'

const inflateAsync = promisify(inflateRaw) as (bytes: Buffer, options: object) => Promise<Buffer>

/** Below this, a trip to the thread pool costs more than inflating in place. */
const SYNC_BYTES = 16 * 1024
const MIN_CHUNK_BYTES = 64
const MAX_CHUNK_BYTES = 16 * 1024 * 1024

export const deflate: Method = {
  name: 'deflate',
  maxByteLength: Number.MAX_SAFE_INTEGER,
  async inflate(stored, byteLength) {
    if (byteLength <= SYNC_BYTES) return inflateRawSync(stored, bounds(byteLength))
    return inflateAsync(stored, bounds(byteLength))
  },
  inflateSync: (stored, byteLength) => inflateRawSync(stored, bounds(byteLength)),
  inflatePieces: stored => piecesThrough(createInflateRaw({ chunkSize: PIECE_BYTES }), stored),
}

/** One output buffer of the right size, and not one byte more than was declared. */
function bounds(byteLength: number) {
  return {
    chunkSize: Math.min(Math.max(byteLength, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES),
    maxOutputLength: Math.max(byteLength, 1),
  }
}
