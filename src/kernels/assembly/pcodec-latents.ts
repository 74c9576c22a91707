// Latent variables of a pco chunk: their bins, the tANS table made of these, and the values in batches. Values
// are u64 whatever their width; sums wrap by `mask`. (pco's docs/format.md: Chunk Metadata, Page)
import { isOverrun, readBits } from './low-bits'

export const BATCH: u32 = 256
const MAX_SIZE_LOG: u32 = 14
const MAX_STATES: usize = 1 << 14

/** Bytes of `work` that the tables take: 16 bytes a state for three variables, then a counter for every bin. */
export const TABLE_BYTES: usize = MAX_STATES * 16
export const COUNTER_BYTES: usize = MAX_STATES * 4

/** One state: the bin's lower bound, then where decoding goes on. `base` holds the bin's number while building. */
@unmanaged
class State {
  lower: u64
  base: u32
  offsetBits: u16
  bits: u16
}

@unmanaged
export class Variable {
  mask: u64
  /** The mask's highest bit, which deltas are centred on. */
  middle: u64
  table: usize
  /** What was decoded, one u64 for every number of the chunk. */
  latents: usize
  latentBits: u32
  sizeLog: u32
  binCount: u32
  deltaKind: u32
  /** Latents that a page stores before its batches, for deltas to start from. */
  stateCount: u32
  state0: u32
  state1: u32
  state2: u32
  state3: u32
}

export function setLatentBits(variable: Variable, bits: u32): void {
  variable.latentBits = bits
  variable.mask = bits == 64 ? u64.MAX_VALUE : ((<u64>1) << bits) - 1
  variable.middle = (<u64>1) << (bits - 1)
}

@inline
function stateAt(table: usize, state: u32): State {
  return changetype<State>(table + (<usize>state << 4))
}

/** Bins are spread over the states in steps of about 3/5 of the table, as they are read. */
export function readBins(variable: Variable, counters: usize): bool {
  const sizeLog = <u32>readBits(4)
  const binCount = <u32>readBits(15)
  const size: u32 = 1 << sizeLog
  if (isOverrun || sizeLog > MAX_SIZE_LOG || binCount > size || (binCount < 2 && sizeLog > 0)) return false
  variable.sizeLog = sizeLog
  variable.binCount = binCount
  if (binCount == 0) {
    const only = stateAt(variable.table, 0)
    only.lower = 0
    only.base = only.offsetBits = only.bits = 0
    return true
  }
  const latentBits = variable.latentBits
  const offsetBitsBits = 32 - clz<u32>(latentBits)
  const stride = ((3 * size) / 5) | 1
  let step: u32 = 0
  for (let bin: u32 = 0; bin < binCount; bin++) {
    const weight = <u32>readBits(sizeLog) + 1
    const lower = readBits(latentBits)
    const offsetBits = <u32>readBits(offsetBitsBits)
    if (isOverrun || weight > size - step || offsetBits > latentBits) return false
    store<u32>(counters + (<usize>bin << 2), weight)
    for (const last = step + weight; step < last; step++) {
      const state = stateAt(variable.table, (stride * step) & (size - 1))
      state.lower = lower
      state.offsetBits = <u16>offsetBits
      state.base = bin
    }
  }
  if (step != size) return false
  linkStates(variable.table, size, counters)
  return true
}

/** Every state leads to a range of states, as large as its bin is rare. */
function linkStates(table: usize, size: u32, counters: usize): void {
  for (let i: u32 = 0; i < size; i++) {
    const state = stateAt(table, i)
    const counter = counters + (<usize>state.base << 2)
    const count = load<u32>(counter)
    store<u32>(counter, count + 1)
    const bits = clz<u32>(count) - clz<u32>(size)
    state.bits = <u16>bits
    state.base = (count << bits) - size
  }
}

export function readStates(variable: Variable): void {
  const bits = variable.sizeLog
  variable.state0 = <u32>readBits(bits)
  variable.state1 = <u32>readBits(bits)
  variable.state2 = <u32>readBits(bits)
  variable.state3 = <u32>readBits(bits)
}

/** How many bits follow for each value of a batch. */
const OFFSET_BITS: usize = memory.data(256)

@inline
function readBin(table: usize, state: u32, output: usize, i: u32): u32 {
  const node = stateAt(table, state)
  store<u64>(output + (<usize>i << 3), node.lower)
  store<u8>(OFFSET_BITS + i, <u8>node.offsetBits)
  return node.base + <u32>readBits(node.bits)
}

/** Up to 256 values before deltas are undone: first all bins, four decoders in turn, then all offsets. */
export function readBatch(variable: Variable, output: usize, count: u32): void {
  const table = variable.table
  let state0 = variable.state0
  let state1 = variable.state1
  let state2 = variable.state2
  let state3 = variable.state3
  let i: u32 = 0
  for (; i + 4 <= count; i += 4) {
    state0 = readBin(table, state0, output, i)
    state1 = readBin(table, state1, output, i + 1)
    state2 = readBin(table, state2, output, i + 2)
    state3 = readBin(table, state3, output, i + 3)
  }
  // Only the last batch of a page is not whole: its states are not needed again.
  if (i < count) readBin(table, state0, output, i)
  if (i + 1 < count) readBin(table, state1, output, i + 1)
  if (i + 2 < count) readBin(table, state2, output, i + 2)
  variable.state0 = state0
  variable.state1 = state1
  variable.state2 = state2
  variable.state3 = state3
  const mask = variable.mask
  for (i = 0; i < count; i++) {
    const at = output + (<usize>i << 3)
    store<u64>(at, (load<u64>(at) + readBits(<u32>load<u8>(OFFSET_BITS + i))) & mask)
  }
}
