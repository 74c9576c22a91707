// `astype`, `quantize` and `bitround`: decoding is a conversion of type at most; what was rounded away when
// the chunk was written stays away.
import type { DataType } from '../../data-types/data-type.js'
import type { JsonObject } from '../../metadata/metadata.js'
import type { ChunkSpec, Codec, CodecContext } from '../interface/codec.js'
import { castItems, loadItems, numericType, storeItems } from '../interface/numeric.js'
import { numpyType, placeFilter } from './filter.js'

export function astypeCodec(members: JsonObject, spec: ChunkSpec, context: CodecContext): Codec {
  const configuration = { codec: 'astype', members }
  const decodedType = numpyType(configuration, 'decode_dtype', spec.dataType)
  const encodedType = numpyType(configuration, 'encode_dtype', decodedType)
  return placeFilter(castFilter('astype', decodedType, encodedType), spec, context)
}

export function quantizeCodec(members: JsonObject, spec: ChunkSpec, context: CodecContext): Codec {
  const configuration = { codec: 'quantize', members }
  const decodedType = numpyType(configuration, 'dtype', spec.dataType)
  const encodedType = numpyType(configuration, 'astype', decodedType)
  return placeFilter(castFilter('quantize', decodedType, encodedType), spec, context)
}

export function bitroundCodec(_members: JsonObject, spec: ChunkSpec, { stage }: CodecContext): Codec {
  if (stage === 'array') {
    return { kind: 'array-array', name: 'bitround', encodedSpec: spec, decode: input => input }
  }
  return {
    kind: 'bytes-bytes',
    name: 'bitround',
    encodedByteLength: decoded => decoded,
    decode: encoded => encoded,
  }
}

function castFilter(name: string, decodedType: DataType, encodedType: DataType) {
  const from = numericType(name, encodedType)
  const to = numericType(name, decodedType)
  const isSame = from.kind === to.kind && from.itemSize === to.itemSize && encodedType.swapSize < 2
  return {
    name,
    decodedType,
    encodedType,
    decode(encoded: Uint8Array): Uint8Array {
      return isSame ? encoded : storeItems(castItems(name, loadItems(name, encoded, from), from, to), to)
    },
  }
}
