// bzip2 in WASM: one or more streams into memory of a size that may turn out too small.
import { copyOut, type Output, withKernels } from './kernels.js'

/** -1 damaged, -2 checksum wrong, -3 output too small. */
export type Bzip2Fault = -1 | -2 | -3

/** A block of bzip2's highest level, one u32 for each of its bytes. */
const WORK_BYTES = 4 * 900_000

/** What `encoded` decodes to, at most `capacity` bytes; or why it cannot be decoded. */
export function decodeBzip2(encoded: Uint8Array, capacity: number, output: Output): Uint8Array | Bzip2Fault {
  return withKernels([encoded.length, WORK_BYTES, capacity], ({ functions, memory, regions }) => {
    const [input, work, start] = regions
    memory.set(encoded, input)
    const written = functions.bzip2Decode(input, input + encoded.length, work, start, start + capacity)
    if (written < 0) return written as Bzip2Fault
    return copyOut(memory, { byteOffset: start, byteLength: written }, output)
  })
}
