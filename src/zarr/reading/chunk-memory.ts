// Whose memory a decoded chunk lies in, and how it comes to have its own.
import type { DecodedChunk } from '../codecs/interface/codec.js'
import { valuesByteLength } from '../data-types/value-size.js'

export function copyOf(chunk: DecodedChunk): DecodedChunk {
  return chunk.kind === 'fixed' ? { kind: 'fixed', bytes: chunk.bytes.slice() } : chunk
}

/** A small view into a large buffer would keep all of it alive in the cache. */
export function ownBytes(chunk: DecodedChunk): DecodedChunk {
  if (chunk.kind === 'variable') return chunk
  const { bytes } = chunk
  return bytes.buffer.byteLength <= 2 * bytes.byteLength ? chunk : { kind: 'fixed', bytes: bytes.slice() }
}

export function memoryOf(chunk: DecodedChunk): number {
  return chunk.kind === 'fixed' ? chunk.bytes.buffer.byteLength : valuesByteLength(chunk.values)
}
