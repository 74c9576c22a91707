// zstd frames (RFC 8878), decoded straight into the output, which is also the window. No dictionaries.
import { copyLiterals, copyMatch } from './match'
import { xxhash64 } from './xxhash64'
import { forgetTree } from './zstd-huffman'
import { literals, literalsEnd, readLiterals } from './zstd-literals'
import {
  forgetTables,
  LENGTHS,
  lengthAccuracy,
  lengthTable,
  MATCHES,
  matchAccuracy,
  matchTable,
  OFFSETS,
  offsetAccuracy,
  offsetTable,
  setTable,
} from './zstd-tables'

const FRAME_MAGIC: u32 = 0xfd2fb528
const SKIPPABLE_MAGIC: u32 = 0x184d2a50
const MAX_BLOCK_BYTES: usize = 128 * 1024

const DAMAGED: i32 = -1
const CHECKSUM_WRONG: i32 = -2
const OUTPUT_FULL: i32 = -3
const NEEDS_DICTIONARY: i32 = -4

// Where decoding stands, and the offsets that sequences may repeat.
let ip: usize = 0
let op: usize = 0
let frameStart: usize = 0
let repeat1: usize = 1
let repeat2: usize = 4
let repeat3: usize = 8

/**
 * All frames of [input, inputEnd). Answers the bytes written, or -1 damaged, -2 a checksum does not match,
 * -3 the output is too small, -4 a dictionary is needed.
 */
export function zstdDecode(input: usize, inputEnd: usize, output: usize, outputEnd: usize): i32 {
  ip = input
  op = output
  while (ip < inputEnd) {
    if (inputEnd - ip < 8) return DAMAGED
    const magic = load<u32>(ip)
    if ((magic & 0xfffffff0) == SKIPPABLE_MAGIC) {
      const length = <usize>load<u32>(ip + 4)
      if (length > inputEnd - ip - 8) return DAMAGED
      ip += 8 + length
      continue
    }
    if (magic != FRAME_MAGIC) return DAMAGED
    const status = decodeFrame(inputEnd, outputEnd)
    if (status != 0) return status
  }
  return <i32>(op - output)
}

function decodeFrame(inputEnd: usize, outputEnd: usize): i32 {
  const descriptor = <u32>load<u8>(ip + 4) // 3.1.1.1.1
  const isSingleSegment = (descriptor & 0x20) != 0
  const dictionaryBytes: usize = (1 << (descriptor & 3)) >> 1
  const contentBytes: usize = descriptor >>> 6 == 0 ? (isSingleSegment ? 1 : 0) : 1 << (descriptor >>> 6)
  if (descriptor & 0x08) return DAMAGED
  ip += 5 + <usize>(isSingleSegment ? 0 : 1)
  if (inputEnd < ip || inputEnd - ip < dictionaryBytes + contentBytes) return DAMAGED
  for (let i: usize = 0; i < dictionaryBytes; i++) if (load<u8>(ip + i)) return NEEDS_DICTIONARY
  ip += dictionaryBytes
  let content = load<u64>(ip)
  if (contentBytes < 8) content &= (<u64>1 << (<u64>contentBytes << 3)) - 1
  if (contentBytes == 2) content += 256
  ip += contentBytes

  frameStart = op
  repeat1 = 1
  repeat2 = 4
  repeat3 = 8
  forgetTables()
  forgetTree()
  let isLast = false
  while (!isLast) {
    if (inputEnd - ip < 3) return DAMAGED
    const header = <u32>load<u16>(ip) | (<u32>load<u8>(ip + 2) << 16) // 3.1.1.2
    isLast = (header & 1) != 0
    ip += 3
    const status = decodeBlock((header >>> 1) & 3, <usize>(header >>> 3), inputEnd, outputEnd)
    if (status != 0) return status
  }
  if (contentBytes != 0 && <u64>(op - frameStart) != content) return DAMAGED
  if (!(descriptor & 0x04)) return 0
  if (inputEnd - ip < 4) return DAMAGED
  const checksum = load<u32>(ip)
  ip += 4
  return <u32>xxhash64(frameStart, op) == checksum ? 0 : CHECKSUM_WRONG
}

function decodeBlock(type: u32, size: usize, inputEnd: usize, outputEnd: usize): i32 {
  if (size > MAX_BLOCK_BYTES || type == 3) return DAMAGED
  const stored: usize = type == 1 ? 1 : size
  if (stored > inputEnd - ip) return DAMAGED
  const end = ip + stored
  if (type == 2) {
    const status = decodeCompressed(end, outputEnd)
    if (status != 0) return status
  } else {
    if (size > outputEnd - op) return OUTPUT_FULL
    if (type == 1) memory.fill(op, load<u8>(ip), size)
    else memory.copy(op, ip, size)
    op += size
  }
  ip = end
  return 0
}

function decodeCompressed(end: usize, outputEnd: usize): i32 {
  let at = readLiterals(ip, end)
  if (at == 0 || at >= end) return DAMAGED
  // 3.1.1.3.2.1: number of sequences, and the modes of their three tables.
  let count = <u32>load<u8>(at++)
  if (count == 255) {
    if (end - at < 2) return DAMAGED
    count = <u32>load<u16>(at) + 0x7f00
    at += 2
  } else if (count > 127) {
    if (at >= end) return DAMAGED
    count = ((count - 128) << 8) + <u32>load<u8>(at++)
  }
  if (count == 0) {
    if (at != end) return DAMAGED
    return copyRest(literals, outputEnd, op)
  }
  if (at >= end) return DAMAGED
  const modes = <u32>load<u8>(at++)
  if (modes & 3) return DAMAGED
  at = setTable(at, end, LENGTHS, modes >>> 6)
  if (at != 0) at = setTable(at, end, OFFSETS, (modes >>> 4) & 3)
  if (at != 0) at = setTable(at, end, MATCHES, (modes >>> 2) & 3)
  if (at == 0 || at >= end) return DAMAGED
  return decodeSequences(at, end, count, outputEnd)
}

/** The literals after the last sequence. */
function copyRest(from: usize, outputEnd: usize, blockStart: usize): i32 {
  const length = literalsEnd - from
  if (length > outputEnd - op) return OUTPUT_FULL
  if (op - blockStart + length > MAX_BLOCK_BYTES) return DAMAGED
  if (length != 0) copyLiterals(op, from, length)
  op += length
  return 0
}

/**
 * Reads sequences from the end of [start, end) and carries them out. One long function, so that all state
 * stays in registers. `bits` holds the 8 bytes from `at` on, `used` of them (from the top) are spent.
 */
function decodeSequences(start: usize, end: usize, count: u32, outputEnd: usize): i32 {
  const last = <u32>load<u8>(end - 1)
  if (last == 0) return DAMAGED
  let used = <u64>(clz<u32>(last) - 23)
  let at: usize
  let bits: u64 = 0
  if (end - start >= 8) {
    at = end - 8
    bits = load<u64>(at)
  } else {
    at = start
    for (let i: usize = 0; i < end - start; i++) bits |= <u64>load<u8>(start + i) << (i << 3)
    used += <u64>(8 - (end - start)) << 3
  }
  const lengths = lengthTable
  const offsets = offsetTable
  const matches = matchTable
  // A width of 0 must give 0: hence shifts by 1 and by the rest.
  let lengthState = <usize>(((bits << used) >> 1) >> (63 - <u64>lengthAccuracy))
  used += lengthAccuracy
  let offsetState = <usize>(((bits << used) >> 1) >> (63 - <u64>offsetAccuracy))
  used += offsetAccuracy
  let matchState = <usize>(((bits << used) >> 1) >> (63 - <u64>matchAccuracy))
  used += matchAccuracy

  const blockStart = op
  const blockLimit = outputEnd - op > MAX_BLOCK_BYTES ? op + MAX_BLOCK_BYTES : outputEnd
  const isCut = blockLimit == outputEnd
  let literal = literals
  const literalEnd = literalsEnd
  let to = op
  let first = repeat1
  let second = repeat2
  let third = repeat3

  while (true) {
    if (used > 64) return DAMAGED
    if (at >= start + 8) {
      at -= <usize>(used >> 3)
      used &= 7
      bits = load<u64>(at)
    } else if (at > start && used >= 8) {
      const step = min<usize>(<usize>(used >> 3), at - start)
      at -= step
      used -= <u64>step << 3
      bits = load<u64>(at)
    }
    const lengthEntry = load<u64>(lengths + (lengthState << 3))
    const offsetEntry = load<u64>(offsets + (offsetState << 3))
    const matchEntry = load<u64>(matches + (matchState << 3))
    const offsetBits = (offsetEntry >> 32) & 255
    const matchBits = (matchEntry >> 32) & 255
    const lengthBits = (lengthEntry >> 32) & 255

    let offset: usize
    const offsetValue = <usize>offsetEntry + <usize>(((bits << used) >> 1) >> (63 - offsetBits))
    used += offsetBits
    if (offsetBits > 1) {
      offset = offsetValue - 3
      third = second
      second = first
      first = offset
    } else {
      // 3.1.1.5: offsets used before; their order shifts by one when there are no literals.
      const which = offsetValue + <usize>(<u32>lengthEntry == 0 ? 1 : 0)
      if (which == 1) {
        offset = first
      } else {
        if (which == 2) {
          offset = second
        } else {
          offset = which == 3 ? third : first - 1
          third = second
        }
        second = first
        first = offset
      }
    }
    const matchLength = <usize>(<u32>matchEntry) + <usize>(((bits << used) >> 1) >> (63 - matchBits))
    used += matchBits
    // Together with the next states' up to 26 bits, more than 57 may be needed.
    if (offsetBits + matchBits + lengthBits > 31 && at > start) {
      if (used > 64) return DAMAGED
      const step = min<usize>(<usize>(used >> 3), at - start)
      at -= step
      used -= <u64>step << 3
      bits = load<u64>(at)
    }
    const literalLength = <usize>(<u32>lengthEntry) + <usize>(((bits << used) >> 1) >> (63 - lengthBits))
    used += lengthBits

    if (literalLength > literalEnd - literal) return DAMAGED
    if (literalLength + matchLength > blockLimit - to) return isCut ? OUTPUT_FULL : DAMAGED
    if (offset == 0 || offset > to + literalLength - frameStart) return DAMAGED
    v128.store(to, v128.load(literal))
    if (literalLength > 16) copyLiterals(to + 16, literal + 16, literalLength - 16)
    to += literalLength
    literal += literalLength
    if (offset >= 16 && matchLength <= 32) {
      const from = to - offset
      v128.store(to, v128.load(from))
      v128.store(to, v128.load(from, 16), 16)
    } else {
      copyMatch(to, offset, matchLength)
    }
    to += matchLength

    if (--count == 0) break
    const lengthNext = (lengthEntry >> 40) & 255
    lengthState = <usize>(lengthEntry >> 48) + <usize>(((bits << used) >> 1) >> (63 - lengthNext))
    used += lengthNext
    const matchNext = (matchEntry >> 40) & 255
    matchState = <usize>(matchEntry >> 48) + <usize>(((bits << used) >> 1) >> (63 - matchNext))
    used += matchNext
    const offsetNext = (offsetEntry >> 40) & 255
    offsetState = <usize>(offsetEntry >> 48) + <usize>(((bits << used) >> 1) >> (63 - offsetNext))
    used += offsetNext
  }
  // The stream must be spent to its last bit.
  if (used != 64 + (<u64>(at - start) << 3)) return DAMAGED
  repeat1 = first
  repeat2 = second
  repeat3 = third
  op = to
  return copyRest(literal, outputEnd, blockStart)
}
