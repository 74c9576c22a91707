// `blosc`: block by block, each stream by the fastest decoder at hand, then the shuffle undone. Only one block
// at a time is worked on, so that it stays in the processor's cache and huge chunks need little kernel memory;
// what lies in kernel memory already (scratch) is decoded from where it is, and to where it goes.
import zlib from 'node:zlib'
import { type KernelFunctions, type Reservation, withKernels } from '../kernels/kernels.js'
import {
  type BloscBlock,
  type BloscCompressor,
  type BloscContainer,
  type BloscStream,
  parseBloscContainer,
} from './blosc-container.js'
import type { BytesToBytesCodec } from './codec.js'
import { inflateOptions } from './deflate.js'
import { codecFailed } from './failures.js'
import { checkStatus } from './zstd-decoder.js'

/** Decoding needs nothing of the configuration: everything is in the container's header. */
export function bloscCodec(): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name: 'blosc',
    encodedByteLength: () => undefined,
    decode(encoded, bound, allocate) {
      const container = parseBloscContainer(encoded, bound)
      const { storedByteOffset, decodedByteLength, blocks } = container
      if (storedByteOffset !== undefined) return encoded.subarray(storedByteOffset)
      if (decodedByteLength === 0) return new Uint8Array(0)
      const decoded = allocate(decodedByteLength)
      withKernels(regionsFor(container), reservation => {
        const work = workOn({ encoded, decoded, container }, reservation)
        for (const block of blocks) decodeBlock(work, block)
      })
      return decoded
    },
  }
}

interface Chunk {
  readonly encoded: Uint8Array
  readonly decoded: Uint8Array
  readonly container: BloscContainer
}

/** One chunk being decoded. The numbers are pointers into kernel memory. */
interface Work extends Chunk {
  readonly functions: KernelFunctions
  readonly memory: Uint8Array
  /** Where the chunk's encoded bytes begin, and where its decoded ones go, if that is kernel memory. */
  readonly encodedStart: number | undefined
  readonly decodedStart: number | undefined
  /** Where the bytes of one stream go before they are decoded. */
  readonly input: number
  /** Where the streams of a block are decoded to. */
  readonly joined: number
  /** Where the shuffle is undone to, and by way of where for bits. */
  readonly unshuffled: number
  readonly planes: number
}

function regionsFor({ blocks, shuffle }: BloscContainer): number[] {
  let longestStream = 0
  for (const { streams } of blocks) {
    for (const { byteLength } of streams) longestStream = Math.max(longestStream, byteLength)
  }
  const blockLength = blocks[0].decodedByteLength
  return [
    longestStream,
    blockLength,
    shuffle === 'none' ? 0 : blockLength,
    shuffle === 'bit' ? blockLength : 0,
  ]
}

function workOn(chunk: Chunk, { functions, memory, regions }: Reservation): Work {
  const [input, joined, unshuffled, planes] = regions
  // Beside scratch in use the kernels may have been given another memory.
  const placeOf = (bytes: Uint8Array) => (bytes.buffer === memory.buffer ? bytes.byteOffset : undefined)
  const encodedStart = placeOf(chunk.encoded)
  const decodedStart = placeOf(chunk.decoded)
  return { ...chunk, functions, memory, encodedStart, decodedStart, input, joined, unshuffled, planes }
}

function decodeBlock(work: Work, block: BloscBlock): void {
  const { container, memory, decoded, decodedStart } = work
  const { decodedByteOffset, decodedByteLength } = block
  const target = decodedStart === undefined ? undefined : decodedStart + decodedByteOffset
  const isShuffled = hasShuffle(container, decodedByteLength)
  const joined = isShuffled ? work.joined : (target ?? work.joined)
  let at = joined
  for (const stream of block.streams) {
    decodeStream(work, stream, at)
    at += stream.decodedByteLength
  }
  const from = isShuffled ? undoShuffle(work, target ?? work.unshuffled, decodedByteLength) : joined
  if (from !== target) decoded.set(memory.subarray(from, from + decodedByteLength), decodedByteOffset)
}

/** c-blosc leaves a block as it is when its items do not fill whole bytes of bits. */
function hasShuffle({ shuffle, itemSize }: BloscContainer, byteLength: number): boolean {
  return shuffle === 'byte' || (shuffle === 'bit' && Math.floor(byteLength / itemSize) % 8 === 0)
}

/** Fills its place in the block exactly, or throws. */
function decodeStream(work: Work, stream: BloscStream, at: number): void {
  const { functions, memory, encoded, encodedStart, container, input } = work
  const bytes = encoded.subarray(stream.byteOffset, stream.byteOffset + stream.byteLength)
  if (stream.byteLength === stream.decodedByteLength) {
    memory.set(bytes, at)
    return
  }
  if (container.compressor === 'zlib') {
    memory.set(inflate(bytes, stream.decodedByteLength), at)
    return
  }
  const start = encodedStart === undefined ? input : encodedStart + stream.byteOffset
  if (encodedStart === undefined) memory.set(bytes, input)
  const pointers = { start, end: start + bytes.length, at, outputEnd: at + stream.decodedByteLength }
  if (decodeWith(container.compressor, functions, pointers) !== 0) {
    codecFailed(
      'blosc',
      `a ${container.compressor} stream does not decode to its ${stream.decodedByteLength} bytes`,
    )
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
  checkStatus('blosc', written)
  return written - (outputEnd - at)
}

/** From the joined streams to `output`, which it answers. */
function undoShuffle(work: Work, output: number, byteLength: number): number {
  const { functions, memory, container, joined, planes } = work
  const { itemSize, shuffle } = container
  const count = Math.floor(byteLength / itemSize)
  const done = count * itemSize
  if (shuffle === 'byte') functions.unshuffle(joined, output, itemSize, count)
  else functions.bitUnshuffle(joined, output, planes, itemSize, count)
  if (done < byteLength) memory.copyWithin(output + done, joined + done, joined + byteLength)
  return output
}
