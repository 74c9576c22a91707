// The outside of zstd data (RFC 8878): frames, skippable frames, block headers. Gives the sizes that bound a
// decoder before it runs; decodes nothing.
import { codecFailed } from '../interface/failures.js'

const FRAME_MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const MAX_BLOCK_BYTES = 128 * 1024

export interface ZstdFrame {
  readonly byteOffset: number
  readonly byteLength: number
  /** What the frame decodes to, if its header says so. */
  readonly contentByteLength: number | undefined
  /** The most it can decode to, from the headers of its blocks. */
  readonly maxByteLength: number
  readonly windowByteLength: number
}

/** All frames that hold content, in order. Throws CODEC_FAILED when they do not fill `encoded` exactly. */
export function readZstdFrames(codec: string, encoded: Uint8Array): ZstdFrame[] {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length)
  const frames: ZstdFrame[] = []
  let at = 0
  while (at < encoded.length) {
    if (at + 8 > encoded.length) return truncated(codec)
    const magic = view.getUint32(at, true)
    if (magic === FRAME_MAGIC) {
      const frame = readFrame(codec, view, at)
      frames.push(frame)
      at += frame.byteLength
    } else if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4) {
      at += 8 + view.getUint32(at + 4, true)
    } else {
      codecFailed(codec, `expected a zstd frame at byte ${at}, found 0x${magic.toString(16)}`)
    }
  }
  if (at !== encoded.length || frames.length === 0) return truncated(codec)
  return frames
}

function readFrame(codec: string, view: DataView, start: number): ZstdFrame {
  const descriptor = view.getUint8(start + 4) // 3.1.1.1.1 Frame_Header_Descriptor
  const isSingleSegment = (descriptor & 0x20) !== 0
  const hasChecksum = (descriptor & 0x04) !== 0
  const dictionaryLength = [0, 1, 2, 4][descriptor & 3]
  const contentLength = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]
  const windowAt = start + 5
  const contentAt = windowAt + (isSingleSegment ? 0 : 1) + dictionaryLength
  const blocksAt = contentAt + contentLength
  if (blocksAt > view.byteLength) return truncated(codec)
  const contentByteLength = readContentSize(view, contentAt, contentLength)
  const windowByteLength = isSingleSegment ? (contentByteLength ?? 0) : windowSize(view.getUint8(windowAt))
  const blocks = measureBlocks(codec, view, blocksAt)
  const end = blocks.end + (hasChecksum ? 4 : 0)
  if (end > view.byteLength) return truncated(codec)
  return {
    byteOffset: start,
    byteLength: end - start,
    contentByteLength,
    maxByteLength: blocks.maxByteLength,
    windowByteLength,
  }
}

/** 3.1.1.1.4 Frame_Content_Size; 2-byte sizes are counted from 256. */
function readContentSize(view: DataView, at: number, length: number): number | undefined {
  if (length === 0) return undefined
  if (length === 1) return view.getUint8(at)
  if (length === 2) return view.getUint16(at, true) + 256
  if (length === 4) return view.getUint32(at, true)
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}

/** 3.1.1.1.2 Window_Descriptor. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function measureBlocks(codec: string, view: DataView, start: number): { end: number; maxByteLength: number } {
  let at = start
  let maxByteLength = 0
  for (;;) {
    if (at + 3 > view.byteLength) return truncated(codec)
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16) // 3.1.1.2 Block_Header
    const type = (header >> 1) & 3
    const size = header >>> 3
    if (type === 3) codecFailed(codec, `a zstd block at byte ${at} is of the reserved type`)
    maxByteLength += type === 2 ? MAX_BLOCK_BYTES : size
    at += 3 + (type === 1 ? 1 : size)
    if (at > view.byteLength) return truncated(codec)
    if ((header & 1) === 1) return { end: at, maxByteLength }
  }
}

function truncated(codec: string): never {
  return codecFailed(codec, 'the zstd data is cut short')
}
