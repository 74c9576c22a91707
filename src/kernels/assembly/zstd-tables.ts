// Finite-state entropy tables of the zstd decoder (RFC 8878, 4.1), and those in use for sequences. Every
// description is checked before a table is built from it.

// Entry of a sequence table: u32 base value, u8 extra bits, u8 bits to the next state, u16 next state's base.

const MAX_ACCURACY: u32 = 9
export const LENGTH_TABLE: usize = memory.data(4096, 16)
export const OFFSET_TABLE: usize = memory.data(4096, 16)
export const MATCH_TABLE: usize = memory.data(4096, 16)
const DEFAULT_LENGTH_TABLE: usize = memory.data(4096, 16)
const DEFAULT_OFFSET_TABLE: usize = memory.data(4096, 16)
const DEFAULT_MATCH_TABLE: usize = memory.data(4096, 16)

const COUNTS: usize = memory.data(512, 16)
const NEXT: usize = memory.data(512, 16)

// 3.1.1.3.2.1.1: codes to base values and extra bits.
const LENGTH_BASES: usize = memory.data<u32>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512,
  1024, 2048, 4096, 8192, 16384, 32768, 65536,
])
const LENGTH_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
])
const MATCH_BASES: usize = memory.data<u32>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
  33, 34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539,
])
const MATCH_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2,
  3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
])
// 3.1.1.3.2.2: default distributions.
const LENGTH_DEFAULT: usize = memory.data<i16>([
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
])
const MATCH_DEFAULT: usize = memory.data<i16>([
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
])
const OFFSET_DEFAULT: usize = memory.data<i16>([
  1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
])

export const LENGTHS: u32 = 0
export const OFFSETS: u32 = 1
export const MATCHES: u32 = 2
export const WEIGHT_CODES: u32 = 3
const MAX_LENGTH_CODE: u32 = 35
const MAX_MATCH_CODE: u32 = 52
const MAX_OFFSET_CODE: u32 = 31

// The tables in use, and their accuracies; 0: none yet in this frame.
export let lengthTable: usize = 0
export let offsetTable: usize = 0
export let matchTable: usize = 0
export let lengthAccuracy: u32 = 0
export let offsetAccuracy: u32 = 0
export let matchAccuracy: u32 = 0

/** A frame starts without tables to repeat. */
export function forgetTables(): void {
  lengthTable = offsetTable = matchTable = 0
  if (load<u64>(DEFAULT_LENGTH_TABLE) == 0) {
    memory.copy(COUNTS, LENGTH_DEFAULT, 72)
    buildTable(DEFAULT_LENGTH_TABLE, 6, 36, LENGTHS)
    memory.copy(COUNTS, MATCH_DEFAULT, 106)
    buildTable(DEFAULT_MATCH_TABLE, 6, 53, MATCHES)
    memory.copy(COUNTS, OFFSET_DEFAULT, 58)
    buildTable(DEFAULT_OFFSET_TABLE, 5, 29, OFFSETS)
  }
}

function entryOf(kind: u32, symbol: u32): u64 {
  if (kind == LENGTHS) return <u64>load<u32>(LENGTH_BASES + (symbol << 2)) | (<u64>load<u8>(LENGTH_BITS + symbol) << 32)
  if (kind == MATCHES) return <u64>load<u32>(MATCH_BASES + (symbol << 2)) | (<u64>load<u8>(MATCH_BITS + symbol) << 32)
  if (kind == OFFSETS) return (<u64>1 << symbol) | (<u64>symbol << 32)
  return <u64>symbol
}

/** From the distribution in COUNTS (4.1.1). False when the symbols do not fill the table. */
function buildTable(table: usize, accuracy: u32, symbolCount: u32, kind: u32): bool {
  const size: u32 = 1 << accuracy
  const mask = size - 1
  let high = size
  for (let symbol: u32 = 0; symbol < symbolCount; symbol++) {
    const count = <i32>load<i16>(COUNTS + (symbol << 1))
    store<u16>(NEXT + (symbol << 1), <u16>(count < 0 ? 1 : count))
    if (count < 0) store<u64>(table + (--high << 3), <u64>symbol)
  }
  const step = (size >> 1) + (size >> 3) + 3
  let position: u32 = 0
  for (let symbol: u32 = 0; symbol < symbolCount; symbol++) {
    for (let left = <i32>load<i16>(COUNTS + (symbol << 1)); left > 0; left--) {
      store<u64>(table + (position << 3), <u64>symbol)
      do {
        position = (position + step) & mask
      } while (position >= high)
    }
  }
  if (position != 0) return false
  for (let state: u32 = 0; state < size; state++) {
    const at = table + (state << 3)
    const symbol = load<u32>(at)
    const next = <u32>load<u16>(NEXT + (symbol << 1))
    store<u16>(NEXT + (symbol << 1), <u16>(next + 1))
    const bits = accuracy - (31 - clz<u32>(next))
    const base = (next << bits) - size
    store<u64>(at, entryOf(kind, symbol) | (<u64>bits << 40) | (<u64>base << 48))
  }
  return true
}

/** Accuracy of the table that was read last. */
export let accuracyRead: u32 = 0

/**
 * Reads a distribution (4.1.1) and builds its table. Answers where it ends, or 0 when it is damaged.
 */
export function readTable(input: usize, inputEnd: usize, table: usize, kind: u32, maxAccuracy: u32): usize {
  const maxSymbol = kind == LENGTHS ? MAX_LENGTH_CODE : kind == MATCHES ? MAX_MATCH_CODE : kind == OFFSETS ? MAX_OFFSET_CODE : 255
  const length = inputEnd - input
  if (length == 0) return 0
  let bit: u32 = 4
  const accuracy = <u32>(load<u8>(input) & 15) + 5
  if (accuracy > maxAccuracy) return 0
  let remaining: i32 = 1 << accuracy
  let symbol: u32 = 0
  while (remaining > 0) {
    if (symbol > maxSymbol || <usize>(bit >> 3) >= length) return 0
    const bits = 32 - clz<u32>(remaining + 1)
    const window = load<u32>(input + (bit >> 3)) >>> (bit & 7)
    const lowMask: u32 = (1 << (bits - 1)) - 1
    const threshold: u32 = (1 << bits) - 2 - <u32>remaining
    let value = window & ((1 << bits) - 1)
    if ((value & lowMask) < threshold) {
      value &= lowMask
      bit += bits - 1
    } else {
      if (value > lowMask) value -= threshold
      bit += bits
    }
    const count = <i32>value - 1
    remaining -= count < 0 ? 1 : count
    store<i16>(COUNTS + (symbol++ << 1), <i16>count)
    if (count != 0) continue
    let repeat: u32
    do {
      if (<usize>(bit >> 3) >= length) return 0
      repeat = (load<u32>(input + (bit >> 3)) >>> (bit & 7)) & 3
      bit += 2
      for (let i: u32 = 0; i < repeat; i++) {
        if (symbol > maxSymbol) return 0
        store<i16>(COUNTS + (symbol++ << 1), 0)
      }
    } while (repeat == 3)
  }
  const end = input + <usize>((bit + 7) >> 3)
  if (remaining != 0 || end > inputEnd) return 0
  accuracyRead = accuracy
  return buildTable(table, accuracy, symbol, kind) ? end : 0
}

/**
 * Sets the table of one kind for a block by its mode: 0 default, 1 one symbol, 2 described, 3 the last one.
 * Answers where the description ends, or 0 when it is damaged.
 */
export function setTable(input: usize, inputEnd: usize, kind: u32, mode: u32): usize {
  const own = kind == LENGTHS ? LENGTH_TABLE : kind == OFFSETS ? OFFSET_TABLE : MATCH_TABLE
  let table = own
  let accuracy: u32 = 0
  let end = input
  if (mode == 0) {
    table = kind == LENGTHS ? DEFAULT_LENGTH_TABLE : kind == OFFSETS ? DEFAULT_OFFSET_TABLE : DEFAULT_MATCH_TABLE
    accuracy = kind == OFFSETS ? 5 : 6
  } else if (mode == 1) {
    if (input >= inputEnd) return 0
    const symbol = <u32>load<u8>(input)
    if (symbol > (kind == LENGTHS ? MAX_LENGTH_CODE : kind == OFFSETS ? MAX_OFFSET_CODE : MAX_MATCH_CODE)) return 0
    store<u64>(own, entryOf(kind, symbol))
    end = input + 1
  } else if (mode == 2) {
    end = readTable(input, inputEnd, own, kind, kind == OFFSETS ? 8 : MAX_ACCURACY)
    if (end == 0) return 0
    accuracy = accuracyRead
  } else {
    const last = kind == LENGTHS ? lengthTable : kind == OFFSETS ? offsetTable : matchTable
    return last == 0 ? 0 : input
  }
  if (kind == LENGTHS) {
    lengthTable = table
    lengthAccuracy = accuracy
  } else if (kind == OFFSETS) {
    offsetTable = table
    offsetAccuracy = accuracy
  } else {
    matchTable = table
    matchAccuracy = accuracy
  }
  return end
}
