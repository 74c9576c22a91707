// Undoes the byte shuffle: plane j holds byte j of every item. Items of 2, 4, 8 and 16 bytes by SIMD
// interleaving, 16 items a step; other sizes byte by byte.

/** Room for the pointers of as many planes as blosc items have bytes. */
const MAX_TABLE: usize = 255
const TABLE: usize = memory.data(255 * 4, 16)

/**
 * `itemCount` items of `itemSize` bytes from planes at `input` to `output`; bytes after the last whole item
 * are the caller's to copy.
 */
export function unshuffle(input: usize, output: usize, itemSize: usize, itemCount: usize): void {
  if (itemSize > MAX_TABLE) {
    for (let plane: usize = 0; plane < itemSize; plane++) {
      spreadPlane(input + plane * itemCount, output + plane, itemSize, itemCount)
    }
    return
  }
  for (let plane: usize = 0; plane < itemSize; plane++) {
    store<u32>(TABLE + (plane << 2), <u32>(input + plane * itemCount))
  }
  unshufflePlanes(TABLE, output, itemSize, itemCount)
}

/** `table` holds `itemSize` pointers of 32 bits to the planes. */
function unshufflePlanes(table: usize, output: usize, itemSize: usize, itemCount: usize): void {
  const done = itemCount & ~15
  if (itemSize == 4) unshuffle4(table, output, done)
  else if (itemSize == 8) unshuffle8(table, output, done)
  else if (itemSize == 2) unshuffle2(table, output, done)
  else if (itemSize == 16) unshuffle16(table, output, done)
  else {
    for (let plane: usize = 0; plane < itemSize; plane++) {
      spreadPlane(planeAt(table, plane), output + plane, itemSize, itemCount)
    }
    return
  }
  const rest = output + done * itemSize
  for (let plane: usize = 0; plane < itemSize; plane++) {
    spreadPlane(planeAt(table, plane) + done, rest + plane, itemSize, itemCount - done)
  }
}

@inline
function planeAt(table: usize, plane: usize): usize {
  return <usize>load<u32>(table + (plane << 2))
}

function spreadPlane(from: usize, output: usize, itemSize: usize, itemCount: usize): void {
  let to = output
  for (let i: usize = 0; i < itemCount; i++) {
    store<u8>(to, load<u8>(from + i))
    to += itemSize
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

function unshuffle2(table: usize, output: usize, itemCount: usize): void {
  const p0 = planeAt(table, 0)
  const p1 = planeAt(table, 1)
  for (let i: usize = 0; i < itemCount; i += 16) {
    const a = v128.load(p0 + i)
    const b = v128.load(p1 + i)
    const to = output + (i << 1)
    v128.store(to, low8(a, b))
    v128.store(to, high8(a, b), 16)
  }
}

function unshuffle4(table: usize, output: usize, itemCount: usize): void {
  const p0 = planeAt(table, 0)
  const p1 = planeAt(table, 1)
  const p2 = planeAt(table, 2)
  const p3 = planeAt(table, 3)
  for (let i: usize = 0; i < itemCount; i += 16) {
    const a = v128.load(p0 + i)
    const b = v128.load(p1 + i)
    const c = v128.load(p2 + i)
    const d = v128.load(p3 + i)
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
}

function unshuffle8(table: usize, output: usize, itemCount: usize): void {
  for (let i: usize = 0; i < itemCount; i += 16) {
    const p0 = v128.load(planeAt(table, 0) + i)
    const p1 = v128.load(planeAt(table, 1) + i)
    const p2 = v128.load(planeAt(table, 2) + i)
    const p3 = v128.load(planeAt(table, 3) + i)
    const p4 = v128.load(planeAt(table, 4) + i)
    const p5 = v128.load(planeAt(table, 5) + i)
    const p6 = v128.load(planeAt(table, 6) + i)
    const p7 = v128.load(planeAt(table, 7) + i)
    const to = output + (i << 3)
    eightByEight(to, low8(p0, p1), low8(p2, p3), low8(p4, p5), low8(p6, p7))
    eightByEight(to + 64, high8(p0, p1), high8(p2, p3), high8(p4, p5), high8(p6, p7))
  }
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

function unshuffle16(table: usize, output: usize, itemCount: usize): void {
  for (let i: usize = 0; i < itemCount; i += 16) {
    // Two halves of eight planes each give the items' low and high eight bytes.
    const p0 = v128.load(planeAt(table, 0) + i)
    const p1 = v128.load(planeAt(table, 1) + i)
    const p2 = v128.load(planeAt(table, 2) + i)
    const p3 = v128.load(planeAt(table, 3) + i)
    const p4 = v128.load(planeAt(table, 4) + i)
    const p5 = v128.load(planeAt(table, 5) + i)
    const p6 = v128.load(planeAt(table, 6) + i)
    const p7 = v128.load(planeAt(table, 7) + i)
    const p8 = v128.load(planeAt(table, 8) + i)
    const p9 = v128.load(planeAt(table, 9) + i)
    const pa = v128.load(planeAt(table, 10) + i)
    const pb = v128.load(planeAt(table, 11) + i)
    const pc = v128.load(planeAt(table, 12) + i)
    const pd = v128.load(planeAt(table, 13) + i)
    const pe = v128.load(planeAt(table, 14) + i)
    const pf = v128.load(planeAt(table, 15) + i)
    const to = output + (i << 4)
    sixteenByEight(to, low8(p0, p1), low8(p2, p3), low8(p4, p5), low8(p6, p7), low8(p8, p9), low8(pa, pb), low8(pc, pd), low8(pe, pf))
    sixteenByEight(to + 128, high8(p0, p1), high8(p2, p3), high8(p4, p5), high8(p6, p7), high8(p8, p9), high8(pa, pb), high8(pc, pd), high8(pe, pf))
  }
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
