// Snappy's raw format. https://github.com/google/snappy/blob/main/format_description.txt
import { copyLiterals, copyMatch } from './match'

/** 0 when exactly [output, outputEnd) was filled from exactly [input, inputEnd), else -1. */
export function snappyDecode(input: usize, inputEnd: usize, output: usize, outputEnd: usize): i32 {
  let ip = input
  let op = output
  // Preamble: the decoded length as a varint.
  let declared: u64 = 0
  let shift: u64 = 0
  let byte: u32
  do {
    if (ip >= inputEnd || shift > 28) return -1
    byte = <u32>load<u8>(ip++)
    declared |= (<u64>(byte & 127)) << shift
    shift += 7
  } while (byte & 128)
  if (declared != <u64>(outputEnd - output)) return -1

  while (ip < inputEnd) {
    const tag = <u32>load<u8>(ip++)
    const kind = tag & 3
    if (kind == 0) {
      let length: usize = tag >> 2
      if (length >= 60) {
        const extra: usize = length - 59
        if (extra > inputEnd - ip) return -1
        length = 0
        for (let i: usize = 0; i < extra; i++) length |= (<usize>load<u8>(ip + i)) << (i << 3)
        ip += extra
        if (length > outputEnd - op) return -1
      }
      length += 1
      if (length > inputEnd - ip || length > outputEnd - op) return -1
      copyLiterals(op, ip, length)
      ip += length
      op += length
      continue
    }
    let length: usize = (tag >> 2) + 1
    let distance: usize
    if (kind == 1) {
      if (ip >= inputEnd) return -1
      length = ((tag >> 2) & 7) + 4
      distance = ((<usize>(tag >> 5)) << 8) | <usize>load<u8>(ip)
      ip += 1
    } else if (kind == 2) {
      if (inputEnd - ip < 2) return -1
      distance = <usize>load<u16>(ip)
      ip += 2
    } else {
      if (inputEnd - ip < 4) return -1
      distance = <usize>load<u32>(ip)
      ip += 4
    }
    if (distance == 0 || distance > op - output || length > outputEnd - op) return -1
    copyMatch(op, distance, length)
    op += length
  }
  return op == outputEnd ? 0 : -1
}
