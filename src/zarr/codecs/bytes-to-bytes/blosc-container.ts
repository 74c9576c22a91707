// The container of c-blosc 1 (README_HEADER.rst): a header of 16 bytes, the start of every block, and blocks
// of one or several compressed streams. Every length and offset is checked here, before anything is decoded.
import type { OutputBound } from '../interface/codec.js'
import { codecFailed, codecUnsupported } from '../interface/failures.js'
import { checkBound } from '../interface/sizes.js'

const HEADER_LENGTH = 16
const FORMAT_VERSION = 2
/** Blocks are split into one stream per byte of an item only up to this item size, and from this many items. */
const MAX_SPLITS = 16
const MIN_SPLIT_ITEMS = 128
const MAX_BLOCK_BYTES = 2 ** 31 - 1

const COMPRESSORS = ['blosclz', 'lz4', 'snappy', 'zlib', 'zstd'] as const
export type BloscCompressor = (typeof COMPRESSORS)[number]

/** One compressed stream; stored as it is when both lengths are equal. */
export interface BloscStream {
  readonly byteOffset: number
  readonly byteLength: number
  readonly decodedByteLength: number
}

export interface BloscBlock {
  readonly decodedByteOffset: number
  readonly decodedByteLength: number
  readonly streams: readonly BloscStream[]
}

export interface BloscContainer {
  readonly decodedByteLength: number
  readonly itemSize: number
  readonly shuffle: 'none' | 'byte' | 'bit'
  readonly compressor: BloscCompressor
  /** Where the bytes lie when they are stored uncompressed; then there are no blocks. */
  readonly storedByteOffset: number | undefined
  readonly blocks: readonly BloscBlock[]
}

interface BloscHeader {
  readonly flags: number
  readonly itemSize: number
  readonly decodedByteLength: number
  readonly blockSize: number
}

/** The decoded length that the header declares. */
export function bloscByteLength(encoded: Uint8Array): number | undefined {
  if (encoded.length < 8) return undefined
  return new DataView(encoded.buffer, encoded.byteOffset).getUint32(4, true)
}

/** Throws CODEC_FAILED for anything that c-blosc 1 does not write, or that exceeds `bound`. */
export function parseBloscContainer(encoded: Uint8Array, bound: OutputBound): BloscContainer {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length)
  const header = readHeader(view, bound)
  const { flags, itemSize, decodedByteLength } = header
  const compressor = COMPRESSORS[flags >> 5]
  const shuffle = (flags & 0x01) !== 0 && itemSize > 1 ? 'byte' : (flags & 0x04) !== 0 ? 'bit' : 'none'
  const isStored = (flags & 0x02) !== 0
  if (isStored && encoded.length !== decodedByteLength + HEADER_LENGTH) {
    codecFailed(
      'blosc',
      `expected ${decodedByteLength} stored bytes, found ${encoded.length - HEADER_LENGTH}`,
    )
  }
  if (!isStored && compressor === undefined)
    codecUnsupported('blosc', `compressor number ${flags >> 5} is not known`)
  return {
    decodedByteLength,
    itemSize,
    shuffle,
    compressor,
    storedByteOffset: isStored ? HEADER_LENGTH : undefined,
    blocks: isStored || decodedByteLength === 0 ? [] : readBlocks(view, header),
  }
}

function readHeader(view: DataView, bound: OutputBound): BloscHeader {
  if (view.byteLength < HEADER_LENGTH) {
    codecFailed('blosc', `expected a header of 16 bytes, found ${view.byteLength}`)
  }
  const version = view.getUint8(0) // versions of the format and, in the next byte, of the compressor's
  if (version !== FORMAT_VERSION) codecFailed('blosc', `expected format version 2, found ${version}`)
  const flags = view.getUint8(2)
  const itemSize = view.getUint8(3)
  const decodedByteLength = view.getUint32(4, true)
  const blockSize = view.getUint32(8, true)
  const encodedByteLength = view.getUint32(12, true)
  if (encodedByteLength !== view.byteLength) {
    codecFailed('blosc', `the header says ${encodedByteLength} bytes, found ${view.byteLength}`)
  }
  checkBound('blosc', decodedByteLength, bound)
  if ((flags & 0x08) !== 0) codecFailed('blosc', 'a reserved flag of the header is set')
  if (itemSize === 0) codecFailed('blosc', 'the header says items of 0 bytes')
  if (
    decodedByteLength > 0 &&
    (blockSize === 0 || blockSize > Math.min(decodedByteLength, MAX_BLOCK_BYTES))
  ) {
    codecFailed('blosc', `the header says blocks of ${blockSize} bytes for ${decodedByteLength} bytes`)
  }
  return { flags, itemSize, decodedByteLength, blockSize }
}

function readBlocks(view: DataView, header: BloscHeader): BloscBlock[] {
  const { decodedByteLength, blockSize } = header
  const count = Math.ceil(decodedByteLength / blockSize)
  const startsEnd = HEADER_LENGTH + 4 * count
  if (startsEnd > view.byteLength) {
    codecFailed(
      'blosc',
      `expected the starts of ${count} blocks, found ${view.byteLength - HEADER_LENGTH} bytes`,
    )
  }
  const blocks: BloscBlock[] = []
  for (let number = 0; number < count; number++) {
    const start = view.getUint32(HEADER_LENGTH + 4 * number, true)
    if (start < startsEnd || start >= view.byteLength) {
      codecFailed(
        'blosc',
        `block ${number} starts at ${start}, outside of ${startsEnd} to ${view.byteLength}`,
      )
    }
    const decodedByteOffset = number * blockSize
    const length = Math.min(blockSize, decodedByteLength - decodedByteOffset)
    const streams = readStreams(view, start, { length, count: streamCount(header, length) })
    blocks.push({ decodedByteOffset, decodedByteLength: length, streams })
  }
  return blocks
}

/** The last, shorter block is never split; neither is any block of an archive with the "don't split" flag. */
function streamCount({ flags, itemSize, blockSize }: BloscHeader, blockLength: number): number {
  const isSplit =
    (flags & 0x10) === 0 &&
    itemSize <= MAX_SPLITS &&
    Math.floor(blockSize / itemSize) >= MIN_SPLIT_ITEMS &&
    blockLength === blockSize
  return isSplit ? itemSize : 1
}

function readStreams(
  view: DataView,
  start: number,
  block: { readonly length: number; readonly count: number },
): BloscStream[] {
  // A block that its item size does not divide leaves bytes that no stream of c-blosc covers.
  const decodedByteLength = Math.floor(block.length / block.count)
  if (decodedByteLength * block.count !== block.length) {
    codecFailed('blosc', `a block of ${block.length} bytes cannot be split into ${block.count} streams`)
  }
  const streams: BloscStream[] = []
  let at = start
  for (let number = 0; number < block.count; number++) {
    if (at + 4 > view.byteLength) codecFailed('blosc', 'a stream begins after the end of the chunk')
    const byteLength = view.getUint32(at, true)
    at += 4
    if (byteLength === 0 || byteLength > view.byteLength - at) {
      codecFailed('blosc', `a stream of ${byteLength} bytes at ${at} leaves the chunk of ${view.byteLength}`)
    }
    streams.push({ byteOffset: at, byteLength, decodedByteLength })
    at += byteLength
  }
  return streams
}
