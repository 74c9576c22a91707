// Undoes the bit shuffle: for every byte j of an item and every bit k of that byte there is a row holding
// that bit of all items. Bits become bytes plane by plane, then the byte planes are unshuffled.
import { unshuffle } from './shuffle'

/** `itemCount` is a multiple of 8. `planes` is scratch space of itemSize * itemCount bytes. */
export function bitUnshuffle(input: usize, output: usize, planes: usize, itemSize: usize, itemCount: usize): void {
  const target = itemSize == 1 ? output : planes
  for (let plane: usize = 0; plane < itemSize; plane++) {
    rowsToBytes(input + plane * itemCount, target + plane * itemCount, itemCount >> 3)
  }
  if (itemSize != 1) unshuffle(planes, output, itemSize, itemCount)
}

// Swaps the bits chosen by mask between a (shifted) and b: one step of a bit matrix transpose. Writes both
// results through globals-free inlining: the caller takes the difference and applies it to both.
@inline
function difference(a: v128, b: v128, shift: i32, mask: v128): v128 {
  return v128.and(v128.xor(i64x2.shr_u(a, shift), b), mask)
}

/** Eight rows of `rowLength` bytes to 8 * rowLength bytes: bit i of byte p of row k is bit k of byte 8p+i. */
function rowsToBytes(input: usize, output: usize, rowLength: usize): void {
  const wholeEnd = rowLength & ~15
  const mask1 = i8x16.splat(0x55)
  const mask2 = i8x16.splat(0x33)
  const mask4 = i8x16.splat(0x0f)
  for (let p: usize = 0; p < wholeEnd; p += 16) {
    let from = input + p
    let r0 = v128.load(from)
    let r1 = v128.load((from += rowLength))
    let r2 = v128.load((from += rowLength))
    let r3 = v128.load((from += rowLength))
    let r4 = v128.load((from += rowLength))
    let r5 = v128.load((from += rowLength))
    let r6 = v128.load((from += rowLength))
    let r7 = v128.load(from + rowLength)
    let d: v128

    d = difference(r0, r1, 1, mask1)
    r1 = v128.xor(r1, d)
    r0 = v128.xor(r0, i64x2.shl(d, 1))
    d = difference(r2, r3, 1, mask1)
    r3 = v128.xor(r3, d)
    r2 = v128.xor(r2, i64x2.shl(d, 1))
    d = difference(r4, r5, 1, mask1)
    r5 = v128.xor(r5, d)
    r4 = v128.xor(r4, i64x2.shl(d, 1))
    d = difference(r6, r7, 1, mask1)
    r7 = v128.xor(r7, d)
    r6 = v128.xor(r6, i64x2.shl(d, 1))

    d = difference(r0, r2, 2, mask2)
    r2 = v128.xor(r2, d)
    r0 = v128.xor(r0, i64x2.shl(d, 2))
    d = difference(r1, r3, 2, mask2)
    r3 = v128.xor(r3, d)
    r1 = v128.xor(r1, i64x2.shl(d, 2))
    d = difference(r4, r6, 2, mask2)
    r6 = v128.xor(r6, d)
    r4 = v128.xor(r4, i64x2.shl(d, 2))
    d = difference(r5, r7, 2, mask2)
    r7 = v128.xor(r7, d)
    r5 = v128.xor(r5, i64x2.shl(d, 2))

    d = difference(r0, r4, 4, mask4)
    r4 = v128.xor(r4, d)
    r0 = v128.xor(r0, i64x2.shl(d, 4))
    d = difference(r1, r5, 4, mask4)
    r5 = v128.xor(r5, d)
    r1 = v128.xor(r1, i64x2.shl(d, 4))
    d = difference(r2, r6, 4, mask4)
    r6 = v128.xor(r6, d)
    r2 = v128.xor(r2, i64x2.shl(d, 4))
    d = difference(r3, r7, 4, mask4)
    r7 = v128.xor(r7, d)
    r3 = v128.xor(r3, i64x2.shl(d, 4))

    interleaveRows(output + (p << 3), r0, r1, r2, r3, r4, r5, r6, r7)
  }
  for (let p = wholeEnd; p < rowLength; p++) {
    let bits: u64 = 0
    for (let k: usize = 0; k < 8; k++) bits |= <u64>load<u8>(input + k * rowLength + p) << (k << 3)
    store<u64>(output + (p << 3), transpose8(bits))
  }
}

/** Transposes an 8 by 8 bit matrix held in 64 bits (Hacker's Delight, 7-3). */
@inline
function transpose8(bits: u64): u64 {
  let t = (bits ^ (bits >> 7)) & 0x00aa00aa00aa00aa
  bits = bits ^ t ^ (t << 7)
  t = (bits ^ (bits >> 14)) & 0x0000cccc0000cccc
  bits = bits ^ t ^ (t << 14)
  t = (bits ^ (bits >> 28)) & 0x00000000f0f0f0f0
  return bits ^ t ^ (t << 28)
}

/** Byte p of vector i becomes byte 8p+i. */
@inline
function interleaveRows(to: usize, r0: v128, r1: v128, r2: v128, r3: v128, r4: v128, r5: v128, r6: v128, r7: v128): void {
  interleaveHalf(
    to,
    i8x16.shuffle(r0, r1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
    i8x16.shuffle(r2, r3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
    i8x16.shuffle(r4, r5, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
    i8x16.shuffle(r6, r7, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
  )
  interleaveHalf(
    to + 64,
    i8x16.shuffle(r0, r1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
    i8x16.shuffle(r2, r3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
    i8x16.shuffle(r4, r5, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
    i8x16.shuffle(r6, r7, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
  )
}

@inline
function interleaveHalf(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  const abLow = i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
  const abHigh = i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
  const cdLow = i16x8.shuffle(c, d, 0, 8, 1, 9, 2, 10, 3, 11)
  const cdHigh = i16x8.shuffle(c, d, 4, 12, 5, 13, 6, 14, 7, 15)
  v128.store(to, i32x4.shuffle(abLow, cdLow, 0, 4, 1, 5))
  v128.store(to, i32x4.shuffle(abLow, cdLow, 2, 6, 3, 7), 16)
  v128.store(to, i32x4.shuffle(abHigh, cdHigh, 0, 4, 1, 5), 32)
  v128.store(to, i32x4.shuffle(abHigh, cdHigh, 2, 6, 3, 7), 48)
}
