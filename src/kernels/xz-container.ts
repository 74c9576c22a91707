// The container of .xz files (xz-file-format 1.2): streams of blocks, each behind a header that names its
// filters and before a check; an index at the end. Every size is checked before it is used.
import { crc32 } from '../crc32.js'
import { lzmaFailed, lzmaUnsupported } from './lzma-errors.js'
import { type Lzma2Plan, planLzma2 } from './lzma2.js'

const STREAM_HEADER = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] // "\xFD7zXZ\0"
const STREAM_HEADER_LENGTH = 12
const STREAM_FOOTER_LENGTH = 12
const FILTER_DELTA = 0x03
const FILTER_LZMA2 = 0x21

export type XzCheck = 'none' | 'crc32' | 'crc64' | 'sha256'
const CHECKS: Readonly<Record<number, { readonly check: XzCheck; readonly length: number }>> = {
  0: { check: 'none', length: 0 },
  1: { check: 'crc32', length: 4 },
  4: { check: 'crc64', length: 8 },
  10: { check: 'sha256', length: 32 },
}

export interface XzBlock {
  readonly plan: Lzma2Plan
  /** Distances of delta filters, in the order they were applied when written. */
  readonly deltaDistances: readonly number[]
  readonly check: XzCheck
  readonly storedCheck: Uint8Array
}

export function isXz(bytes: Uint8Array): boolean {
  return STREAM_HEADER.every((byte, i) => bytes[i] === byte)
}

/** The blocks of all streams. */
export function readXzBlocks(bytes: Uint8Array): XzBlock[] {
  const blocks: XzBlock[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  while (at < bytes.length) {
    at = readStream(bytes, view, { at, blocks })
    // Stream padding: zeros in fours.
    while (at + 4 <= bytes.length && view.getUint32(at) === 0) at += 4
  }
  return blocks
}

interface StreamPlace {
  readonly at: number
  readonly blocks: XzBlock[]
}

function readStream(bytes: Uint8Array, view: DataView, { at: start, blocks }: StreamPlace): number {
  const flags = readStreamFlags(bytes, view, start)
  const { check, length } = flags
  const sizes: IndexRecord[] = []
  let at = start + STREAM_HEADER_LENGTH
  for (;;) {
    if (at >= bytes.length) return cutShort()
    if (bytes[at] === 0) break
    const header = readBlockHeader(bytes, view, at)
    const plan = planLzma2(bytes, header.end)
    const padded = plan.end + ((4 - ((plan.end - at) % 4)) % 4)
    const end = padded + length
    if (end > bytes.length) return cutShort()
    if (!bytes.subarray(plan.end, padded).every(byte => byte === 0))
      lzmaFailed('the padding of a block is not zero')
    checkDeclared(header, plan)
    blocks.push({
      plan,
      deltaDistances: header.deltaDistances,
      check,
      storedCheck: bytes.subarray(padded, end),
    })
    sizes.push({ unpadded: plan.end - at + length, uncompressed: plan.decodedByteLength })
    at = end
  }
  const indexEnd = checkIndex(bytes, view, { at, sizes })
  checkFooter(bytes, view, { at: indexEnd, indexLength: indexEnd - at, streamStart: start })
  return indexEnd + STREAM_FOOTER_LENGTH
}

function readStreamFlags(bytes: Uint8Array, view: DataView, at: number): { check: XzCheck; length: number } {
  if (at + STREAM_HEADER_LENGTH > bytes.length) return cutShort()
  if (!isXz(bytes.subarray(at))) return lzmaFailed('the header of a stream is missing')
  if (crc32(bytes.subarray(at + 6, at + 8)) !== view.getUint32(at + 8, true))
    lzmaFailed('the header is damaged')
  const found = CHECKS[bytes[at + 7]]
  if (bytes[at + 6] !== 0 || found === undefined)
    lzmaUnsupported(`the check ${bytes[at + 7]} is not supported`)
  return found
}

interface BlockHeader {
  readonly end: number
  readonly compressed: number | undefined
  readonly uncompressed: number | undefined
  readonly deltaDistances: readonly number[]
}

function readBlockHeader(bytes: Uint8Array, view: DataView, at: number): BlockHeader {
  const end = at + (bytes[at] + 1) * 4
  if (end > bytes.length) return cutShort()
  if (crc32(bytes.subarray(at, end - 4)) !== view.getUint32(end - 4, true))
    lzmaFailed('the header of a block is damaged')
  const reader = new IntegerReader(bytes.subarray(0, end - 4), at + 2)
  const flags = bytes[at + 1]
  if ((flags & 0x3c) !== 0) lzmaUnsupported('a block has flags that are not supported')
  const compressed = (flags & 0x40) !== 0 ? reader.read() : undefined
  const uncompressed = (flags & 0x80) !== 0 ? reader.read() : undefined
  const deltaDistances: number[] = []
  const filterCount = (flags & 3) + 1
  for (let i = 0; i < filterCount; i++) {
    const id = reader.read()
    const properties = reader.readBytes(reader.read())
    const isLast = i === filterCount - 1
    if (id === FILTER_DELTA && !isLast && properties.length === 1) deltaDistances.push(properties[0] + 1)
    else if (id !== FILTER_LZMA2 || !isLast)
      lzmaUnsupported(`the filter 0x${id.toString(16)} is not supported`)
  }
  return { end, compressed, uncompressed, deltaDistances }
}

function checkDeclared({ end, compressed, uncompressed }: BlockHeader, plan: Lzma2Plan): void {
  if (compressed !== undefined && compressed !== plan.end - end)
    lzmaFailed('a block is not as long as its header says')
  if (uncompressed !== undefined && uncompressed !== plan.decodedByteLength) {
    lzmaFailed('a block does not decode to the length its header says')
  }
}

interface IndexRecord {
  readonly unpadded: number
  readonly uncompressed: number
}

/** The index must repeat what the blocks were found to be. Answers where it ends. */
function checkIndex(
  bytes: Uint8Array,
  view: DataView,
  { at, sizes }: { readonly at: number; readonly sizes: readonly IndexRecord[] },
): number {
  const reader = new IntegerReader(bytes, at + 1)
  if (reader.read() !== sizes.length) lzmaFailed('the index has another number of blocks')
  for (const { unpadded, uncompressed } of sizes) {
    if (reader.read() !== unpadded || reader.read() !== uncompressed)
      lzmaFailed('the index does not match its blocks')
  }
  const crcAt = reader.at + ((4 - ((reader.at - at) % 4)) % 4)
  if (crcAt + 4 > bytes.length) return cutShort()
  if (crc32(bytes.subarray(at, crcAt)) !== view.getUint32(crcAt, true)) lzmaFailed('the index is damaged')
  return crcAt + 4
}

interface FooterPlace {
  readonly at: number
  readonly indexLength: number
  readonly streamStart: number
}

function checkFooter(bytes: Uint8Array, view: DataView, { at, indexLength, streamStart }: FooterPlace): void {
  if (at + STREAM_FOOTER_LENGTH > bytes.length) cutShort()
  const isRight =
    crc32(bytes.subarray(at + 4, at + 10)) === view.getUint32(at, true) &&
    (view.getUint32(at + 4, true) + 1) * 4 === indexLength &&
    view.getUint16(at + 8) === view.getUint16(streamStart + 6) &&
    view.getUint16(at + 10) === 0x595a // "YZ"
  if (!isRight) lzmaFailed('the footer of a stream is damaged')
}

/** Reads integers of 7 bits a byte, lowest first, up to 2^53. */
class IntegerReader {
  readonly #bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  read(): number {
    let value = 0
    for (let power = 0; power < 9; power++) {
      if (this.at >= this.#bytes.length) return cutShort()
      const byte = this.#bytes[this.at++]
      value += (byte & 0x7f) * 2 ** (7 * power)
      if ((byte & 0x80) !== 0) continue
      return Number.isSafeInteger(value) ? value : lzmaFailed('a number is too large')
    }
    return lzmaFailed('a number is too long')
  }

  readBytes(length: number): Uint8Array {
    if (length > this.#bytes.length - this.at) return cutShort()
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }
}

function cutShort(): never {
  return lzmaFailed('the .xz data is cut short')
}
