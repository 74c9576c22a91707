// Copies shared by the LZ77 decoders. "Wild" copies may write up to 31 bytes past their end: what they
// write there is overwritten later or lies in the region's slack, and is never handed out.

// Row n (1..15): the byte numbers 0..n-1 repeated, for spreading a short match over 16 bytes.
const PATTERNS: usize = memory.data<u8>(
  [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
    0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0,
    0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
    0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0,
    0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
    0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1,
    0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 1, 2,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 1,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0,
  ],
  16,
)

// memory.copy and memory.fill are calls out of the compiled code: worth it only for long runs.
const LONG_RUN: usize = 512

@inline
export function copyLiterals(to: usize, from: usize, length: usize): void {
  if (length >= LONG_RUN) {
    memory.copy(to, from, length)
    return
  }
  const end = to + length
  do {
    v128.store(to, v128.load(from))
    to += 16
    from += 16
  } while (to < end)
}

/** The same for up to 18 bytes, without a loop: writes 32 bytes at most. */
@inline
export function copyShortMatch(to: usize, distance: usize): void {
  const from = to - distance
  if (distance >= 16) {
    v128.store(to, v128.load(from))
    store<u16>(to, load<u16>(from, 16), 16)
  } else if (distance >= 8) {
    store<u64>(to, load<u64>(from))
    store<u64>(to, load<u64>(from, 8), 8)
    store<u16>(to, load<u16>(from, 16), 16)
  } else {
    const pattern = v128.swizzle(v128.load(from), v128.load(PATTERNS + (distance << 4)))
    v128.store(to, pattern)
    v128.store(to + (16 - (<usize>16 % distance)), pattern)
  }
}

/** Copies `length` bytes from `distance` bytes back; needs 1 <= distance <= bytes written so far. */
export function copyMatch(to: usize, distance: usize, length: usize): void {
  const from = to - distance
  if (distance >= 16) {
    if (length >= LONG_RUN && distance >= length) {
      memory.copy(to, from, length)
      return
    }
    // Most are short: without a loop there is no end of it to be guessed wrongly.
    v128.store(to, v128.load(from))
    v128.store(to, v128.load(from, 16), 16)
    if (length <= 32) return
    const end = to + length
    let source = from + 32
    to += 32
    do {
      v128.store(to, v128.load(source))
      to += 16
      source += 16
    } while (to < end)
    return
  }
  spreadMatch(to, distance, length)
}

/** A match nearer than 16 bytes: its bytes repeat, so 16 of them are made once and stored again and again. */
function spreadMatch(to: usize, distance: usize, length: usize): void {
  const pattern = v128.swizzle(v128.load(to - distance), v128.load(PATTERNS + (distance << 4)))
  const step: usize = 16 - (<usize>16 % distance)
  const end = to + length
  do {
    v128.store(to, pattern)
    to += step
  } while (to < end)
}
