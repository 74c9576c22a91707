// Gathers items that lie a constant step apart, 16 bytes at a time: of every 16 bytes loaded, `pattern` picks
// the wanted items and puts them side by side. One loop for every item size and step, backwards too.

/**
 * `vectors` times: 16 bytes from `input`, rearranged, to `output`; then both move on. Each store overwrites
 * what the one before it left behind its items, so the last leaves up to 15 bytes after the output.
 */
export function gather(
  input: usize,
  output: usize,
  vectors: usize,
  inputAdvance: isize,
  outputAdvance: usize,
  pattern: usize,
): void {
  const order = v128.load(pattern)
  const outputTwice = outputAdvance << 1
  let from = input
  let to = output
  for (let pairs = vectors >> 1; pairs > 0; pairs--) {
    const first = v128.load(from)
    const second = v128.load(from + inputAdvance)
    v128.store(to, i8x16.swizzle(first, order))
    v128.store(to + outputAdvance, i8x16.swizzle(second, order))
    from += inputAdvance << 1
    to += outputTwice
  }
  if (vectors & 1) v128.store(to, i8x16.swizzle(v128.load(from), order))
}
