// The delta encodings of pco: how latents follow from earlier ones. All sums wrap in the width of the latent.
// (pco's docs/format.md: Delta Encodings)
import { isOverrun, readBits } from './low-bits'
import { Variable } from './pcodec-latents'

export const NO_DELTA: u32 = 0
export const CONSECUTIVE: u32 = 1
export const LOOKBACK: u32 = 2
export const CONVOLUTION: u32 = 3

const MAX_WINDOW_LOG: u32 = 24

/** Of the chunk: which encoding, how many latents it starts from, and whether secondary latents use it too. */
export let deltaKind: u32 = 0
export let deltaStateCount: u32 = 0
export let isSecondaryDelta: bool = false

let windowLength: u64 = 0
let quantization: u32 = 0
let bias: i64 = 0
const WEIGHTS: usize = memory.data(32 * 8, 16)
/** Seven moments for each of the three variables. */
const MOMENTS: usize = memory.data(3 * 64, 16)

/** False when the encoding is not one of the format, or not within its limits. */
export function readDeltaEncoding(majorVersion: u32): bool {
  deltaKind = majorVersion >= 3 ? <u32>readBits(4) : CONSECUTIVE
  deltaStateCount = 0
  isSecondaryDelta = false
  if (deltaKind == CONSECUTIVE) return readConsecutive(majorVersion)
  if (deltaKind == LOOKBACK) return readLookback()
  if (deltaKind == CONVOLUTION) return readConvolution()
  return deltaKind == NO_DELTA
}

function readConsecutive(majorVersion: u32): bool {
  deltaStateCount = <u32>readBits(3)
  if (majorVersion >= 3) {
    isSecondaryDelta = readBits(1) != 0
    return deltaStateCount > 0
  }
  if (deltaStateCount == 0) deltaKind = NO_DELTA
  return true
}

function readLookback(): bool {
  const windowLog: u32 = <u32>readBits(5) + 1
  const stateLog = <u32>readBits(4)
  isSecondaryDelta = readBits(1) != 0
  windowLength = <u64>1 << windowLog
  deltaStateCount = <u32>1 << stateLog
  return windowLog <= MAX_WINDOW_LOG && stateLog <= windowLog
}

function readConvolution(): bool {
  quantization = <u32>readBits(5)
  // Signed numbers are stored with their highest bit toggled.
  bias = <i64>(readBits(64) ^ 0x8000000000000000)
  deltaStateCount = <u32>readBits(5) + 1
  for (let i: usize = 0; i < deltaStateCount; i++) {
    store<i64>(WEIGHTS + (i << 3), <i64>readBits(32) - 0x80000000)
  }
  return !isOverrun
}

/** Convolutions are computed in twice the width of the latents, and must not be able to leave it. */
export function isConvolutionSafe(latentBits: u32): bool {
  if (latentBits > 32 || quantization > 2 * latentBits - 1) return false
  let sum: f64 = 0
  for (let i: usize = 0; i < deltaStateCount; i++) sum += abs<f64>(<f64>load<i64>(WEIGHTS + (i << 3)))
  const most = abs<f64>(<f64>bias) + sum * <f64>(<u64>1 << latentBits)
  return most < <f64>(<u64>1 << (2 * latentBits - 1))
}

/** The latents that a page stores before its batches: the first of the chunk, or the moments of their sums. */
export function readDeltaState(variable: Variable, number: usize, count: u32): void {
  const bits = variable.latentBits
  for (let i: u32 = 0; i < variable.stateCount; i++) {
    const value = readBits(bits)
    if (variable.deltaKind == CONSECUTIVE) store<u64>(MOMENTS + (number << 6) + (<usize>i << 3), value)
    else if (i < count) store<u64>(variable.latents + (<usize>i << 3), value)
  }
}

/** Sums `order` times over: deltas [start, start + given) lead to latents [start, start + count). */
export function sumDeltas(variable: Variable, number: usize, deltas: usize, given: u32, start: u32, count: u32): void {
  const moments = MOMENTS + (number << 6)
  const last = moments + (<usize>(variable.stateCount - 1) << 3)
  const mask = variable.mask
  const middle = variable.middle
  let output = variable.latents + (<usize>start << 3)
  for (let i: u32 = 0; i < count; i++, output += 8) {
    store<u64>(output, load<u64>(moments) & mask)
    for (let moment = moments; moment < last; moment += 8) {
      store<u64>(moment, load<u64>(moment) + load<u64>(moment, 8))
    }
    // The last latents follow from the moments alone.
    if (i < given) store<u64>(last, load<u64>(last) + (load<u64>(deltas + (<usize>i << 3)) ^ middle))
  }
}

/** Latent `i` is a delta on the one `lookbacks[i]` before it; before the first there are zeros. False: too far. */
export function addLookbacks(variable: Variable, deltas: usize, lookbacks: usize, start: u32, count: u32): bool {
  const mask = variable.mask
  const middle = variable.middle
  for (let i: u32 = 0; i < count; i++) {
    const at = <u64>(variable.stateCount + start + i)
    const lookback = load<u64>(lookbacks + (<usize>i << 3))
    if (lookback == 0 || lookback > windowLength) return false
    const earlier = lookback <= at ? load<u64>(variable.latents + (<usize>(at - lookback) << 3)) : 0
    const delta = load<u64>(deltas + (<usize>i << 3)) ^ middle
    store<u64>(variable.latents + (<usize>at << 3), (earlier + delta) & mask)
  }
  return true
}

/** Latent `i` is a delta on a weighted sum of the ones right before it. */
export function addPredictions(variable: Variable, deltas: usize, start: u32, count: u32): void {
  const mask = variable.mask
  const middle = variable.middle
  const order = <usize>variable.stateCount
  let from = variable.latents + (<usize>start << 3)
  for (let i: u32 = 0; i < count; i++, from += 8) {
    let sum = bias
    for (let j: usize = 0; j < order; j++) sum += load<i64>(WEIGHTS + (j << 3)) * load<i64>(from + (j << 3))
    const prediction = <u64>(max<i64>(sum, 0) >> quantization)
    const delta = load<u64>(deltas + (<usize>i << 3)) ^ middle
    store<u64>(from + (order << 3), (prediction + delta) & mask)
  }
}
