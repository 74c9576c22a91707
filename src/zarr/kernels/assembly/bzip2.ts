// bzip2 streams: Huffman codes, move-to-front, Burrows-Wheeler, run lengths, and their checksums.
// Names follow libbzip2 1.0 where they help; randomised blocks (bzip2 0.9 of 1997) are refused.

const BLOCK_MAGIC: u64 = 0x314159265359
const END_MAGIC: u64 = 0x177245385090
const MAX_CODE_LENGTH: u32 = 20
const GROUP_SIZE: u32 = 50
const MAX_SELECTORS: u32 = 18002
const MAX_SYMBOLS: usize = 258

// Per coding table: `limit` and `base` by code length (24 x i32 each), the symbols in code order (260 x u16).
const TABLE_LENGTH: usize = 24 * 4 * 2 + 260 * 2
const TABLES: usize = memory.data(4272, 16)
const MIN_LENGTHS: usize = memory.data(8)
const LENGTHS: usize = memory.data(260)
const SELECTORS: usize = memory.data(18002)
const FRONT: usize = memory.data(256, 16)
const COUNTS: usize = memory.data(1024, 16)
const CRC_TABLE: usize = memory.data(1024, 16)

const DAMAGED: i32 = -1
const CHECKSUM_WRONG: i32 = -2
const OUTPUT_FULL: i32 = -3

let ip: usize = 0
let ipEnd: usize = 0
let bitBuffer: u64 = 0
let bitCount: u32 = 0
let isOverrun = false

@inline
function refill(): void {
  while (bitCount <= 56 && ip < ipEnd) {
    bitBuffer = (bitBuffer << 8) | <u64>load<u8>(ip++)
    bitCount += 8
  }
}

/** Up to 32 bits, the first one highest. */
function readBits(count: u32): u32 {
  refill()
  if (bitCount < count) {
    isOverrun = true
    return 0
  }
  bitCount -= count
  return <u32>((bitBuffer >> bitCount) & ((<u64>1 << count) - 1))
}

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

/** Which coding table each group of 50 symbols uses, move-to-front coded. Answers their number, 0 if damaged. */
function readSelectors(tableCount: u32): u32 {
  const count = readBits(15)
  let order: u32 = 0x543210
  for (let i: u32 = 0; i < count; i++) {
    let position: u32 = 0
    while (readBits(1)) {
      if (++position >= tableCount) return 0
    }
    if (isOverrun) return 0
    const shift = position << 2
    const table = (order >>> shift) & 15
    const below = order & ((1 << shift) - 1)
    order = (order & ~((1 << (shift + 4)) - 1)) | (below << 4) | table
    // Selectors beyond what a block can use are read and dropped, as libbzip2 does.
    if (i < MAX_SELECTORS) store<u8>(SELECTORS + i, <u8>table)
  }
  return count < MAX_SELECTORS ? count : MAX_SELECTORS
}

function readTable(number: usize, symbolCount: u32): bool {
  let length = readBits(5)
  for (let i: usize = 0; i < symbolCount; i++) {
    while (true) {
      if (length < 1 || length > MAX_CODE_LENGTH || isOverrun) return false
      if (!readBits(1)) break
      if (readBits(1)) length--
      else length++
    }
    store<u8>(LENGTHS + i, <u8>length)
  }
  return buildTable(number, symbolCount)
}

/** Canonical codes: all codes of one length follow each other, in the order of their symbols. */
function buildTable(number: usize, symbolCount: u32): bool {
  const limit = TABLES + number * TABLE_LENGTH
  const base = limit + 96
  const symbols = base + 96
  let code: i32 = 0
  let offset: i32 = 0
  let shortest: u32 = 0
  for (let length: u32 = 1; length <= MAX_CODE_LENGTH; length++) {
    const first = code
    const firstOffset = offset
    for (let i: usize = 0; i < symbolCount; i++) {
      if (<u32>load<u8>(LENGTHS + i) != length) continue
      store<u16>(symbols + (<usize>offset << 1), <u16>i)
      offset++
      code++
    }
    if (code > 1 << length) return false
    if (shortest == 0 && offset > 0) shortest = length
    store<i32>(limit + (length << 2), code - 1)
    store<i32>(base + (length << 2), first - firstOffset)
    code <<= 1
  }
  store<u8>(MIN_LENGTHS + number, <u8>shortest)
  return true
}

/** The next symbol by coding table `number`, or -1. */
@inline
function readSymbol(number: usize): i32 {
  refill()
  // Bits beyond the end of the input read as zeros; using one is found below.
  const window = bitCount >= 20 ? <u32>(bitBuffer >> (bitCount - 20)) & 0xfffff : <u32>(bitBuffer << (20 - bitCount)) & 0xfffff
  const limit = TABLES + number * TABLE_LENGTH
  let length = <u32>load<u8>(MIN_LENGTHS + number)
  while (length <= MAX_CODE_LENGTH && <i32>(window >>> (20 - length)) > load<i32>(limit + (length << 2))) length++
  if (length > MAX_CODE_LENGTH || length > bitCount) return -1
  bitCount -= length
  const position = <i32>(window >>> (20 - length)) - load<i32>(limit + 96 + (length << 2))
  if (<u32>position >= <u32>MAX_SYMBOLS) return -1
  return <i32>load<u16>(limit + 192 + (<usize>position << 1))
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
  ip = input
  ipEnd = inputEnd
  bitCount = 0
  let op = output
  do {
    // A stream begins on a whole byte: give back what was read ahead.
    ip -= bitCount >>> 3
    bitBuffer = 0
    bitCount = 0
    isOverrun = false
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
  } while (inputEnd - (ip - <usize>(bitCount >>> 3)) > 0)
  return <i32>(op - output)
}
