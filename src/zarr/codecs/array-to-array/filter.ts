// numcodecs' filters work on flat items of a data type of their own. v2 lists them after the array→bytes
// codec, v3 (`numcodecs.*`) before it: one implementation, put to either place here.
import type { DataType } from '../../data-types/data-type.js'
import { parseNumpyDataType } from '../../data-types/data-type-v2.js'
import type { ArrayToArrayCodec, BytesToBytesCodec, ChunkSpec, CodecContext } from '../interface/codec.js'
import { type Configuration, member } from '../interface/configuration.js'
import { codecMisconfigured } from '../interface/failures.js'
import { fixedBytes, itemCount } from '../interface/sizes.js'

/** What the filter's two sides hold, in their own byte orders. */
export interface FlatFilter {
  readonly name: string
  readonly decodedType: DataType
  readonly encodedType: DataType
  decode(encoded: Uint8Array): Uint8Array
}

export function placeFilter(
  filter: FlatFilter,
  spec: ChunkSpec,
  { stage }: CodecContext,
): ArrayToArrayCodec | BytesToBytesCodec {
  return stage === 'array' ? filterOfArrays(filter, spec) : filterOfBytes(filter)
}

function filterOfBytes(filter: FlatFilter): BytesToBytesCodec {
  const { name, decodedType, encodedType } = filter
  return {
    kind: 'bytes-bytes',
    name,
    // A length that is no whole number of items is found when the chunk is decoded.
    encodedByteLength: decoded => Math.ceil(decoded / decodedType.itemSize) * encodedType.itemSize,
    decode: encoded => filter.decode(encoded),
  }
}

function filterOfArrays(filter: FlatFilter, spec: ChunkSpec): ArrayToArrayCodec {
  const { name, decodedType, encodedType } = filter
  if (decodedType.itemSize !== spec.dataType.itemSize) {
    codecMisconfigured(name, `decodes to ${decodedType.name}, but the array holds ${spec.dataType.name}`)
  }
  return {
    kind: 'array-array',
    name,
    encodedSpec: encodedSide(spec, encodedType),
    decode(input) {
      return { kind: 'fixed', bytes: filter.decode(fixedBytes(name, input)) }
    },
  }
}

/** The same items as another type. How the filter would encode the fill value is not known: it has none. */
export function encodedSide(spec: ChunkSpec, dataType: DataType): ChunkSpec {
  const bytes = new Uint8Array(dataType.itemSize)
  return { shape: spec.shape, dataType, fillValue: { kind: 'fixed', bytes, isDefined: false } }
}

/** The same bytes as a flat list of single bytes. */
export function asBytes(spec: ChunkSpec, byteLength: number): ChunkSpec {
  return { ...encodedSide(spec, BYTE), shape: [byteLength] }
}

const BYTE: DataType = { name: 'uint8', kind: 'uint', itemSize: 1, swapSize: 0, numpyDescr: '|u1' }

/** A member that names a NumPy type (`<i2`, `int16`), or `fallback`. */
export function numpyType(configuration: Configuration, name: string, fallback: DataType): DataType {
  const value = member(configuration, name)
  if (value === undefined) return fallback
  return parseNumpyDataType(value, { path: '', member: `codecs.${configuration.codec}.${name}` })
}

/** Items of the chunk at this place, whatever its axes. */
export function itemsOf(spec: ChunkSpec): number {
  return itemCount(spec.shape)
}
