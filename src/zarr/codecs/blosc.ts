// `blosc`: block by block, each stream by the fastest decoder at hand, then the shuffle undone. Only one block
// at a time is in kernel memory, so that it stays in the processor's cache and huge chunks need little of it.
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
        const work = { ...workspaceOf(reservation), encoded, container }
        for (const block of blocks) decodeBlock(work, block, decoded)
      })
      return decoded
    },
  }
}

/** One chunk being decoded. The numbers are pointers into kernel memory. */
interface Work {
  readonly functions: KernelFunctions
  readonly memory: Uint8Array
  readonly encoded: Uint8Array
  readonly container: BloscContainer
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

function workspaceOf({ functions, memory, regions }: Reservation) {
  const [input, joined, unshuffled, planes] = regions
  return { functions, memory, input, joined, unshuffled, planes }
}

function decodeBlock(work: Work, block: BloscBlock, decoded: Uint8Array): void {
  let at = work.joined
  for (const stream of block.streams) {
    decodeStream(work, stream, at)
    at += stream.decodedByteLength
  }
  const from = work.container.shuffle === 'none' ? work.joined : undoShuffle(work, block.decodedByteLength)
  decoded.set(work.memory.subarray(from, from + block.decodedByteLength), block.decodedByteOffset)
}

/** Fills its place in the block exactly, or throws. */
function decodeStream(work: Work, stream: BloscStream, at: number): void {
  const { functions, memory, encoded, container, input } = work
  const bytes = encoded.subarray(stream.byteOffset, stream.byteOffset + stream.byteLength)
  if (stream.byteLength === stream.decodedByteLength) {
    memory.set(bytes, at)
    return
  }
  if (container.compressor === 'zlib') {
    memory.set(inflate(bytes, stream.decodedByteLength), at)
    return
  }
  memory.set(bytes, input)
  const pointers = { start: input, end: input + bytes.length, at, outputEnd: at + stream.decodedByteLength }
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

/** Answers where the block now is. */
function undoShuffle(work: Work, byteLength: number): number {
  const { functions, memory, container, joined, unshuffled, planes } = work
  const { itemSize, shuffle } = container
  const count = Math.floor(byteLength / itemSize)
  // c-blosc leaves a block as it is when its items do not fill whole bytes of bits.
  if (shuffle === 'bit' && count % 8 !== 0) return joined
  const done = count * itemSize
  if (shuffle === 'byte') functions.unshuffle(joined, unshuffled, itemSize, count)
  else functions.bitUnshuffle(joined, unshuffled, planes, itemSize, count)
  if (done < byteLength) memory.copyWithin(unshuffled + done, joined + done, joined + byteLength)
  return unshuffled
}
