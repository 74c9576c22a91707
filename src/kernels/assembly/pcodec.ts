// One chunk of pco (the wrapped format: metadata and one page); TypeScript reads the file around the chunks
// (../../codecs/pcodec.ts). Own work after pco's docs/format.md, versions 0 to 4.1.
import { alignBits, bytePosition, isOverrun, openBits, readBits, skipBytes } from './low-bits'
import {
  addLookbacks,
  addPredictions,
  CONSECUTIVE,
  CONVOLUTION,
  deltaKind,
  deltaStateCount,
  isConvolutionSafe,
  isSecondaryDelta,
  LOOKBACK,
  NO_DELTA,
  readDeltaEncoding,
  readDeltaState,
  sumDeltas,
} from './pcodec-deltas'
import { BATCH, COUNTER_BYTES, readBatch, readBins, readStates, setLatentBits, TABLE_BYTES, Variable } from './pcodec-latents'
import {
  FLOAT,
  isFloatBase,
  joinFloatMultiples16,
  joinFloatMultiples32,
  joinFloatMultiples64,
  joinMultiples,
  joinQuanta,
  lookUp,
  storeNumbers,
} from './pcodec-modes'

const CLASSIC: u32 = 0
const INT_MULT: u32 = 1
const FLOAT_MULT: u32 = 2
const FLOAT_QUANT: u32 = 3
const DICTIONARY: u32 = 4

const LOOKBACKS: usize = memory.data(256 * 8, 16)
const DELTAS: usize = memory.data(256 * 8, 16)
const VARIABLES: usize = memory.data(3 * 128, 16)

let mode: u32 = 0
let base: u64 = 0
let dictionary: usize = 0

// What the numbers are: 8, 16, 32 or 64 bits, and UNSIGNED, SIGNED or FLOAT.
let numberBits: u32 = 0
let numberKind: u32 = 0

/** Bytes of `work` for chunks of up to `count` numbers. */
export function pcodecWorkBytes(count: u32): u32 {
  return 3 * <u32>TABLE_BYTES + <u32>COUNTER_BYTES + 16 * count
}

/**
 * Decodes `count` numbers to `output` (always whole: `count * bits / 8` bytes). Answers where the chunk ends in
 * the input, or -1 when it is damaged.
 */
export function pcodecDecode(
  input: usize,
  inputEnd: usize,
  majorVersion: u32,
  bits: u32,
  kind: u32,
  work: usize,
  output: usize,
  count: u32,
): i32 {
  numberBits = bits
  numberKind = kind
  openBits(input, inputEnd)
  const primary = variableAt(1)
  const secondary = variableAt(2)
  variableAt(0).table = work
  primary.table = work + TABLE_BYTES
  secondary.table = work + 2 * TABLE_BYTES
  const counters = work + 3 * TABLE_BYTES
  primary.latents = counters + COUNTER_BYTES
  secondary.latents = primary.latents + (<usize>count << 3)
  if (!readMode(majorVersion) || !readDeltaEncoding(majorVersion)) return -1
  if (!readVariables(counters) || !alignBits()) return -1
  if (!readPage(count) || !join(count, output)) return -1
  return <i32>bytePosition()
}

@inline
function variableAt(number: usize): Variable {
  return changetype<Variable>(VARIABLES + (number << 7))
}

function hasSecondary(): bool {
  return mode != CLASSIC && mode != DICTIONARY
}

/** The chunk's mode with its parameter in `base`. */
function readMode(majorVersion: u32): bool {
  mode = <u32>readBits(4)
  const isFloat = numberKind == FLOAT
  if (mode == CLASSIC) return true
  if (mode == DICTIONARY) return readDictionary()
  if (mode == FLOAT_QUANT) {
    base = readBits(8)
    const mantissaBits: u64 = numberBits == 64 ? 52 : numberBits == 32 ? 23 : 10
    return isFloat && base > 0 && base <= mantissaBits
  }
  base = readBits(numberBits)
  // Version 0 had another meaning for multiples of integers, and was withdrawn.
  if (mode == INT_MULT) return !isFloat && base > 0 && majorVersion > 0
  return mode == FLOAT_MULT && isFloat && isFloatBase(base, numberBits)
}

function readDictionary(): bool {
  base = readBits(25)
  if (!alignBits()) return false
  dictionary = bytePosition()
  return skipBytes((base * numberBits) >> 3)
}

function readVariables(counters: usize): bool {
  const lookbacks = variableAt(0)
  const primary = variableAt(1)
  const secondary = variableAt(2)
  setLatentBits(lookbacks, 32)
  setLatentBits(primary, mode == DICTIONARY ? 32 : numberBits)
  setLatentBits(secondary, numberBits)
  lookbacks.deltaKind = NO_DELTA
  lookbacks.stateCount = 0
  primary.deltaKind = deltaKind
  primary.stateCount = deltaStateCount
  secondary.deltaKind = isSecondaryDelta ? deltaKind : NO_DELTA
  secondary.stateCount = isSecondaryDelta ? deltaStateCount : 0
  if (deltaKind == CONVOLUTION && !isConvolutionSafe(primary.latentBits)) return false
  if (deltaKind == LOOKBACK && !readBins(lookbacks, counters)) return false
  return readBins(primary, counters) && (!hasSecondary() || readBins(secondary, counters))
}

function readPage(count: u32): bool {
  for (let number: usize = 0; number < 3; number++) {
    if (!isUsed(number)) continue
    const variable = variableAt(number)
    // Without bins, the page's own first latents have to be all there is.
    if (variable.binCount == 0 && count > deltaStateCount) return false
    readDeltaState(variable, number, count)
    readStates(variable)
  }
  if (!alignBits()) return false
  for (let start: u32 = 0; start < count && !isOverrun; start += BATCH) {
    if (deltaKind == LOOKBACK) readBatch(variableAt(0), LOOKBACKS, batchLength(start, count, deltaStateCount))
    if (!readLatents(1, start, count)) return false
    if (hasSecondary() && !readLatents(2, start, count)) return false
  }
  return alignBits()
}

function isUsed(number: usize): bool {
  return number == 1 || (number == 0 ? deltaKind == LOOKBACK : hasSecondary())
}

/** How many values of a batch are stored, where the first `stateCount` latents of a chunk are stored elsewhere. */
function batchLength(start: u32, count: u32, stateCount: u32): u32 {
  const left = count - start
  return left > stateCount ? min<u32>(BATCH, left - stateCount) : 0
}

function readLatents(number: usize, start: u32, count: u32): bool {
  const variable = variableAt(number)
  const stored = batchLength(start, count, variable.stateCount)
  const kind = variable.deltaKind
  if (kind == NO_DELTA) {
    readBatch(variable, variable.latents + (<usize>start << 3), stored)
    return true
  }
  readBatch(variable, DELTAS, stored)
  if (kind == CONSECUTIVE) sumDeltas(variable, number, DELTAS, stored, start, min<u32>(BATCH, count - start))
  else if (kind == CONVOLUTION) addPredictions(variable, DELTAS, start, stored)
  else return addLookbacks(variable, DELTAS, LOOKBACKS, start, stored)
  return true
}

function join(count: u32, output: usize): bool {
  const primary = variableAt(1)
  const secondary = variableAt(2)
  if (mode == INT_MULT) joinMultiples(primary, secondary, base, count)
  else if (mode == FLOAT_QUANT) joinQuanta(primary, secondary, <u32>base, count)
  else if (mode == FLOAT_MULT) joinFloatMultiples(primary, secondary, count)
  else if (mode == DICTIONARY && !lookUpNumbers(primary, count)) return false
  if (numberBits == 64) storeNumbers<u64>(primary.latents, output, count, numberKind)
  else if (numberBits == 32) storeNumbers<u32>(primary.latents, output, count, numberKind)
  else if (numberBits == 16) storeNumbers<u16>(primary.latents, output, count, numberKind)
  else storeNumbers<u8>(primary.latents, output, count, numberKind)
  return true
}

function joinFloatMultiples(primary: Variable, secondary: Variable, count: u32): void {
  if (numberBits == 64) joinFloatMultiples64(primary, secondary, base, count)
  else if (numberBits == 32) joinFloatMultiples32(primary, secondary, base, count)
  else joinFloatMultiples16(primary, secondary, base, count)
}

function lookUpNumbers(primary: Variable, count: u32): bool {
  const length = <u32>base
  if (numberBits == 64) return lookUp<u64>(primary, dictionary, length, count)
  if (numberBits == 32) return lookUp<u32>(primary, dictionary, length, count)
  if (numberBits == 16) return lookUp<u16>(primary, dictionary, length, count)
  return lookUp<u8>(primary, dictionary, length, count)
}
