// v3 fill values.
import type { DataType } from './data-type.js'
import type { FillValue } from './fill-value.js'
import type { Json } from './json.js'
import type { Place } from './place.js'

export function parseFillValueV3(_dataType: DataType, _json: Json | undefined, _place: Place): FillValue {
  throw new Error('stub')
}
