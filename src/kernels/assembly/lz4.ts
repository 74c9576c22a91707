// LZ4 block format (not frames). https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
import { copyLiterals, copyMatch, copyShortMatch } from './match'

/** 0 when exactly [output, outputEnd) was filled from exactly [input, inputEnd), else -1. */
export function lz4Decode(input: usize, inputEnd: usize, output: usize, outputEnd: usize): i32 {
  let ip = input
  let op = output
  // Below these marks the shortest sequences need no further bounds checks: 1 + 14 + 2 bytes in, and
  // 16 + 20 out (what the wild copies write).
  const fastInputEnd = inputEnd > 32 ? inputEnd - 32 : 0
  const fastOutputEnd = outputEnd > 64 ? outputEnd - 64 : 0

  while (ip < inputEnd) {
    // Short sequences, one after the other; whatever else there is ends the loop and is taken below.
    while (ip < fastInputEnd && op < fastOutputEnd) {
      const token = <u32>load<u8>(ip)
      if (token < 15) {
        // No literals, as in most of a plane of shuffled numbers. A path of its own, because here the next
        // token's place does not depend on this one's value, and the processor need not wait for it.
        const distance: usize = <usize>load<u16>(ip, 1)
        // One comparison for both 0 and too far: 0 - 1 is the largest number there is.
        if (distance - 1 >= op - output) return -1
        copyShortMatch(op, distance)
        op += token + 4
        ip += 3
        continue
      }
      const literals = token >> 4
      const length = token & 15
      if (literals == 15 || length == 15) break
      v128.store(op, v128.load(ip, 1))
      op += literals
      const distance: usize = <usize>load<u16>(ip + literals, 1)
      if (distance - 1 >= op - output) return -1
      copyShortMatch(op, distance)
      op += length + 4
      ip += literals + 3
    }

    const token = <u32>load<u8>(ip++)
    const isFast = ip < fastInputEnd && op < fastOutputEnd
    let length: usize = token >> 4

    if (isFast && length < 15) {
      v128.store(op, v128.load(ip))
      ip += length
      op += length
    } else {
      if (length == 15) {
        let more: u32
        do {
          if (ip >= inputEnd) return -1
          more = <u32>load<u8>(ip++)
          length += more
          if (length > outputEnd - op) return -1
        } while (more == 255)
      }
      if (length > inputEnd - ip || length > outputEnd - op) return -1
      if (length != 0) copyLiterals(op, ip, length)
      ip += length
      op += length
      // The last sequence is literals only, and ends input and output together.
      if (ip == inputEnd) return op == outputEnd ? 0 : -1
      if (inputEnd - ip < 2) return -1
    }

    const distance: usize = <usize>load<u16>(ip)
    ip += 2
    // One comparison for both 0 and too far: 0 - 1 is the largest number there is.
    if (distance - 1 >= op - output) return -1
    length = (token & 15) + 4
    if (length < 19 && op < fastOutputEnd) {
      copyShortMatch(op, distance)
      op += length
      continue
    }
    if (length == 19) {
      let more: u32
      do {
        if (ip >= inputEnd) return -1
        more = <u32>load<u8>(ip++)
        length += more
        if (length > outputEnd - op) return -1
      } while (more == 255)
    }
    if (length > outputEnd - op) return -1
    copyMatch(op, distance, length)
    op += length
  }
  return -1
}
