// v3 fill values. Required by the specification: null or nothing is an error here.

import type { Json } from '../json/json.js'
import { failInvalid, type MetadataLocation } from '../json/metadata-location.js'
import { type DataType, isVariableLength } from './data-type.js'
import type { FillValue } from './fill-value.js'
import { encodeItem, type ItemRules } from './item-bytes.js'
import { byteStringOf } from './item-scalars.js'

const RULES: ItemRules = { hexFloats: true, legacyForms: false }

/** @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED */
export function parseFillValueV3(
  dataType: DataType,
  json: Json | undefined,
  place: MetadataLocation,
): FillValue {
  if (json === undefined || json === null) return failInvalid(place, 'expected a fill value, found none')
  if (!isVariableLength(dataType)) {
    return { kind: 'fixed', bytes: encodeItem(dataType, json, { rules: RULES, place }), isDefined: true }
  }
  if (dataType.kind === 'binary') {
    return { kind: 'variable', value: byteStringOf({ json, place }), isDefined: true }
  }
  if (typeof json === 'string') return { kind: 'variable', value: json, isDefined: true }
  return failInvalid(place, 'expected text')
}
