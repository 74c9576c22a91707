// The coefficients of one zfp block: bit planes from the highest down, their run lengths undone, and negabinary
// made two's complement. (zfp's docs/source/algorithm.rst: Lossy Compression, steps 4 to 8)
import { isOverrun, readBits } from './low-bits'

/** Coefficients as they are stored, then in their places in the block: 256 of 8 bytes. */
const STORED: usize = memory.data(256 * 8, 16)
export const BLOCK: usize = memory.data(256 * 8, 16)

/**
 * Reads the `precision` highest planes of `size` coefficients, from at most `budget` bits. T is u32 or u64.
 * Answers how many bits there were.
 */
export function readPlanes<T>(budget: u32, precision: u32, size: u32): u32 {
  memory.fill(STORED, 0, <usize>size * sizeof<T>())
  const planes: u32 = sizeof<T>() * 8
  const lowest = planes > precision ? planes - precision : 0
  let left = budget
  /** Coefficients that had a bit set in a higher plane; all before them are stored as they are. */
  let known: u32 = 0
  for (let plane = planes; left > 0 && plane > lowest && !isOverrun; ) {
    plane--
    const verbatim = min<u32>(known, left)
    left -= verbatim
    depositBits<T>(verbatim, plane)
    while (left > 0 && known < size) {
      left--
      if (!readBits(1)) break
      // A run of zeros up to the next one; the last coefficient's one is not stored.
      while (left > 0 && known < size - 1) {
        left--
        if (readBits(1)) break
        known++
      }
      setBit<T>(known, plane)
      known++
    }
  }
  return budget - left
}

@inline
function setBit<T>(coefficient: u32, plane: u32): void {
  const at = STORED + <usize>coefficient * sizeof<T>()
  store<T>(at, load<T>(at) | ((<T>1) << <T>plane))
}

function depositBits<T>(count: u32, plane: u32): void {
  for (let first: u32 = 0; first < count; first += 64) {
    let bits = readBits(min<u32>(64, count - first))
    while (bits != 0) {
      setBit<T>(first + <u32>ctz<u64>(bits), plane)
      bits &= bits - 1
    }
  }
}

/** Puts the coefficients to their places; T is i32 or i64. */
export function orderCoefficients<T>(order: usize, size: u32): void {
  const mask = <T>0xaaaaaaaaaaaaaaaa
  for (let i: usize = 0; i < size; i++) {
    const coefficient = load<T>(STORED + i * sizeof<T>())
    store<T>(BLOCK + <usize>load<u8>(order + i) * sizeof<T>(), (coefficient ^ mask) - mask)
  }
}
