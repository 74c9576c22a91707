// zfp's compressed arrays of one to four dimensions, in all modes; TypeScript reads the header and says the
// parameters (../../codecs/zfp*.ts). Own work after zfp's docs/source/algorithm.rst, codec version 5.
import { isOverrun, openBits, readBits, skipBits } from './low-bits'
import { coefficientOrder } from './zfp-orders'
import { BLOCK, orderCoefficients, readPlanes } from './zfp-planes'
import { undoTransform } from './zfp-transforms'

/** Smaller exponents than a double's stand for the reversible mode. */
const LEAST_EXPONENT: i32 = -1074

let dimensions: u32 = 1
let blockSize: u32 = 4
let order: usize = 0
let maxBits: u32 = 0
let maxPrecision: u32 = 0
let leastExponent: i32 = 0
let isReversible: bool = false
/** Bits of the block that were read so far. */
let used: u32 = 0

// Items along each axis, x fastest; 1 beyond the array's own axes.
let nx: u32 = 1
let ny: u32 = 1
let nz: u32 = 1
let nw: u32 = 1

/** The array's axes, x fastest; those it does not have are 0. */
export function zfpSetShape(x: u32, y: u32, z: u32, w: u32): void {
  nx = x
  ny = max<u32>(y, 1)
  nz = max<u32>(z, 1)
  nw = max<u32>(w, 1)
  dimensions = y == 0 ? 1 : z == 0 ? 2 : w == 0 ? 3 : 4
  blockSize = 1 << (2 * dimensions)
  order = coefficientOrder(dimensions)
}

/**
 * Decodes the array from bit `firstBit` on, filling all of `output`. `type`: 1 int32, 2 int64, 3 float32,
 * 4 float64. Answers 0, or -1 when the input ends too early.
 */
export function zfpDecode(
  input: usize,
  inputEnd: usize,
  firstBit: u32,
  type: u32,
  minBits: u32,
  mostBits: u32,
  precision: u32,
  exponent: i32,
  output: usize,
): i32 {
  maxBits = mostBits
  maxPrecision = precision
  leastExponent = exponent
  isReversible = exponent < LEAST_EXPONENT
  openBits(input, inputEnd)
  skipBits(firstBit)
  for (let w: u32 = 0; w < nw; w += 4) {
    for (let z: u32 = 0; z < nz; z += 4) {
      for (let y: u32 = 0; y < ny; y += 4) {
        for (let x: u32 = 0; x < nx; x += 4) {
          readBlock(type)
          if (used < minBits) skipBits(minBits - used)
          if (isOverrun) return -1
          if (type & 1) scatter<u32>(output, x, y, z, w)
          else scatter<u64>(output, x, y, z, w)
        }
      }
    }
  }
  return 0
}

function readBlock(type: u32): void {
  used = 0
  if (type == 1) readIntegers<i32, u32>(maxPrecision)
  else if (type == 2) readIntegers<i64, u64>(maxPrecision)
  else if (type == 3) readFloats<f32, i32, u32>()
  else readFloats<f64, i64, u64>()
}

/** A block of integers; what it takes of `maxBits` wraps when floats took more already, as it does in zfp. */
function readIntegers<T, U>(lossyPrecision: u32): void {
  let precision = lossyPrecision
  if (isReversible) {
    const bits: u32 = sizeof<T>() == 8 ? 6 : 5
    precision = <u32>readBits(bits) + 1
    used += bits
  }
  used += readPlanes<U>(maxBits - used, precision, blockSize)
  orderCoefficients<T>(order, blockSize)
  undoTransform<T>(dimensions, blockSize, isReversible)
}

/** A block of floats: empty, integers with one exponent for all, or (reversible only) the floats' own bits. */
function readFloats<F, T, U>(): void {
  used = 1
  if (!readBits(1)) {
    memory.fill(BLOCK, 0, <usize>blockSize * sizeof<F>())
    return
  }
  if (isReversible) {
    used++
    if (readBits(1)) {
      readIntegers<T, U>(0)
      restoreSigns<T>()
      return
    }
  }
  const exponentBits: u32 = sizeof<F>() == 8 ? 11 : 8
  const bias: i32 = sizeof<F>() == 8 ? 1023 : 127
  const exponent = <i32>readBits(exponentBits) - bias
  used += exponentBits
  const precision = max<i32>(exponent - leastExponent + 2 * <i32>dimensions + 2, 0)
  readIntegers<T, U>(min<u32>(maxPrecision, <u32>precision))
  if (isReversible && exponent == -bias) memory.fill(BLOCK, 0, <usize>blockSize * sizeof<F>())
  else scale<F, T>(exponent - (<i32>sizeof<F>() * 8 - 2))
}

/** Two's complement to the sign and magnitude of floats. */
function restoreSigns<T>(): void {
  for (let at = BLOCK; at < BLOCK + <usize>blockSize * sizeof<T>(); at += sizeof<T>()) {
    const value = load<T>(at)
    if (value < 0) store<T>(at, value ^ (<T>(-1) ^ ((<T>1) << <T>(sizeof<T>() * 8 - 1))))
  }
}

function scale<F, T>(exponent: i32): void {
  const factor = <F>(sizeof<F>() == 8 ? powerOfTwo(exponent) : <f64>(<f32>powerOfTwo(exponent)))
  for (let at = BLOCK; at < BLOCK + <usize>blockSize * sizeof<T>(); at += sizeof<T>()) {
    store<F>(at, factor * <F>load<T>(at))
  }
}

/** 2 to the power of at most 1023; 0 below the smallest subnormal. */
function powerOfTwo(exponent: i32): f64 {
  if (exponent >= -1022) return reinterpret<f64>(<u64>(exponent + 1023) << 52)
  return exponent >= -1074 ? reinterpret<f64>(<u64>1 << <u64>(exponent + 1074)) : 0
}

/** Copies what of the block is within the array. */
function scatter<U>(output: usize, x: u32, y: u32, z: u32, w: u32): void {
  const countX = min<u32>(4, nx - x)
  const countY = min<u32>(4, ny - y)
  const countZ = min<u32>(4, nz - z)
  const countW = min<u32>(4, nw - w)
  for (let l: u32 = 0; l < countW; l++) {
    for (let k: u32 = 0; k < countZ; k++) {
      for (let j: u32 = 0; j < countY; j++) {
        const row = ((<usize>(w + l) * nz + (z + k)) * ny + (y + j)) * nx + x
        const from = BLOCK + <usize>(((l << 6) | (k << 4) | (j << 2)) * <u32>sizeof<U>())
        memory.copy(output + row * sizeof<U>(), from, <usize>countX * sizeof<U>())
      }
    }
  }
}
