// Literals of a zstd block (RFC 8878, 3.1.1.3.1): stored, one byte repeated, or Huffman-coded in one or four
// streams that are read from their ends.
import { HUFFMAN_TABLE, huffmanBits, readHuffmanTree } from './zstd-huffman'

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
 * Decodes the rest of a stream symbol by symbol. `bits` holds the 8 bytes from `at` on, `used` of them (from
 * the top) are spent. The stream must end exactly with the output.
 */
function finishStream(start: usize, at: usize, bits: u64, used: u64, output: usize, outputEnd: usize): bool {
  const shift = <u64>(64 - huffmanBits)
  let op = output
  while (op < outputEnd) {
    if (used > 64) return false
    if (at > start && used >= 8) {
      const step = min<usize>(<usize>(used >> 3), at - start)
      at -= step
      used -= <u64>step << 3
      bits = load<u64>(at)
    }
    const entry = load<u16>(HUFFMAN_TABLE + (<usize>((bits << used) >> shift) << 1))
    store<u8>(op++, <u8>entry)
    used += <u64>(entry >>> 8)
  }
  return used == 64 + (<u64>(at - start) << 3)
}

/** Four streams side by side, five symbols of each in turn: their table look-ups do not wait for each other. */
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
  let op1 = BUFFER
  let op2 = op1 + quarter
  let op3 = op2 + quarter
  let op4 = op3 + quarter
  const end1 = op2
  const end2 = op3
  const end3 = op4
  const end4 = BUFFER + size
  if (two - one < 8 || three - two < 8 || four - three < 8 || end - four < 8) {
    return (
      decodeStream(one, two, op1, end1) &&
      decodeStream(two, three, op2, end2) &&
      decodeStream(three, four, op3, end3) &&
      decodeStream(four, end, op4, end4)
    )
  }
  if (load<u8>(two - 1) == 0 || load<u8>(three - 1) == 0 || load<u8>(four - 1) == 0 || load<u8>(end - 1) == 0) return false
  let at1 = two - 8
  let at2 = three - 8
  let at3 = four - 8
  let at4 = end - 8
  let bits1 = load<u64>(at1)
  let bits2 = load<u64>(at2)
  let bits3 = load<u64>(at3)
  let bits4 = load<u64>(at4)
  let used1 = <u64>(clz<u32>(<u32>load<u8>(two - 1)) - 23)
  let used2 = <u64>(clz<u32>(<u32>load<u8>(three - 1)) - 23)
  let used3 = <u64>(clz<u32>(<u32>load<u8>(four - 1)) - 23)
  let used4 = <u64>(clz<u32>(<u32>load<u8>(end - 1)) - 23)
  const shift = <u64>(64 - huffmanBits)
  // Streams two to four may end up to three symbols before the first: the last quarter is the shortest.
  const stop = end4 >= 5 ? end4 - 5 : 0
  while (op4 <= stop && at1 >= one + 8 && at2 >= two + 8 && at3 >= three + 8 && at4 >= four + 8) {
    let step = <usize>(used1 >> 3)
    at1 -= step
    used1 &= 7
    bits1 = load<u64>(at1)
    step = <usize>(used2 >> 3)
    at2 -= step
    used2 &= 7
    bits2 = load<u64>(at2)
    step = <usize>(used3 >> 3)
    at3 -= step
    used3 &= 7
    bits3 = load<u64>(at3)
    step = <usize>(used4 >> 3)
    at4 -= step
    used4 &= 7
    bits4 = load<u64>(at4)
    // Five codes of 11 bits and 7 spent ones fit the 64 that were loaded.
    for (let i: usize = 0; i < 5; i++) {
      const entry1 = load<u16>(HUFFMAN_TABLE + (<usize>((bits1 << used1) >> shift) << 1))
      const entry2 = load<u16>(HUFFMAN_TABLE + (<usize>((bits2 << used2) >> shift) << 1))
      const entry3 = load<u16>(HUFFMAN_TABLE + (<usize>((bits3 << used3) >> shift) << 1))
      const entry4 = load<u16>(HUFFMAN_TABLE + (<usize>((bits4 << used4) >> shift) << 1))
      store<u8>(op1 + i, <u8>entry1)
      store<u8>(op2 + i, <u8>entry2)
      store<u8>(op3 + i, <u8>entry3)
      store<u8>(op4 + i, <u8>entry4)
      used1 += <u64>(entry1 >>> 8)
      used2 += <u64>(entry2 >>> 8)
      used3 += <u64>(entry3 >>> 8)
      used4 += <u64>(entry4 >>> 8)
    }
    op1 += 5
    op2 += 5
    op3 += 5
    op4 += 5
  }
  return (
    finishStream(one, at1, bits1, used1, op1, end1) &&
    finishStream(two, at2, bits2, used2, op2, end2) &&
    finishStream(three, at3, bits3, used3, op3, end3) &&
    finishStream(four, at4, bits4, used4, op4, end4)
  )
}
