// Zstandard (RFC 8878) in WASM: one or more frames into memory of a size that is known to be enough.
import { copyOut, type Output, withKernels } from './kernels.js'

/** -1 damaged, -2 checksum wrong, -3 output too small, -4 needs a dictionary. */
export type ZstdFault = -1 | -2 | -3 | -4

/** What `encoded` decodes to, at most `capacity` bytes; or why it cannot be decoded. */
export function decodeZstd(encoded: Uint8Array, capacity: number, output: Output): Uint8Array | ZstdFault {
  return withKernels([encoded.length, capacity], ({ functions, memory, regions: [input, start] }) => {
    memory.set(encoded, input)
    const written = functions.zstdDecode(input, input + encoded.length, start, start + capacity)
    if (written < 0) return written as ZstdFault
    return copyOut(memory, { byteOffset: start, byteLength: written }, output)
  })
}
