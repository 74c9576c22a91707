// Decodes zstd data of bounded size: by Node itself where it can (22.15 and later), else by our kernel. Sizes
// in the frames' headers are checked before memory is taken.
import zlib from 'node:zlib'
import { ZipzarrError } from '../../errors.js'
import { copyOut, withKernels } from '../kernels/kernels.js'
import type { Allocate, OutputBound } from './codec.js'
import { codecFailed, codecUnsupported } from './failures.js'
import { checkBound } from './sizes.js'
import { readZstdFrames, type ZstdFrame } from './zstd-frames.js'

/** Windows beyond Node's own limit (ZSTD_d_windowLogMax) are left to the kernel, whose window is the output. */
const NODE_MAX_WINDOW_BYTES = 2 ** 27

type NodeDecoder = (encoded: Uint8Array, options: zlib.ZlibOptions) => Uint8Array
// Absent before Node 22.15, and from the types of the oldest Node supported.
const nodeDecoder: NodeDecoder | undefined = (zlib as { zstdDecompressSync?: NodeDecoder }).zstdDecompressSync

export function zstdDecode(encoded: Uint8Array, bound: OutputBound, allocate: Allocate): Uint8Array {
  const frames = readZstdFrames('zstd', encoded)
  const capacity = outputLength(frames, bound)
  return canNodeDecode(frames) ? decodeByNode(encoded, capacity) : decodeByKernel(encoded, capacity, allocate)
}

/** What all frames decode to: exact when they say so themselves, else the most their blocks can hold. */
function outputLength(frames: readonly ZstdFrame[], bound: OutputBound): number {
  let length = 0
  let isDeclared = true
  for (const frame of frames) {
    isDeclared &&= frame.contentByteLength !== undefined
    length += frame.contentByteLength ?? frame.maxByteLength
  }
  if (isDeclared) checkBound('zstd', length, bound)
  return Math.min(length, bound.maxByteLength)
}

function canNodeDecode(frames: readonly ZstdFrame[]): boolean {
  return (
    nodeDecoder !== undefined && frames.length === 1 && frames[0].windowByteLength <= NODE_MAX_WINDOW_BYTES
  )
}

function decodeByNode(encoded: Uint8Array, capacity: number): Uint8Array {
  try {
    return nodeDecoder!(encoded, {
      maxOutputLength: Math.max(capacity, 1),
      chunkSize: Math.max(capacity + 1, 64),
    })
  } catch (cause) {
    return codecFailed('zstd', cause instanceof Error ? cause.message : 'the data is damaged', {}, cause)
  }
}

function decodeByKernel(encoded: Uint8Array, capacity: number, allocate: Allocate): Uint8Array {
  return withKernels([encoded.length, capacity], ({ functions, memory, regions: [input, output] }) => {
    memory.set(encoded, input)
    const written = functions.zstdDecode(input, input + encoded.length, output, output + capacity)
    checkStatus('zstd', written)
    return copyOut(memory, output, allocate(written))
  })
}

/** Throws for the kernel's negative answers, in the name of `codec`: blosc has zstd streams too. */
export function checkStatus(codec: string, written: number): void {
  if (written >= 0) return
  if (written === -2) {
    throw new ZipzarrError('CHECKSUM_MISMATCH', `codec "${codec}": a zstd frame does not have its checksum`, {
      facts: { codec },
    })
  }
  if (written === -3) codecFailed(codec, 'the zstd data decodes to more than expected')
  if (written === -4) codecUnsupported(codec, 'zstd data that needs a dictionary cannot be decoded')
  codecFailed(codec, 'the zstd data is damaged')
}
