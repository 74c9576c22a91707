// bzip2 streams: Huffman codes, move-to-front, Burrows-Wheeler, run lengths, and their checksums.
// Names follow libbzip2 1.0 where they help; randomised blocks (bzip2 0.9 of 1997) are refused.
import {
  bytePosition,
  isOverrun,
  readBits,
  readSelectors,
  readSymbol,
  readTable,
  SELECTORS,
  startBits,
} from './bzip2-codes'

const BLOCK_MAGIC: u64 = 0x314159265359
const END_MAGIC: u64 = 0x177245385090
const GROUP_SIZE: u32 = 50

const FRONT: usize = memory.data(256, 16)
const COUNTS: usize = memory.data(1024, 16)
const CRC_TABLE: usize = memory.data(1024, 16)

const DAMAGED: i32 = -1
const CHECKSUM_WRONG: i32 = -2
const OUTPUT_FULL: i32 = -3

function readMagic(): u64 {
  const high = <u64>readBits(24)
  return (high << 24) | <u64>readBits(24)
}

function buildCrcTable(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let crc = i << 24
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
    store<u32>(CRC_TABLE + (i << 2), crc)
  }
}

/** The symbols in use, as a list of bytes for move-to-front; 0 when none is. */
function readSymbolMap(): u32 {
  const used = readBits(16)
  let count: u32 = 0
  for (let i: u32 = 0; i < 16; i++) {
    if (!(used & (0x8000 >>> i))) continue
    const row = readBits(16)
    for (let j: u32 = 0; j < 16; j++) {
      if (row & (0x8000 >>> j)) store<u8>(FRONT + count++, <u8>((i << 4) + j))
    }
  }
  return count
}

/** Moves the byte at `position` of the list to its front. */
@inline
function moveToFront(position: usize): u32 {
  const byte = load<u8>(FRONT + position)
  memory.copy(FRONT + 1, FRONT, position)
  store<u8>(FRONT, byte)
  return <u32>byte
}

/** Bytes of the block, one per u32 of `work`, and their counts. Answers how many, or -1. */
function readBlockBytes(work: usize, blockSize: u32, selectorCount: u32, usedCount: u32): i32 {
  const endOfBlock = <i32>usedCount + 1
  memory.fill(COUNTS, 0, 1024)
  let count: u32 = 0
  let group: u32 = 0
  let left: u32 = 0
  let table: usize = 0
  let run: u32 = 0
  let runBit: u32 = 0
  while (true) {
    if (left == 0) {
      if (group >= selectorCount) return -1
      table = <usize>load<u8>(SELECTORS + group++)
      left = GROUP_SIZE
    }
    left--
    const symbol = readSymbol(table)
    if (symbol < 0) return -1
    if (symbol <= 1) {
      // RUNA and RUNB: digits 1 and 2 of a length in base two, lowest first.
      if (runBit > 20) return -1
      run += (<u32>symbol + 1) << runBit++
      continue
    }
    if (run > 0) {
      if (run > blockSize - count) return -1
      const byte = <u32>load<u8>(FRONT)
      store<u32>(COUNTS + (byte << 2), load<u32>(COUNTS + (byte << 2)) + run)
      for (; run > 0; run--) store<u32>(work + (count++ << 2), byte)
      runBit = 0
    }
    if (symbol == endOfBlock) return <i32>count
    if (symbol > endOfBlock || count >= blockSize) return -1
    const byte = moveToFront(<usize>symbol - 1)
    store<u32>(COUNTS + (byte << 2), load<u32>(COUNTS + (byte << 2)) + 1)
    store<u32>(work + (count++ << 2), byte)
  }
}

/** Links every byte (low 8 bits of `work`) with the position of its successor (upper 24 bits). */
function linkBytes(work: usize, count: u32): void {
  let sum: u32 = 0
  for (let i: usize = 0; i < 1024; i += 4) {
    const ofByte = load<u32>(COUNTS + i)
    store<u32>(COUNTS + i, sum)
    sum += ofByte
  }
  for (let i: u32 = 0; i < count; i++) {
    const counter = COUNTS + (<usize>load<u8>(work + (i << 2)) << 2)
    const position = load<u32>(counter)
    store<u32>(counter, position + 1)
    const at = work + (position << 2)
    store<u32>(at, load<u32>(at) | (i << 8))
  }
}

let crcOfBlock: u32 = 0

/** Follows the links and undoes the run lengths. Answers where the output now ends, or 0 when it is full. */
function writeBlock(work: usize, count: u32, origin: u32, output: usize, outputEnd: usize): usize {
  let op = output
  let crc: u32 = 0xffffffff
  let previous: u32 = 256
  let repeats: u32 = 0
  let position = load<u32>(work + (origin << 2)) >>> 8
  for (let i: u32 = 0; i < count; i++) {
    const entry = load<u32>(work + (position << 2))
    position = entry >>> 8
    const byte = entry & 255
    let times: u32 = 1
    let value = byte
    if (repeats == 4) {
      // After four equal bytes comes the number of further ones.
      times = byte
      value = previous
      repeats = 0
      previous = 256
    } else if (byte == previous) {
      repeats++
    } else {
      previous = byte
      repeats = 1
    }
    if (<usize>times > outputEnd - op) return 0
    for (; times > 0; times--) {
      store<u8>(op++, <u8>value)
      crc = (crc << 8) ^ load<u32>(CRC_TABLE + (((crc >>> 24) ^ value) << 2))
    }
  }
  crcOfBlock = ~crc
  return op
}

/** One block after its magic. Answers where the output now ends, or a negative status. */
function readBlock(work: usize, blockSize: u32, output: usize, outputEnd: usize): isize {
  const storedCrc = readBits(32)
  const isRandomised = readBits(1)
  const origin = readBits(24)
  const usedCount = readSymbolMap()
  const tableCount = readBits(3)
  if (isRandomised || usedCount == 0 || tableCount < 2 || tableCount > 6) return DAMAGED
  const selectorCount = readSelectors(tableCount)
  if (selectorCount == 0) return DAMAGED
  for (let table: usize = 0; table < tableCount; table++) {
    if (!readTable(table, usedCount + 2)) return DAMAGED
  }
  const count = readBlockBytes(work, blockSize, selectorCount, usedCount)
  if (count < 1 || origin >= <u32>count) return DAMAGED
  linkBytes(work, <u32>count)
  const end = writeBlock(work, <u32>count, origin, output, outputEnd)
  if (end == 0) return OUTPUT_FULL
  return crcOfBlock == storedCrc ? <isize>end : CHECKSUM_WRONG
}

/**
 * All streams of [input, inputEnd). `work` has room for 900,000 u32. Answers the bytes written, or
 * -1 damaged, -2 a checksum does not match, -3 the output is too small.
 */
export function bzip2Decode(input: usize, inputEnd: usize, work: usize, output: usize, outputEnd: usize): i32 {
  if (load<u32>(CRC_TABLE + 4) == 0) buildCrcTable()
  let op = output
  let start = input
  do {
    startBits(start, inputEnd)
    if (readBits(24) != 0x425a68) return DAMAGED // "BZh"
    const level = readBits(8) - 0x30
    if (level < 1 || level > 9) return DAMAGED
    let combinedCrc: u32 = 0
    while (true) {
      const magic = readMagic()
      if (magic == END_MAGIC) break
      if (magic != BLOCK_MAGIC || isOverrun) return DAMAGED
      const end = readBlock(work, level * 100000, op, outputEnd)
      if (end < 0) return <i32>end
      op = <usize>end
      combinedCrc = rotl<u32>(combinedCrc, 1) ^ crcOfBlock
    }
    const storedCrc = readBits(32)
    if (isOverrun) return DAMAGED
    if (storedCrc != combinedCrc) return CHECKSUM_WRONG
    // The next stream begins on a whole byte.
    start = bytePosition()
  } while (start < inputEnd)
  return <i32>(op - output)
}
