// v2 data types: NumPy typestrings and structured lists.
import type { DataType } from './data-type.js'
import type { Json } from './json.js'
import type { Place } from './place.js'

export function parseDataTypeV2(_json: Json, _place: Place, _objectCodec?: string): DataType {
  throw new Error('stub')
}
/** A data type as numcodecs configurations spell it: `<f4`, `f4` or `float32`; native order is little-endian. */
export function parseNumpyDataType(_text: Json, _place: Place): DataType {
  throw new Error('stub')
}
