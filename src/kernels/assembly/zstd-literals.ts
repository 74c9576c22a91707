// Literals of a zstd block (RFC 8878, 3.1.1.3.1): stored, one byte repeated, or Huffman-coded in one or four
// streams that are read from their ends.
import { CODE_LENGTHS, HUFFMAN_TABLE, huffmanBits, readHuffmanTree } from './zstd-huffman'

const MAX_LITERALS: usize = 128 * 1024
const BUFFER: usize = memory.data(131136, 16)

/** Where the literals of the block lie: in the input itself when they are stored. */
export let literals: usize = 0
export let literalsEnd: usize = 0

/** Answers where the section ends, or 0 when it is damaged. */
export function readLiterals(input: usize, inputEnd: usize): usize {
  if (input >= inputEnd) return 0
  const header = <u32>load<u8>(input)
  const type = header & 3
  return type < 2 ? readStored(input, inputEnd, type) : readCompressed(input, inputEnd, type)
}

function readStored(input: usize, inputEnd: usize, type: u32): usize {
  const format = (<u32>load<u8>(input) >>> 2) & 3
  const headerLength: usize = format == 1 ? 2 : format == 3 ? 3 : 1
  if (inputEnd - input < headerLength) return 0
  const bits = load<u32>(input)
  const size: usize = format == 1 ? (bits & 0xffff) >>> 4 : format == 3 ? (bits & 0xffffff) >>> 4 : (bits & 0xff) >>> 3
  if (size > MAX_LITERALS) return 0
  const start = input + headerLength
  if (type == 0) {
    if (size > inputEnd - start) return 0
    literals = start
    literalsEnd = start + size
    return literalsEnd
  }
  if (start >= inputEnd) return 0
  memory.fill(BUFFER, load<u8>(start), size)
  literals = BUFFER
  literalsEnd = BUFFER + size
  return start + 1
}

function readCompressed(input: usize, inputEnd: usize, type: u32): usize {
  const format = (<u32>load<u8>(input) >>> 2) & 3
  const headerLength: usize = format < 2 ? 3 : format + 2
  if (inputEnd - input < headerLength) return 0
  const sizeBits: u64 = format < 2 ? 10 : format == 2 ? 14 : 18
  const bits = load<u64>(input) >> 4
  const mask = (<u64>1 << sizeBits) - 1
  const size = <usize>(bits & mask)
  const compressed = <usize>((bits >> sizeBits) & mask)
  let start = input + headerLength
  if (size > MAX_LITERALS || size == 0 || compressed > inputEnd - start) return 0
  const end = start + compressed
  if (type == 2) {
    start = readHuffmanTree(start, end)
    if (start == 0) return 0
  } else if (huffmanBits == 0) {
    return 0
  }
  literals = BUFFER
  literalsEnd = BUFFER + size
  const isRead = format == 0 ? decodeStream(start, end, BUFFER, literalsEnd) : decodeFourStreams(start, end, size)
  return isRead ? end : 0
}

function decodeStream(start: usize, end: usize, output: usize, outputEnd: usize): bool {
  if (start >= end || load<u8>(end - 1) == 0) return false
  const length = end - start
  const padding = <u64>(clz<u32>(<u32>load<u8>(end - 1)) - 23)
  if (length >= 8) return finishStream(start, end - 8, load<u64>(end - 8), padding, output, outputEnd)
  let bits: u64 = 0
  for (let i: usize = 0; i < length; i++) bits |= <u64>load<u8>(start + i) << (i << 3)
  return finishStream(start, start, bits, padding + ((8 - <u64>length) << 3), output, outputEnd)
}

/**
 * Decodes the rest of a stream. `bits` holds the 8 bytes from `at` on, `used` of them (from the top) are
 * spent. The stream must end exactly with the output.
 */
function finishStream(start: usize, at: usize, bits: u64, used: u64, output: usize, outputEnd: usize): bool {
  let op = output
  while (at >= start + 8 && outputEnd - op >= SYMBOLS) {
    at -= <usize>(used >> 3)
    used = ctz(decodeSymbols((load<u64>(at) | 1) << (used & 7), op))
    op += SYMBOLS
  }
  if (op != output) bits = load<u64>(at)
  // Near an end, symbol by symbol.
  while (op < outputEnd) {
    if (used > 64) return false
    if (at > start && used >= 8) {
      const step = min<usize>(<usize>(used >> 3), at - start)
      at -= step
      used -= <u64>step << 3
      bits = load<u64>(at)
    }
    const place = HUFFMAN_TABLE + <usize>((bits << used) >> LOOK_UP_SHIFT)
    store<u8>(op++, load<u8>(place))
    used += <u64>load<u8>(place, CODE_LENGTHS)
  }
  return used == 64 + (<u64>(at - start) << 3)
}

/** Codes of up to 11 bits that fit 64 together with 8 spent bits and the marker. */
const SYMBOLS: usize = 5
/** Leaves the 11 bits to look up of 64. */
const LOOK_UP_SHIFT: u64 = 53

/**
 * Five symbols from the top of `bits`; answers what is left of them. The lowest of the bits that were loaded is
 * a marker: the zeros below it are as many as the bits that are spent, so nobody has to count.
 */
@inline
function decodeSymbols(bits: u64, op: usize): u64 {
  let place = HUFFMAN_TABLE + <usize>(bits >> LOOK_UP_SHIFT)
  store<u8>(op, load<u8>(place))
  bits <<= <u64>load<u8>(place, CODE_LENGTHS)
  place = HUFFMAN_TABLE + <usize>(bits >> LOOK_UP_SHIFT)
  store<u8>(op, load<u8>(place), 1)
  bits <<= <u64>load<u8>(place, CODE_LENGTHS)
  place = HUFFMAN_TABLE + <usize>(bits >> LOOK_UP_SHIFT)
  store<u8>(op, load<u8>(place), 2)
  bits <<= <u64>load<u8>(place, CODE_LENGTHS)
  place = HUFFMAN_TABLE + <usize>(bits >> LOOK_UP_SHIFT)
  store<u8>(op, load<u8>(place), 3)
  bits <<= <u64>load<u8>(place, CODE_LENGTHS)
  place = HUFFMAN_TABLE + <usize>(bits >> LOOK_UP_SHIFT)
  store<u8>(op, load<u8>(place), 4)
  return bits << <u64>load<u8>(place, CODE_LENGTHS)
}

/** The 8 bytes at the end of a stream behind its padding: zeros and a one. */
@inline
function firstBits(at: usize): u64 {
  const bits = load<u64>(at)
  return (bits | 1) << (clz(bits) + 1)
}

/**
 * Four streams side by side, five symbols of each in turn: their look-ups do not wait for each other. Stream
 * by stream, as the registers do not suffice to mix them symbol by symbol.
 */
function decodeFourStreams(start: usize, end: usize, size: usize): bool {
  // Jump table: the lengths of the first three streams.
  if (end - start < 10) return false
  const one = start + 6
  const two = one + <usize>load<u16>(start)
  const three = two + <usize>load<u16>(start + 2)
  const four = three + <usize>load<u16>(start + 4)
  if (four >= end || two == one || three == two || four == three) return false
  const quarter = (size + 3) >> 2
  if (quarter * 3 > size) return false
  const half = quarter * 2
  const most = quarter * 3
  const stop = BUFFER + size
  if (two - one < 8 || three - two < 8 || four - three < 8 || end - four < 8) {
    return (
      decodeStream(one, two, BUFFER, BUFFER + quarter) &&
      decodeStream(two, three, BUFFER + quarter, BUFFER + half) &&
      decodeStream(three, four, BUFFER + half, BUFFER + most) &&
      decodeStream(four, end, BUFFER + most, stop)
    )
  }
  if (load<u8>(two - 1) == 0 || load<u8>(three - 1) == 0 || load<u8>(four - 1) == 0 || load<u8>(end - 1) == 0) return false
  let op = BUFFER
  let at1 = two - 8
  let at2 = three - 8
  let at3 = four - 8
  let at4 = end - 8
  let bits1 = firstBits(at1)
  let bits2 = firstBits(at2)
  let bits3 = firstBits(at3)
  let bits4 = firstBits(at4)
  while (true) {
    // A turn spends up to 7 bytes of each stream. The last quarter of the output is the shortest.
    let turns = min(min(at1 - one, at2 - two), min(at3 - three, at4 - four)) / 7
    turns = min(turns, (stop - op - most) / SYMBOLS)
    if (turns == 0) break
    const pause = op + turns * SYMBOLS
    do {
      bits1 = decodeSymbols(bits1, op)
      bits2 = decodeSymbols(bits2, op + quarter)
      bits3 = decodeSymbols(bits3, op + half)
      bits4 = decodeSymbols(bits4, op + most)
      op += SYMBOLS
      let used = ctz(bits1)
      at1 -= <usize>(used >> 3)
      bits1 = (load<u64>(at1) | 1) << (used & 7)
      used = ctz(bits2)
      at2 -= <usize>(used >> 3)
      bits2 = (load<u64>(at2) | 1) << (used & 7)
      used = ctz(bits3)
      at3 -= <usize>(used >> 3)
      bits3 = (load<u64>(at3) | 1) << (used & 7)
      used = ctz(bits4)
      at4 -= <usize>(used >> 3)
      bits4 = (load<u64>(at4) | 1) << (used & 7)
    } while (op < pause)
  }
  return (
    finishStream(one, at1, load<u64>(at1), ctz(bits1), op, BUFFER + quarter) &&
    finishStream(two, at2, load<u64>(at2), ctz(bits2), op + quarter, BUFFER + half) &&
    finishStream(three, at3, load<u64>(at3), ctz(bits3), op + half, BUFFER + most) &&
    finishStream(four, at4, load<u64>(at4), ctz(bits4), op + most, stop)
  )
}
