// `shuffle`: HDF5's byte shuffle by itself, as numcodecs writes it.
import { copyOut, withKernels } from '../../../kernels/kernels.js'
import type { JsonObject } from '../../metadata/metadata.js'
import type { BytesToBytesCodec, ChunkSpec } from '../interface/codec.js'
import { integer } from '../interface/configuration.js'
import { codecFailed } from '../interface/failures.js'

const DEFAULT_ELEMENT_SIZE = 4

/** v3 leaves `elementsize` to the array's data type when it is null; numcodecs' own default is 4. */
export function shuffleCodec(members: JsonObject, spec: ChunkSpec): BytesToBytesCodec {
  const fallback = members.elementsize === null ? spec.dataType.itemSize : DEFAULT_ELEMENT_SIZE
  const elementSize = integer({ codec: 'shuffle', members }, 'elementsize', fallback)
  return {
    kind: 'bytes-bytes',
    name: 'shuffle',
    encodedByteLength: decoded => decoded,
    decode(encoded, _bound, output) {
      if (elementSize <= 1) return encoded
      if (encoded.length % elementSize !== 0) {
        codecFailed('shuffle', `${encoded.length} bytes are no whole elements of ${elementSize} bytes`)
      }
      const { length } = encoded
      return withKernels([length, length], ({ functions, memory, regions: [input, start] }) => {
        memory.set(encoded, input)
        functions.unshuffle(input, start, elementSize, length / elementSize)
        return copyOut(memory, { byteOffset: start, byteLength: length }, output)
      })
    },
  }
}
