// `bz2`: one or more bzip2 streams; their checksums are verified.
import { ZipzarrError } from '../../../errors.js'
import { copyOut, withKernels } from '../../../kernels/kernels.js'
import type { Allocate, BytesToBytesCodec } from '../interface/codec.js'
import { codecFailed } from '../interface/failures.js'
import { decodeGrowing } from '../interface/growing.js'

/** A block of bzip2's highest level, one u32 for each of its bytes. */
const WORK_BYTES = 4 * 900_000

export function bz2Codec(): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name: 'bz2',
    encodedByteLength: () => undefined,
    decode(encoded, bound, allocate) {
      const size = { encodedByteLength: encoded.length, bound }
      return decodeGrowing('bz2', size, capacity => decodeInto(encoded, capacity, allocate))
    },
  }
}

function decodeInto(encoded: Uint8Array, capacity: number, allocate: Allocate): Uint8Array | undefined {
  return withKernels([encoded.length, WORK_BYTES, capacity], ({ functions, memory, regions }) => {
    const [input, work, output] = regions
    memory.set(encoded, input)
    const written = functions.bzip2Decode(input, input + encoded.length, work, output, output + capacity)
    if (written === -3) return undefined
    if (written === -2) {
      throw new ZipzarrError('CHECKSUM_MISMATCH', 'codec "bz2": a block does not have its checksum', {
        facts: { codec: 'bz2' },
      })
    }
    if (written < 0) codecFailed('bz2', 'the stream is damaged')
    return copyOut(memory, output, allocate(written))
  })
}
