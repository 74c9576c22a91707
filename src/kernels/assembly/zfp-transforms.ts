// zfp's inverse transforms of a block of 4^d integers in place: along each axis, the last one first. Sums wrap.
// (zfp's docs/source/algorithm.rst: step 3, and Lossless Compression)
import { BLOCK } from './zfp-planes'

/** T is i32 or i64. */
export function undoTransform<T>(dimensions: u32, size: u32, isReversible: bool): void {
  for (let axis = dimensions; axis > 0; ) {
    axis--
    const stride = (<usize>1 << (2 * axis)) * sizeof<T>()
    for (let i: u32 = 0; i < size; i++) {
      if ((i >> (2 * axis)) & 3) continue
      const at = BLOCK + <usize>i * sizeof<T>()
      if (isReversible) undoDifferences<T>(at, stride)
      else undoLift<T>(at, stride)
    }
  }
}

/** The near-orthogonal transform of lossy modes, by lifting. */
@inline
function undoLift<T>(at: usize, stride: usize): void {
  let x = load<T>(at)
  let y = load<T>(at + stride)
  let z = load<T>(at + 2 * stride)
  let w = load<T>(at + 3 * stride)
  y += w >> 1
  w -= y >> 1
  y += w
  w = w + w - y
  z += x
  x = x + x - z
  y += z
  z = z + z - y
  w += x
  x = x + x - w
  store<T>(at, x)
  store<T>(at + stride, y)
  store<T>(at + 2 * stride, z)
  store<T>(at + 3 * stride, w)
}

/** The reversible transform: differences of the third order. */
@inline
function undoDifferences<T>(at: usize, stride: usize): void {
  const x = load<T>(at)
  let y = load<T>(at + stride)
  let z = load<T>(at + 2 * stride)
  let w = load<T>(at + 3 * stride)
  w += z
  z += y
  w += z
  y += x
  z += y
  w += z
  store<T>(at + stride, y)
  store<T>(at + 2 * stride, z)
  store<T>(at + 3 * stride, w)
}
