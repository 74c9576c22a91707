// LZ4 block format (not frames). https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
import { copyLiterals, copyMatch } from './match'

/** 0 when exactly [output, outputEnd) was filled from exactly [input, inputEnd), else -1. */
export function lz4Decode(input: usize, inputEnd: usize, output: usize, outputEnd: usize): i32 {
  let ip = input
  let op = output
  // Below these marks the shortest sequences need no further bounds checks: 1 + 14 + 2 bytes in, and
  // 16 + 20 out (what the wild copies write).
  const fastInputEnd = inputEnd > 32 ? inputEnd - 32 : 0
  const fastOutputEnd = outputEnd > 64 ? outputEnd - 64 : 0

  while (ip < inputEnd) {
    const token = <u32>load<u8>(ip++)
    let length: usize = token >> 4

    if (length < 15 && ip < fastInputEnd && op < fastOutputEnd) {
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
    }

    if (inputEnd - ip < 2) return -1
    const distance: usize = <usize>load<u16>(ip)
    ip += 2
    if (distance == 0 || distance > op - output) return -1
    length = (token & 15) + 4
    if (length < 19 && distance >= 16 && op < fastOutputEnd) {
      const from = op - distance
      v128.store(op, v128.load(from))
      store<u32>(op + 16, load<u32>(from + 16))
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
