// `blosc`: block by block, each stream by the fastest decoder at hand, then the shuffle undone. Only one block
// at a time is worked on, so that it stays in the processor's cache and huge chunks need little kernel memory.
import zlib from 'node:zlib'
import {
  type ByteSpan,
  type KernelFunctions,
  type Reservation,
  withKernels,
} from '../../../kernels/kernels.js'
import type { BytesToBytesCodec } from '../interface/codec.js'
import { codecFailed } from '../interface/failures.js'
import {
  type BloscBlock,
  type BloscCompressor,
  type BloscContainer,
  type BloscStream,
  bloscByteLength,
  parseBloscContainer,
} from './blosc-container.js'
import { inflateOptions } from './deflate.js'
import { failZstd } from './zstd-decoder.js'

/** Blocks are decoded each by itself, so of a large chunk only those that somebody looks at. */
function isNeeded(
  { decodedByteOffset, decodedByteLength }: BloscBlock,
  needed: ByteSpan | undefined,
): boolean {
  if (needed === undefined) return true
  return decodedByteOffset < needed.to && needed.from < decodedByteOffset + decodedByteLength
}

/** Decoding needs nothing of the configuration: everything is in the container's header. */
export function bloscCodec(): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name: 'blosc',
    encodedByteLength: () => undefined,
    declaredByteLength: bloscByteLength,
    decode(encoded, bound, { allocate, needed }) {
      const container = parseBloscContainer(encoded, bound)
      const { storedByteOffset, decodedByteLength, blocks } = container
      if (storedByteOffset !== undefined) return encoded.subarray(storedByteOffset)
      if (decodedByteLength === 0) return new Uint8Array(0)
      const decoded = allocate(decodedByteLength)
      withKernels(regionsFor(container), reservation => {
        const work = new Work({ encoded, decoded, container }, reservation)
        for (const block of blocks) if (isNeeded(block, needed)) decodeBlock(work, block, needed)
      })
      return decoded
    },
  }
}

/**
 * One chunk being decoded. The numbers are pointers into kernel memory. A class, because it is made for every
 * chunk: an object put together from others costs microseconds.
 */
class Work {
  readonly encoded: Uint8Array
  readonly decoded: Uint8Array
  readonly container: BloscContainer
  readonly functions: KernelFunctions
  readonly memory: Uint8Array
  /** Where the encoded bytes of a block go. */
  readonly input: number
  /** Where the streams of a block are decoded to, one behind the other. */
  readonly joined: number
  /** Where the shuffle is undone to, and by way of where for bits. */
  readonly unshuffled: number
  readonly planes: number

  constructor(
    { encoded, decoded, container }: Pick<Work, 'encoded' | 'decoded' | 'container'>,
    { functions, memory, regions }: Reservation,
  ) {
    this.encoded = encoded
    this.decoded = decoded
    this.container = container
    this.functions = functions
    this.memory = memory
    this.input = regions[0]
    this.joined = regions[1]
    this.unshuffled = regions[2]
    this.planes = regions[3]
  }
}

function regionsFor({ blocks, shuffle }: BloscContainer): number[] {
  let longestInput = 0
  for (const { streams } of blocks)
    longestInput = Math.max(longestInput, endOf(streams) - streams[0].byteOffset)
  const blockLength = blocks[0].decodedByteLength
  return [
    longestInput,
    blockLength,
    shuffle === 'none' ? 0 : blockLength,
    shuffle === 'bit' ? blockLength : 0,
  ]
}

/** Behind the last stream of a block; they lie in the order in which they are decoded. */
function endOf(streams: readonly BloscStream[]): number {
  const { byteOffset, byteLength } = streams[streams.length - 1]
  return byteOffset + byteLength
}

function decodeBlock(
  work: Work,
  { decodedByteOffset, decodedByteLength, streams }: BloscBlock,
  needed: ByteSpan | undefined,
): void {
  const { encoded, decoded, memory, input, joined } = work
  const start = streams[0].byteOffset
  memory.set(encoded.subarray(start, endOf(streams)), input)
  let at = joined
  for (const stream of streams) {
    decodeStream(work, stream, { start: input + stream.byteOffset - start, at })
    at += stream.decodedByteLength
  }
  const found = unshuffle(work, decodedByteLength)
  const from = Math.max(0, (needed?.from ?? 0) - decodedByteOffset)
  const to = Math.min(decodedByteLength, (needed?.to ?? decoded.length) - decodedByteOffset)
  decoded.set(memory.subarray(found + from, found + to), decodedByteOffset + from)
}

/** Of the joined streams; answers where the result lies. */
function unshuffle(work: Work, byteLength: number): number {
  const { functions, memory, container, joined, planes, unshuffled } = work
  const { itemSize, shuffle } = container
  const count = Math.floor(byteLength / itemSize)
  // c-blosc leaves a block as it is when its items do not fill whole bytes of bits.
  if (shuffle === 'none' || (shuffle === 'bit' && count % 8 !== 0)) return joined
  if (shuffle === 'byte') functions.unshuffle(joined, unshuffled, itemSize, count)
  else functions.bitUnshuffle(joined, unshuffled, planes, itemSize, count)
  // Behind the last whole item nothing was shuffled.
  const done = count * itemSize
  if (done < byteLength) memory.copyWithin(unshuffled + done, joined + done, joined + byteLength)
  return unshuffled
}

/** To `at`, in full, from `start`. Throws otherwise. */
function decodeStream(work: Work, stream: BloscStream, { start, at }: { start: number; at: number }): void {
  const { functions, memory, container } = work
  const { byteLength, decodedByteLength } = stream
  const end = start + byteLength
  if (byteLength === decodedByteLength) memory.copyWithin(at, start, end)
  else if (container.compressor === 'zlib')
    memory.set(inflate(memory.slice(start, end), decodedByteLength), at)
  else if (
    decodeWith(container.compressor, functions, { start, end, at, outputEnd: at + decodedByteLength }) !== 0
  ) {
    codecFailed('blosc', `a ${container.compressor} stream does not decode to its ${decodedByteLength} bytes`)
  }
}

function inflate(bytes: Uint8Array, byteLength: number): Uint8Array {
  try {
    const inflated = zlib.inflateSync(bytes, inflateOptions({ maxByteLength: byteLength, isExact: true }))
    if (inflated.length === byteLength) return inflated
  } catch (cause) {
    codecFailed('blosc', 'a zlib stream is damaged', {}, cause)
  }
  return codecFailed('blosc', `a zlib stream does not decode to its ${byteLength} bytes`)
}

interface StreamPointers {
  readonly start: number
  readonly end: number
  readonly at: number
  readonly outputEnd: number
}

/** 0 when the stream filled its place exactly. */
function decodeWith(
  compressor: BloscCompressor,
  functions: KernelFunctions,
  { start, end, at, outputEnd }: StreamPointers,
): number {
  if (compressor === 'lz4') return functions.lz4Decode(start, end, at, outputEnd)
  if (compressor === 'blosclz') return functions.blosclzDecode(start, end, at, outputEnd)
  if (compressor === 'snappy') return functions.snappyDecode(start, end, at, outputEnd)
  const written = functions.zstdDecode(start, end, at, outputEnd)
  if (written < 0) failZstd('blosc', written)
  return written - (outputEnd - at)
}
