// The bits of a bzip2 stream and the Huffman codes made of them: selectors, coding tables, symbols.

const MAX_CODE_LENGTH: u32 = 20
const MAX_SELECTORS: u32 = 18002
const MAX_SYMBOLS: usize = 258

// Per coding table: `limit` and `base` by code length (24 x i32 each), the symbols in code order (260 x u16).
const TABLE_LENGTH: usize = 24 * 4 * 2 + 260 * 2
const TABLES: usize = memory.data(4272, 16)
const MIN_LENGTHS: usize = memory.data(8)
const LENGTHS: usize = memory.data(260)
export const SELECTORS: usize = memory.data(18002)

let ip: usize = 0
let ipEnd: usize = 0
let bitBuffer: u64 = 0
let bitCount: u32 = 0
/** Set once more bits were asked for than there are. */
export let isOverrun = false

export function startBits(input: usize, inputEnd: usize): void {
  ip = input
  ipEnd = inputEnd
  bitBuffer = 0
  bitCount = 0
  isOverrun = false
}

/** The next byte of which no bit was used. */
export function bytePosition(): usize {
  return ip - <usize>(bitCount >>> 3)
}

@inline
function refill(): void {
  while (bitCount <= 56 && ip < ipEnd) {
    bitBuffer = (bitBuffer << 8) | <u64>load<u8>(ip++)
    bitCount += 8
  }
}

/** Up to 32 bits, the first one highest. */
export function readBits(count: u32): u32 {
  refill()
  if (bitCount < count) {
    isOverrun = true
    return 0
  }
  bitCount -= count
  return <u32>((bitBuffer >> bitCount) & ((<u64>1 << count) - 1))
}

/** Which coding table each group of 50 symbols uses, move-to-front coded. Answers their number, 0 if damaged. */
export function readSelectors(tableCount: u32): u32 {
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

export function readTable(number: usize, symbolCount: u32): bool {
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
export function readSymbol(number: usize): i32 {
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
