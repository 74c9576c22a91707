// `bz2`: one or more bzip2 streams; their checksums are verified.
import { ZipzarrError } from '../../../errors.js'
import { decodeBzip2 } from '../../../kernels/bzip2.js'
import type { BytesToBytesCodec, Output } from '../interface/codec.js'
import { codecFailed } from '../interface/failures.js'
import { decodeGrowing } from '../interface/growing.js'

export function bz2Codec(): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name: 'bz2',
    encodedByteLength: () => undefined,
    decode(encoded, bound, output) {
      const size = { encodedByteLength: encoded.length, bound }
      return decodeGrowing('bz2', size, capacity => decodeInto(encoded, capacity, output))
    },
  }
}

function decodeInto(encoded: Uint8Array, capacity: number, output: Output): Uint8Array | undefined {
  const decoded = decodeBzip2(encoded, capacity, output)
  if (typeof decoded !== 'number') return decoded
  if (decoded === -3) return undefined
  if (decoded === -1) return codecFailed('bz2', 'the stream is damaged')
  throw new ZipzarrError('CHECKSUM_MISMATCH', 'codec "bz2": a block does not have its checksum', {
    facts: { codec: 'bz2' },
  })
}
