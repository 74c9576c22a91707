// Undoes the byte shuffle: plane j holds byte j of every item. Items of 2, 4, 8 and 16 bytes by SIMD
// interleaving, 16 items a step; other sizes byte by byte.

/**
 * `itemCount` items of `itemSize` bytes from planes at `input` to `output`; bytes after the last whole item
 * are the caller's to copy.
 */
export function unshuffle(input: usize, output: usize, itemSize: usize, itemCount: usize): void {
  let done: usize = 0
  if (itemSize == 4) done = unshuffle4(input, output, itemCount)
  else if (itemSize == 8) done = unshuffle8(input, output, itemCount)
  else if (itemSize == 2) done = unshuffle2(input, output, itemCount)
  else if (itemSize == 16) done = unshuffle16(input, output, itemCount)
  for (let plane: usize = 0; plane < itemSize; plane++) {
    const from = input + plane * itemCount
    let to = output + done * itemSize + plane
    for (let i = done; i < itemCount; i++) {
      store<u8>(to, load<u8>(from + i))
      to += itemSize
    }
  }
}

@inline
function low8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
}
@inline
function high8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
}
@inline
function low16(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}
@inline
function high16(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}
@inline
function low32(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 0, 4, 1, 5)
}
@inline
function high32(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 2, 6, 3, 7)
}
@inline
function low64(a: v128, b: v128): v128 {
  return i64x2.shuffle(a, b, 0, 2)
}
@inline
function high64(a: v128, b: v128): v128 {
  return i64x2.shuffle(a, b, 1, 3)
}

function unshuffle2(input: usize, output: usize, itemCount: usize): usize {
  const whole = itemCount & ~15
  for (let i: usize = 0; i < whole; i += 16) {
    const a = v128.load(input + i)
    const b = v128.load(input + itemCount + i)
    const to = output + (i << 1)
    v128.store(to, low8(a, b))
    v128.store(to, high8(a, b), 16)
  }
  return whole
}

function unshuffle4(input: usize, output: usize, itemCount: usize): usize {
  const whole = itemCount & ~15
  const plane1 = input + itemCount
  const plane2 = plane1 + itemCount
  const plane3 = plane2 + itemCount
  for (let i: usize = 0; i < whole; i += 16) {
    const a = v128.load(input + i)
    const b = v128.load(plane1 + i)
    const c = v128.load(plane2 + i)
    const d = v128.load(plane3 + i)
    const abLow = low8(a, b)
    const abHigh = high8(a, b)
    const cdLow = low8(c, d)
    const cdHigh = high8(c, d)
    const to = output + (i << 2)
    v128.store(to, low16(abLow, cdLow))
    v128.store(to, high16(abLow, cdLow), 16)
    v128.store(to, low16(abHigh, cdHigh), 32)
    v128.store(to, high16(abHigh, cdHigh), 48)
  }
  return whole
}

function unshuffle8(input: usize, output: usize, itemCount: usize): usize {
  const whole = itemCount & ~15
  for (let i: usize = 0; i < whole; i += 16) {
    let from = input + i
    const p0 = v128.load(from)
    const p1 = v128.load((from += itemCount))
    const p2 = v128.load((from += itemCount))
    const p3 = v128.load((from += itemCount))
    const p4 = v128.load((from += itemCount))
    const p5 = v128.load((from += itemCount))
    const p6 = v128.load((from += itemCount))
    const p7 = v128.load(from + itemCount)
    const to = output + (i << 3)
    eightByEight(to, low8(p0, p1), low8(p2, p3), low8(p4, p5), low8(p6, p7))
    eightByEight(to + 64, high8(p0, p1), high8(p2, p3), high8(p4, p5), high8(p6, p7))
  }
  return whole
}

/** Eight items of eight bytes from four vectors of byte pairs. */
@inline
function eightByEight(to: usize, p01: v128, p23: v128, p45: v128, p67: v128): void {
  const frontLow = low16(p01, p23)
  const frontHigh = high16(p01, p23)
  const backLow = low16(p45, p67)
  const backHigh = high16(p45, p67)
  v128.store(to, low32(frontLow, backLow))
  v128.store(to, high32(frontLow, backLow), 16)
  v128.store(to, low32(frontHigh, backHigh), 32)
  v128.store(to, high32(frontHigh, backHigh), 48)
}

function unshuffle16(input: usize, output: usize, itemCount: usize): usize {
  const whole = itemCount & ~15
  for (let i: usize = 0; i < whole; i += 16) {
    // Two halves of eight planes each give the items' low and high eight bytes.
    let from = input + i
    const p0 = v128.load(from)
    const p1 = v128.load((from += itemCount))
    const p2 = v128.load((from += itemCount))
    const p3 = v128.load((from += itemCount))
    const p4 = v128.load((from += itemCount))
    const p5 = v128.load((from += itemCount))
    const p6 = v128.load((from += itemCount))
    const p7 = v128.load((from += itemCount))
    const p8 = v128.load((from += itemCount))
    const p9 = v128.load((from += itemCount))
    const pa = v128.load((from += itemCount))
    const pb = v128.load((from += itemCount))
    const pc = v128.load((from += itemCount))
    const pd = v128.load((from += itemCount))
    const pe = v128.load((from += itemCount))
    const pf = v128.load(from + itemCount)
    const to = output + (i << 4)
    sixteenByEight(to, low8(p0, p1), low8(p2, p3), low8(p4, p5), low8(p6, p7), low8(p8, p9), low8(pa, pb), low8(pc, pd), low8(pe, pf))
    sixteenByEight(to + 128, high8(p0, p1), high8(p2, p3), high8(p4, p5), high8(p6, p7), high8(p8, p9), high8(pa, pb), high8(pc, pd), high8(pe, pf))
  }
  return whole
}

/** Eight items of sixteen bytes from eight vectors of byte pairs. */
@inline
function sixteenByEight(to: usize, p01: v128, p23: v128, p45: v128, p67: v128, p89: v128, pab: v128, pcd: v128, pef: v128): void {
  const a = low16(p01, p23)
  const b = high16(p01, p23)
  const c = low16(p45, p67)
  const d = high16(p45, p67)
  const e = low16(p89, pab)
  const f = high16(p89, pab)
  const g = low16(pcd, pef)
  const h = high16(pcd, pef)
  storePair(to, low32(a, c), low32(e, g))
  storePair(to + 32, high32(a, c), high32(e, g))
  storePair(to + 64, low32(b, d), low32(f, h))
  storePair(to + 96, high32(b, d), high32(f, h))
}

@inline
function storePair(to: usize, front: v128, back: v128): void {
  v128.store(to, low64(front, back))
  v128.store(to, high64(front, back), 16)
}
