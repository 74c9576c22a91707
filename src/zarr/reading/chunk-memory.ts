// Whose memory a decoded chunk lies in, and how it comes to have its own.

import { isKernelMemory } from '../../kernels/kernels.js'
import type { Allocate, DecodedChunk } from '../codecs/interface/codec.js'
import { valuesByteLength } from '../data-types/value-size.js'

/** Some codecs answer a part of what they were given: bytes that are to stay are moved out of scratch. */
export function outOfScratch(chunk: DecodedChunk, allocate: Allocate): DecodedChunk {
  if (chunk.kind !== 'fixed' || !isKernelMemory(chunk.bytes)) return chunk
  const bytes = allocate(chunk.bytes.byteLength)
  bytes.set(chunk.bytes)
  return { kind: 'fixed', bytes }
}

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
