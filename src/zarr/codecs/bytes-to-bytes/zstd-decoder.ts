// Decodes zstd data of bounded size: by Node itself where it can (22.15 and later), else by our kernel. Sizes
// in the frames' headers are checked before memory is taken.
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { ZipzarrError } from '../../../errors.js'
import { decodeZstd } from '../../../kernels/zstd.js'
import type { Output, OutputBound } from '../interface/codec.js'
import { codecFailed, codecUnsupported } from '../interface/failures.js'
import { checkBound, MAX_SYNCHRONOUS_BYTES } from '../interface/sizes.js'
import { readZstdFrames, type ZstdFrame } from './zstd-frames.js'

/** Windows beyond Node's own limit (ZSTD_d_windowLogMax) are left to the kernel, whose window is the output. */
const NODE_MAX_WINDOW_BYTES = 2 ** 27

type DecodeSync = (encoded: Uint8Array, options: zlib.ZlibOptions) => Uint8Array
type DecodeLater = (
  encoded: Uint8Array,
  options: zlib.ZlibOptions,
  done: (error: Error | null, decoded: Uint8Array) => void,
) => void
// Absent before Node 22.15, and from the types of the oldest Node supported.
const node = zlib as { readonly zstdDecompressSync?: DecodeSync; readonly zstdDecompress?: DecodeLater }
const decodeSync = node.zstdDecompressSync
const decodeLater = node.zstdDecompress === undefined ? undefined : promisify(node.zstdDecompress)

/** Only Node's own decoder leaves the event loop, and only for what is large. */
export function mayZstdWait({ maxByteLength }: OutputBound): boolean {
  return decodeLater !== undefined && maxByteLength > MAX_SYNCHRONOUS_BYTES
}

export function zstdDecode(
  encoded: Uint8Array,
  bound: OutputBound,
  output: Output,
): Uint8Array | Promise<Uint8Array> {
  const frames = readZstdFrames('zstd', encoded)
  const capacity = outputLength(frames, bound)
  const [frame] = frames
  // Node stops after one frame, so it gets just that.
  if (frames.length > 1 || frame.windowByteLength > NODE_MAX_WINDOW_BYTES) {
    return decodeByKernel(encoded, capacity, output)
  }
  const bytes = encoded.subarray(frame.byteOffset, frame.byteOffset + frame.byteLength)
  return decodeByNode(bytes, capacity) ?? decodeByKernel(bytes, capacity, output)
}

/** What the frames declare, or can hold at most. @throws ZipzarrError CODEC_FAILED */
export function zstdByteLength(encoded: Uint8Array): number {
  return outputLength(readZstdFrames('zstd', encoded), {
    maxByteLength: Number.MAX_SAFE_INTEGER,
    isExact: false,
  })
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

/** Undefined where Node has no zstd. */
function decodeByNode(frame: Uint8Array, capacity: number): Uint8Array | Promise<Uint8Array> | undefined {
  if (decodeSync === undefined || decodeLater === undefined) return undefined
  const options = { maxOutputLength: Math.max(capacity, 1), chunkSize: Math.max(capacity + 1, 64) }
  if (capacity > MAX_SYNCHRONOUS_BYTES && frame.length > 1024)
    return decodeLater(frame, options).catch(refuse)
  try {
    return decodeSync(frame, options)
  } catch (cause) {
    return refuse(cause)
  }
}

function refuse(cause: unknown): never {
  return codecFailed('zstd', cause instanceof Error ? cause.message : 'the data is damaged', {}, cause)
}

function decodeByKernel(encoded: Uint8Array, capacity: number, output: Output): Uint8Array {
  const decoded = decodeZstd(encoded, capacity, output)
  return typeof decoded === 'number' ? failZstd('zstd', decoded) : decoded
}

/** Says what the kernel's negative answer means, in the name of `codec`: blosc has zstd streams too. */
export function failZstd(codec: string, fault: number): never {
  if (fault === -2) {
    throw new ZipzarrError('CHECKSUM_MISMATCH', `codec "${codec}": a zstd frame does not have its checksum`, {
      facts: { codec },
    })
  }
  if (fault === -3) codecFailed(codec, 'the zstd data decodes to more than expected')
  if (fault === -4) codecUnsupported(codec, 'zstd data that needs a dictionary cannot be decoded')
  return codecFailed(codec, 'the zstd data is damaged')
}
