// `bytes`: items as they lie in memory, in the byte order the codec or (v2) the data type says.

import { uninitialized } from '../../../kernels/kernels.js'
import type { DataType } from '../../data-types/data-type.js'
import { isVariableLength } from '../../data-types/data-type.js'
import type { JsonObject } from '../../metadata/metadata.js'
import { toLittleEndian } from '../interface/byte-order.js'
import type { Allocate, ArrayToBytesCodec, ChunkSpec } from '../interface/codec.js'
import { choice } from '../interface/configuration.js'
import { codecFailed, codecMisconfigured } from '../interface/failures.js'
import { decodedByteLength } from '../interface/sizes.js'

/** v3's `endian` is optional: single bytes need none, and zarr-python takes little where it is left out. */
export function bytesCodec(members: JsonObject, spec: ChunkSpec): ArrayToBytesCodec {
  const endian = choice({ codec: 'bytes', members }, 'endian', ['little', 'big'])
  const { dataType } = spec
  if (isVariableLength(dataType)) {
    codecMisconfigured('bytes', `cannot hold items of variable length (${dataType.name})`)
  }
  const byteLength = decodedByteLength(spec)
  return {
    kind: 'array-bytes',
    name: 'bytes',
    encodedByteLength: byteLength,
    decode(encoded, { allocate = uninitialized, mayOverwrite }) {
      if (encoded.length !== byteLength) {
        codecFailed('bytes', `expected ${byteLength} bytes, found ${encoded.length}`, {
          expected: byteLength,
          actual: encoded.length,
        })
      }
      const bytes = toLittleEndian(encoded, { dataType, endian, allocate, mayOverwrite })
      return { kind: 'fixed', bytes: widenNarrow(bytes, dataType, allocate) }
    },
  }
}

/** int2, int4, uint2, uint4: the bits that do not count are arbitrary when stored and the sign, or 0, in answers. */
function widenNarrow(bytes: Uint8Array, dataType: DataType, allocate: Allocate): Uint8Array {
  if (dataType.bits === undefined) return bytes
  const shift = 32 - dataType.bits
  const isSigned = dataType.kind === 'int'
  const widened = allocate(bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    const high = bytes[i] << shift
    widened[i] = isSigned ? high >> shift : high >>> shift
  }
  return widened
}
