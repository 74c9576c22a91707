// Compressors of numbers, whose streams say what numbers they hold. v2 has them after the array→bytes codec,
// v3 (`numcodecs.*`) in its place: one implementation, put to either place here.

import { uninitialized } from '../../../kernels/kernels.js'
import type { DataType } from '../../data-types/data-type.js'
import type {
  Allocate,
  ArrayToBytesCodec,
  BytesToBytesCodec,
  ChunkSpec,
  CodecContext,
  OutputBound,
} from '../interface/codec.js'
import { codecFailed, codecUnsupported } from '../interface/failures.js'
import { checkBound, decodedByteLength } from '../interface/sizes.js'

export interface NumberType {
  readonly kind: 'int' | 'uint' | 'float'
  readonly itemSize: number
}

/** Little-endian numbers and what they are. */
export interface Numbers {
  readonly type: NumberType
  readonly bytes: Uint8Array
}

export interface NumberCompressor {
  readonly name: string
  readonly numberTypes: readonly NumberType[]
  decode(encoded: Uint8Array, bound: OutputBound, allocate: Allocate): Numbers
}

export function placeNumberCompressor(
  compressor: NumberCompressor,
  spec: ChunkSpec,
  { stage }: CodecContext,
): ArrayToBytesCodec | BytesToBytesCodec {
  if (stage === 'array') return compressorOfArrays(compressor, spec)
  return {
    kind: 'bytes-bytes',
    name: compressor.name,
    encodedByteLength: () => undefined,
    // Filters may stand between the numbers and the array's items: only the bytes are known here.
    decode: (encoded, bound, { allocate }) => compressor.decode(encoded, bound, allocate).bytes,
  }
}

export function compressorOfArrays(compressor: NumberCompressor, spec: ChunkSpec): ArrayToBytesCodec {
  const { name } = compressor
  const expected = numbersOf(compressor, spec.dataType)
  const byteLength = decodedByteLength(spec)
  const bound = { maxByteLength: byteLength, isExact: true }
  return {
    kind: 'array-bytes',
    name,
    encodedByteLength: undefined,
    maxEncodedByteLength: 2 * byteLength + 65_536,
    decode(encoded, { allocate = uninitialized }) {
      const { type, bytes } = compressor.decode(encoded, bound, allocate)
      if (type.kind !== expected.kind || type.itemSize !== expected.itemSize) {
        const found = `${type.kind}${8 * type.itemSize}`
        codecFailed(name, `expected numbers of type ${expected.kind}${8 * expected.itemSize}, found ${found}`)
      }
      checkBound(name, bytes.length, bound)
      return { kind: 'fixed', bytes }
    },
  }
}

/** Times are stored as the integers they are made of. */
export function numbersOf(
  { name, numberTypes }: Pick<NumberCompressor, 'name' | 'numberTypes'>,
  dataType: DataType,
): NumberType {
  const isTime = dataType.kind === 'datetime' || dataType.kind === 'timedelta'
  const kind = isTime ? 'int' : dataType.kind
  const isPlain =
    kind !== 'float' || /^(float(16|32|64)|[<>=|]?f[248]|half|single|double)$/.test(dataType.name)
  const found = numberTypes.find(type => type.kind === kind && type.itemSize === dataType.itemSize)
  if (found !== undefined && isPlain && dataType.bits === undefined) return found
  return codecUnsupported(name, `does not hold items of type ${dataType.name}`)
}
