// `blosc`: block by block, each stream by the fastest decoder at hand, then the shuffle undone. Only one block
// at a time is worked on, so that it stays in the processor's cache and huge chunks need little kernel memory;
// what lies in kernel memory already (scratch) is decoded from where it is, and to where it goes.
import zlib from 'node:zlib'
import { type KernelFunctions, type Reservation, withKernels } from '../../../kernels/kernels.js'
import type { ByteSpan, BytesToBytesCodec } from '../interface/codec.js'
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

const POINTER_BYTES = 4

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
    decode(encoded, bound, allocate, needed) {
      const container = parseBloscContainer(encoded, bound)
      const { storedByteOffset, decodedByteLength, blocks } = container
      if (storedByteOffset !== undefined) return encoded.subarray(storedByteOffset)
      if (decodedByteLength === 0) return new Uint8Array(0)
      const decoded = allocate(decodedByteLength)
      withKernels(regionsFor(container), reservation => {
        const work = new Work({ encoded, decoded, container }, reservation)
        for (const block of blocks) if (isNeeded(block, needed)) decodeBlock(work, block)
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
  readonly words: Uint32Array
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
  /** Where the pointers to the planes of a block lie, one for each byte of an item. */
  readonly table: number

  constructor(
    { encoded, decoded, container }: Pick<Work, 'encoded' | 'decoded' | 'container'>,
    { functions, memory, words, regions }: Reservation,
  ) {
    this.encoded = encoded
    this.decoded = decoded
    this.container = container
    this.functions = functions
    this.memory = memory
    this.words = words
    // Beside scratch in use the kernels may have been given another memory.
    this.encodedStart = encoded.buffer === memory.buffer ? encoded.byteOffset : undefined
    this.decodedStart = decoded.buffer === memory.buffer ? decoded.byteOffset : undefined
    this.input = regions[0]
    this.joined = regions[1]
    this.unshuffled = regions[2]
    this.planes = regions[3]
    this.table = regions[4]
  }
}

function regionsFor({ blocks, shuffle, itemSize }: BloscContainer): number[] {
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
    shuffle === 'byte' ? POINTER_BYTES * itemSize : 0,
  ]
}

function decodeBlock(work: Work, block: BloscBlock): void {
  const { container, memory, decoded, decodedStart, joined, unshuffled } = work
  const { decodedByteOffset, decodedByteLength, streams } = block
  const target = decodedStart === undefined ? undefined : decodedStart + decodedByteOffset
  let from = target ?? joined
  if (container.shuffle === 'byte') from = unshuffleBytes(work, block, target ?? unshuffled)
  else if (hasBitShuffle(container, decodedByteLength)) {
    joinStreams(work, streams, joined)
    from = unshuffleBits(work, target ?? unshuffled, decodedByteLength)
  } else joinStreams(work, streams, from)
  if (from !== target) decoded.set(memory.subarray(from, from + decodedByteLength), decodedByteOffset)
}

/** c-blosc leaves a block as it is when its items do not fill whole bytes of bits. */
function hasBitShuffle({ shuffle, itemSize }: BloscContainer, byteLength: number): boolean {
  return shuffle === 'bit' && Math.floor(byteLength / itemSize) % 8 === 0
}

/** The streams of a block, decoded one behind the other. */
function joinStreams(work: Work, streams: readonly BloscStream[], start: number): void {
  let at = start
  for (const stream of streams) {
    const found = placeStream(work, stream, at)
    if (found !== at) work.memory.copyWithin(at, found, found + stream.decodedByteLength)
    at += stream.decodedByteLength
  }
}

/** To `output`, which it answers. A plane that is stored as it is is taken from where it lies. */
function unshuffleBytes(work: Work, { decodedByteLength, streams }: BloscBlock, output: number): number {
  const { functions, memory, container, joined, table, words } = work
  const { itemSize } = container
  const count = Math.floor(decodedByteLength / itemSize)
  const done = count * itemSize
  const first = table / POINTER_BYTES
  if (streams.length === itemSize) {
    for (const [plane, stream] of streams.entries()) {
      words[first + plane] = placeStream(work, stream, joined + plane * count)
    }
  } else {
    const start = placeStream(work, streams[0], joined)
    for (let plane = 0; plane < itemSize; plane++) words[first + plane] = start + plane * count
    // Behind the last whole item nothing was shuffled.
    memory.copyWithin(output + done, start + done, start + decodedByteLength)
  }
  functions.unshufflePlanes(table, output, itemSize, count)
  return output
}

/** From the joined streams to `output`, which it answers. */
function unshuffleBits(work: Work, output: number, byteLength: number): number {
  const { functions, memory, container, joined, planes } = work
  const count = Math.floor(byteLength / container.itemSize)
  const done = count * container.itemSize
  functions.bitUnshuffle(joined, output, planes, container.itemSize, count)
  if (done < byteLength) memory.copyWithin(output + done, joined + done, joined + byteLength)
  return output
}

/** Where the stream's decoded bytes lie, in full: at `at`, or where they were read to. Throws otherwise. */
function placeStream(work: Work, stream: BloscStream, at: number): number {
  const { functions, memory, encoded, encodedStart, container, input } = work
  const bytes = encoded.subarray(stream.byteOffset, stream.byteOffset + stream.byteLength)
  if (stream.byteLength === stream.decodedByteLength) {
    if (encodedStart !== undefined) return encodedStart + stream.byteOffset
    memory.set(bytes, at)
    return at
  }
  if (container.compressor === 'zlib') {
    memory.set(inflate(bytes, stream.decodedByteLength), at)
    return at
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
  return at
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
