// Bits with the lowest of a byte first, as pco and zfp have them; values of up to 64 bits. Reading beyond the end
// answers zeros and is remembered; callers ask `isOverrun` once per step instead of at every value.

let input: usize = 0
/** Of the next bit, counted from `input`. */
let position: u64 = 0
let end: u64 = 0

export let isOverrun: bool = false

export function openBits(start: usize, inputEnd: usize): void {
  input = start
  position = 0
  end = <u64>(inputEnd - start) << 3
  isOverrun = false
}

/** Up to 64 bits. The loads stay within 9 bytes after the last bit, which the slack of the region covers. */
@inline
export function readBits(count: u32): u64 {
  if (end - position < <u64>count) {
    isOverrun = true
    return 0
  }
  const at = input + <usize>(position >> 3)
  const shift = <u32>position & 7
  position += count
  let value = load<u64>(at) >> shift
  if (shift + count > 64) value |= <u64>load<u8>(at + 8) << (64 - shift)
  return count < 64 ? value & (((<u64>1) << count) - 1) : value
}

export function skipBits(count: u32): void {
  if (end - position < <u64>count) isOverrun = true
  else position += count
}

/** Moves on to a whole byte. False when the bits between are not the zeros they have to be. */
export function alignBits(): bool {
  return readBits(<u32>(-<i32>position) & 7) == 0 && !isOverrun
}

/** Where the next byte is; only between whole bytes. */
export function bytePosition(): usize {
  return input + <usize>(position >> 3)
}

/** Passes over whole bytes; false when there are not as many. */
export function skipBytes(count: u64): bool {
  if ((end - position) >> 3 < count) return false
  position += count << 3
  return true
}
