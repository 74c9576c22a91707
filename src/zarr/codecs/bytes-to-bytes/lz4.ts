// `lz4`: numcodecs' form, the decoded length (u32le) and then one raw LZ4 block.
import { copyOut, withKernels } from '../../../kernels/kernels.js'
import type { BytesToBytesCodec } from '../interface/codec.js'
import { codecFailed } from '../interface/failures.js'
import { checkBound } from '../interface/sizes.js'

const HEADER_LENGTH = 4

function declaredByteLength(encoded: Uint8Array): number | undefined {
  if (encoded.length < HEADER_LENGTH) return undefined
  return new DataView(encoded.buffer, encoded.byteOffset).getUint32(0, true)
}

export function lz4Codec(): BytesToBytesCodec {
  return {
    kind: 'bytes-bytes',
    name: 'lz4',
    encodedByteLength: () => undefined,
    declaredByteLength,
    decode(encoded, bound, output) {
      if (encoded.length < HEADER_LENGTH)
        codecFailed('lz4', `expected a header of 4 bytes, found ${encoded.length}`)
      const declared = new DataView(encoded.buffer, encoded.byteOffset).getUint32(0, true)
      checkBound('lz4', declared, bound)
      return withKernels([encoded.length, declared], ({ functions, memory, regions: [input, to] }) => {
        memory.set(encoded, input)
        const start = input + HEADER_LENGTH
        if (functions.lz4Decode(start, input + encoded.length, to, to + declared) !== 0) {
          codecFailed('lz4', `the block does not decode to the ${declared} bytes it declares`)
        }
        return copyOut(memory, { byteOffset: to, byteLength: declared }, output)
      })
    },
  }
}
