// LZMA streams, as they stand bare in .lzma files and in pieces inside LZMA2. Containers, filters and checks
// are TypeScript's work (../../codecs/lzma*.ts). Names and tables follow the LZMA specification (LZMA SDK).

// Where each table of probabilities begins in PROBABILITIES, in items.
const STATES: usize = 12
const IS_MATCH: usize = 0
const IS_REP: usize = IS_MATCH + STATES * 16
const IS_REP_G0: usize = IS_REP + STATES
const IS_REP_G1: usize = IS_REP_G0 + STATES
const IS_REP_G2: usize = IS_REP_G1 + STATES
const IS_REP0_LONG: usize = IS_REP_G2 + STATES
const POSITION_SLOT: usize = IS_REP0_LONG + STATES * 16
const POSITION_SPECIAL: usize = POSITION_SLOT + 4 * 64
const ALIGN: usize = POSITION_SPECIAL + 128
const MATCH_LENGTH: usize = ALIGN + 16
const REP_LENGTH: usize = MATCH_LENGTH + 514
const LITERAL: usize = REP_LENGTH + 514
/** liblzma's limit lc + lp <= 4 bounds the literal tables. */
const MAX_LITERAL_BITS: u32 = 4
const PROBABILITY_COUNT: usize = LITERAL + (0x300 << 4)

const PROBABILITIES: usize = memory.data(28296, 16)
const HALF: u16 = 1024
const END_MARKER: u32 = 0xffffffff

const ENDS_BY_SIZE: i32 = 0
const ENDS_BY_MARKER: i32 = 1

// The range decoder and the state that LZMA2 carries from chunk to chunk.
let range: u32 = 0
let code: u32 = 0
let ip: usize = 0
let ipEnd: usize = 0
let isOverrun = false
let state: u32 = 0
let rep0: u32 = 0
let rep1: u32 = 0
let rep2: u32 = 0
let rep3: u32 = 0
let literalContextBits: u32 = 0
let literalPositionMask: u32 = 0
let positionMask: u32 = 0

/** Forgets all probabilities and distances. `properties` is LZMA's byte (pb * 5 + lp) * 9 + lc. -1: invalid. */
export function lzmaReset(properties: u32): i32 {
  if (properties >= 9 * 5 * 5) return -1
  const lc = properties % 9
  const rest = properties / 9
  const lp = rest % 5
  if (lc + lp > MAX_LITERAL_BITS) return -1
  literalContextBits = lc
  literalPositionMask = (1 << lp) - 1
  positionMask = (1 << (rest / 5)) - 1
  for (let i: usize = 0; i < PROBABILITY_COUNT; i++) store<u16>(PROBABILITIES + (i << 1), HALF)
  state = 0
  rep0 = rep1 = rep2 = rep3 = 0
  return 0
}

@inline
function nextByte(): u32 {
  if (ip < ipEnd) return <u32>load<u8>(ip++)
  isOverrun = true
  return 0
}

@inline
function normalize(): void {
  if (range < 1 << 24) {
    range <<= 8
    code = (code << 8) | nextByte()
  }
}

@inline
function decodeBit(index: usize): u32 {
  const at = PROBABILITIES + (index << 1)
  const probability = <u32>load<u16>(at)
  const bound = (range >>> 11) * probability
  let bit: u32
  if (code < bound) {
    range = bound
    store<u16>(at, <u16>(probability + ((2048 - probability) >>> 5)))
    bit = 0
  } else {
    range -= bound
    code -= bound
    store<u16>(at, <u16>(probability - (probability >>> 5)))
    bit = 1
  }
  normalize()
  return bit
}

function decodeTree(base: usize, bits: u32): u32 {
  let symbol: u32 = 1
  for (let i: u32 = 0; i < bits; i++) symbol = (symbol << 1) | decodeBit(base + symbol)
  return symbol - (1 << bits)
}

function decodeReverseTree(base: usize, bits: u32): u32 {
  let symbol: u32 = 1
  let value: u32 = 0
  for (let i: u32 = 0; i < bits; i++) {
    const bit = decodeBit(base + symbol)
    symbol = (symbol << 1) | bit
    value |= bit << i
  }
  return value
}

function decodeDirectBits(count: u32): u32 {
  let value: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    range >>>= 1
    const bit: u32 = code >= range ? 1 : 0
    if (bit) code -= range
    value = (value << 1) | bit
    normalize()
  }
  return value
}

function decodeLength(base: usize, positionState: usize): u32 {
  if (!decodeBit(base)) return 2 + decodeTree(base + 2 + (positionState << 3), 3)
  if (!decodeBit(base + 1)) return 10 + decodeTree(base + 130 + (positionState << 3), 3)
  return 18 + decodeTree(base + 258, 8)
}

function decodeDistance(length: u32): u32 {
  const lengthState = <usize>(length < 6 ? length - 2 : <u32>3)
  const slot = decodeTree(POSITION_SLOT + (lengthState << 6), 6)
  if (slot < 4) return slot
  const bits = (slot >>> 1) - 1
  const distance = (2 | (slot & 1)) << bits
  if (slot < 14) return distance + decodeReverseTree(POSITION_SPECIAL + distance - slot, bits)
  return distance + (decodeDirectBits(bits - 4) << 4) + decodeReverseTree(ALIGN, 4)
}

function decodeLiteral(op: usize, dictionary: usize): u32 {
  const position = <u32>(op - dictionary)
  const previous: u32 = op > dictionary ? <u32>load<u8>(op - 1) : 0
  const context = ((position & literalPositionMask) << literalContextBits) + (previous >>> (8 - literalContextBits))
  const base = LITERAL + 0x300 * <usize>context
  let symbol: u32 = 1
  if (state >= 7) {
    // After a match the byte that would have continued it guides the decoding until the first difference.
    let matched = <u32>load<u8>(op - <usize>rep0 - 1)
    do {
      const matchedBit = (matched >>> 7) & 1
      matched <<= 1
      const bit = decodeBit(base + (((1 + matchedBit) << 8) + symbol))
      symbol = (symbol << 1) | bit
      if (matchedBit != bit) break
    } while (symbol < 0x100)
  }
  while (symbol < 0x100) symbol = (symbol << 1) | decodeBit(base + symbol)
  state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
  return symbol
}

/** Moves the chosen older distance to the front. */
function decodeRepeatedDistance(): void {
  let distance: u32
  if (!decodeBit(IS_REP_G1 + state)) {
    distance = rep1
  } else {
    if (!decodeBit(IS_REP_G2 + state)) {
      distance = rep2
    } else {
      distance = rep3
      rep3 = rep2
    }
    rep2 = rep1
  }
  rep1 = rep0
  rep0 = distance
}

let produced: usize = 0
/** Bytes that the last lzmaDecode wrote. */
export function lzmaProduced(): usize {
  return produced
}

/**
 * Decodes from [input, inputEnd) to at most [output, outputEnd); `dictionary` is where the bytes that matches
 * may reach back to begin. `ending` says whether the stream ends when the output is full (0), by an
 * end marker (1), or by either (2). Returns the bytes consumed, or -1.
 */
export function lzmaDecode(input: usize, inputEnd: usize, dictionary: usize, output: usize, outputEnd: usize, ending: i32): i32 {
  if (inputEnd - input < 5 || load<u8>(input) != 0) return -1
  ip = input + 1
  ipEnd = inputEnd
  isOverrun = false
  range = 0xffffffff
  code = bswap<u32>(load<u32>(ip))
  ip += 4
  let op = output
  produced = 0

  while (!isOverrun) {
    if (op == outputEnd && ending != ENDS_BY_MARKER) {
      if (code == 0) {
        produced = op - output
        return <i32>(ip - input)
      }
      if (ending == ENDS_BY_SIZE) return -1
    }
    const positionState = <usize>((<u32>(op - dictionary)) & positionMask)
    if (!decodeBit(IS_MATCH + (<usize>state << 4) + positionState)) {
      // A literal after a match looks at the byte at rep0, which a reset dictionary may have taken away.
      if (op == outputEnd || (state >= 7 && <usize>rep0 >= op - dictionary)) return -1
      store<u8>(op, <u8>decodeLiteral(op, dictionary))
      op++
      continue
    }
    let length: u32
    if (decodeBit(IS_REP + state)) {
      if (op == dictionary) return -1
      if (!decodeBit(IS_REP_G0 + state)) {
        if (!decodeBit(IS_REP0_LONG + (<usize>state << 4) + positionState)) {
          if (op == outputEnd || <usize>rep0 >= op - dictionary) return -1
          state = state < 7 ? 9 : 11
          store<u8>(op, load<u8>(op - <usize>rep0 - 1))
          op++
          continue
        }
      } else {
        decodeRepeatedDistance()
      }
      length = decodeLength(REP_LENGTH, positionState)
      state = state < 7 ? 8 : 11
    } else {
      rep3 = rep2
      rep2 = rep1
      rep1 = rep0
      length = decodeLength(MATCH_LENGTH, positionState)
      state = state < 7 ? 7 : 10
      rep0 = decodeDistance(length)
      if (rep0 == END_MARKER) {
        if (ending == ENDS_BY_SIZE || code != 0 || isOverrun) return -1
        produced = op - output
        return <i32>(ip - input)
      }
    }
    if (<usize>rep0 >= op - dictionary || <usize>length > outputEnd - op) return -1
    let from = op - <usize>rep0 - 1
    const end = op + length
    while (op < end) store<u8>(op++, load<u8>(from++))
  }
  return -1
}
