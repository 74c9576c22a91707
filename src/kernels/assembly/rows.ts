// Copies rows of bytes from one pitch to another: what `set` would be called for once a row.

/** `rows` rows of `length` bytes; the pitches are the bytes from one row to the next. Nothing else is written. */
export function copyRows(input: usize, output: usize, length: usize, rows: usize, inputPitch: isize, outputPitch: isize): void {
  let from = input
  let to = output
  for (let row: usize = 0; row < rows; row++) {
    copyRow(from, to, length)
    from += inputPitch
    to += outputPitch
  }
}

@inline
function copyRow(from: usize, to: usize, length: usize): void {
  if (length < 16) {
    for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i))
    return
  }
  const last = length - 16
  for (let i: usize = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i))
  v128.store(to + last, v128.load(from + last))
}
