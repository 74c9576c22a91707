// v3 data types, core and registered extensions.
import type { DataType } from './data-type.js'
import type { Json } from './json.js'
import type { Place } from './place.js'

export function parseDataTypeV3(_json: Json, _place: Place): DataType {
  throw new Error('stub')
}
