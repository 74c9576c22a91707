// BloscLZ, the LZ77 of c-blosc 1 (a descendant of FastLZ). c-blosc blosc/blosclz.c.
import { copyLiterals, copyMatch } from './match'

/** Distances beyond this are written as 16 bits more. */
const MAX_SHORT_DISTANCE: usize = 8191

/** 0 when exactly [output, outputEnd) was filled from exactly [input, inputEnd), else -1. */
export function blosclzDecode(input: usize, inputEnd: usize, output: usize, outputEnd: usize): i32 {
  if (input >= inputEnd) return -1
  let ip = input
  let op = output
  // The first instruction is always a literal run; its upper bits carry the format's level.
  let control = <u32>load<u8>(ip++) & 31

  while (true) {
    if (control < 32) {
      const length: usize = control + 1
      if (length > inputEnd - ip || length > outputEnd - op) return -1
      copyLiterals(op, ip, length)
      ip += length
      op += length
    } else {
      let length: usize = (control >> 5) + 2
      if (length == 9) {
        let more: u32
        do {
          if (ip >= inputEnd) return -1
          more = <u32>load<u8>(ip++)
          length += more
          if (length > outputEnd - op) return -1
        } while (more == 255)
      }
      if (ip >= inputEnd) return -1
      const low = <u32>load<u8>(ip++)
      let distance: usize = ((control & 31) << 8) + low + 1
      if (low == 255 && (control & 31) == 31) {
        if (inputEnd - ip < 2) return -1
        distance = ((<usize>load<u8>(ip)) << 8) + <usize>load<u8>(ip + 1) + MAX_SHORT_DISTANCE + 1
        ip += 2
      }
      if (distance > op - output || length > outputEnd - op) return -1
      copyMatch(op, distance, length)
      op += length
    }
    if (ip >= inputEnd) break
    control = <u32>load<u8>(ip++)
  }
  return op == outputEnd ? 0 : -1
}
