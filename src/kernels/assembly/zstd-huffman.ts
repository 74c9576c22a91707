// The Huffman table of the zstd decoder (RFC 8878, 4.2), from weights that are stored bare or compressed.
import { accuracyRead, readTable, WEIGHT_CODES } from './zstd-tables'

const WEIGHT_TABLE: usize = memory.data(4096, 16)
const WEIGHTS: usize = memory.data(512, 16)
/** By weight: first the number of its symbols, then where their next place is. */
const PLACES: usize = memory.data(64, 16)

/**
 * By the next 11 bits, whatever the length of the longest code: the symbol, and CODE_LENGTHS further on the
 * length of its code. Shifts by a constant and loads without unpacking are what the decoder's speed hangs on.
 */
export const HUFFMAN_TABLE: usize = memory.data(4096, 16)
export const CODE_LENGTHS: usize = 2048
const MAX_HUFFMAN_BITS: u32 = 11
export let huffmanBits: u32 = 0

/** A frame starts without a tree to reuse. */
export function forgetTree(): void {
  huffmanBits = 0
}

/** Reads a Huffman tree (4.2.1). Answers where it ends, or 0 when it is damaged. */
export function readHuffmanTree(input: usize, inputEnd: usize): usize {
  huffmanBits = 0
  if (input >= inputEnd) return 0
  const header = <u32>load<u8>(input)
  let count: u32
  let end: usize
  if (header >= 128) {
    count = header - 127
    end = input + 1 + <usize>((count + 1) >> 1)
    if (end > inputEnd) return 0
    for (let i: u32 = 0; i < count; i++) {
      const pair = load<u8>(input + 1 + (i >> 1))
      store<u8>(WEIGHTS + i, i & 1 ? pair & 15 : pair >>> 4)
    }
  } else {
    end = input + 1 + header
    if (end > inputEnd) return 0
    count = readWeights(input + 1, end)
    if (count == 0) return 0
  }
  return buildHuffmanTable(count) ? end : 0
}

/** Weights by finite-state entropy, two states taking turns. Answers their number, 0 when damaged. */
function readWeights(input: usize, inputEnd: usize): u32 {
  const start = readTable(input, inputEnd, WEIGHT_TABLE, WEIGHT_CODES, 6)
  if (start == 0 || start >= inputEnd) return 0
  const last = <u32>load<u8>(inputEnd - 1)
  if (last == 0) return 0
  // Bits are counted from the start of the stream; the highest set bit only marks the end.
  let bit = <i32>((inputEnd - start) << 3) - <i32>clz<u32>(last) + 24 - 1
  const accuracy = <i32>accuracyRead
  bit -= accuracy
  let one = backwardBits(start, bit, accuracy)
  bit -= accuracy
  let two = backwardBits(start, bit, accuracy)
  if (bit < 0) return 0
  let count: u32 = 0
  while (count < 254) {
    const entry = load<u64>(WEIGHT_TABLE + (one << 3))
    store<u8>(WEIGHTS + count++, <u8>entry)
    const bits = <i32>((entry >> 40) & 255)
    bit -= bits
    if (bit < 0) {
      store<u8>(WEIGHTS + count++, <u8>load<u64>(WEIGHT_TABLE + (two << 3)))
      return count
    }
    one = <u32>(entry >> 48) + backwardBits(start, bit, bits)
    // The states change places.
    const other = one
    one = two
    two = other
  }
  return 0
}

/** `count` (up to 11) bits of a backward stream, from bit `bit` on; what lies before the start is zero. */
function backwardBits(start: usize, bit: i32, count: i32): u32 {
  if (count == 0 || bit < 0) return 0
  return (load<u32>(start + (bit >>> 3)) >>> (bit & 7)) & ((1 << count) - 1)
}

/** From `count` weights; the last symbol's is what is missing to a power of two. */
function buildHuffmanTable(count: u32): bool {
  let sum: u32 = 0
  memory.fill(PLACES, 0, 64)
  for (let i: u32 = 0; i < count; i++) {
    const weight = <u32>load<u8>(WEIGHTS + i)
    if (weight > MAX_HUFFMAN_BITS) return false
    if (weight > 0) sum += 1 << (weight - 1)
    store<u32>(PLACES + (weight << 2), load<u32>(PLACES + (weight << 2)) + 1)
  }
  if (sum == 0) return false
  const bits: u32 = 32 - <u32>clz<u32>(sum)
  const rest: u32 = (1 << bits) - sum
  if (bits > MAX_HUFFMAN_BITS || (rest & (rest - 1)) != 0) return false
  const lastWeight: u32 = 32 - <u32>clz<u32>(rest)
  store<u8>(WEIGHTS + count, <u8>lastWeight)
  store<u32>(PLACES + (lastWeight << 2), load<u32>(PLACES + (lastWeight << 2)) + 1)
  // Longest codes come in pairs, else the tree is not one.
  const longest = load<u32>(PLACES + 4)
  if (longest < 2 || (longest & 1) != 0) return false

  // Symbols of weight w take 2^(w-1) places each, lightest first, then in the order of the symbols.
  let place: u32 = 0
  for (let weight: u32 = 1; weight <= MAX_HUFFMAN_BITS; weight++) {
    const symbols = load<u32>(PLACES + (weight << 2))
    store<u32>(PLACES + (weight << 2), place)
    place += symbols << (weight - 1)
  }
  for (let symbol: u32 = 0; symbol <= count; symbol++) {
    const weight = <u32>load<u8>(WEIGHTS + symbol)
    if (weight == 0) continue
    const first = load<u32>(PLACES + (weight << 2))
    const width: u32 = 1 << (weight - 1)
    store<u32>(PLACES + (weight << 2), first + width)
    const spread = MAX_HUFFMAN_BITS - bits
    fillPlaces(first << spread, width << spread, symbol, bits + 1 - weight)
  }
  huffmanBits = bits
  return true
}

/** `width` is a power of two, and `first` a multiple of it. */
function fillPlaces(first: u32, width: u32, symbol: u32, length: u32): void {
  const to = HUFFMAN_TABLE + first
  if (width < 8) {
    for (let i: u32 = 0; i < width; i++) {
      store<u8>(to + i, <u8>symbol)
      store<u8>(to + i, <u8>length, CODE_LENGTHS)
    }
    return
  }
  const symbols = <u64>symbol * 0x0101010101010101
  const lengths = <u64>length * 0x0101010101010101
  for (let i: u32 = 0; i < width; i += 8) {
    store<u64>(to + i, symbols)
    store<u64>(to + i, lengths, CODE_LENGTHS)
  }
}
