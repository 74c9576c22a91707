// v2 fill values, with what writers before and beside the specification put there: null for "none", 0 for
// text and structs, bare NaN (a number here), byte lists.
import { type DataType, isVariableLength } from './data-type.js'
import type { FillValue } from './fill-value.js'
import { encodeItem, type ItemRules } from './item-bytes.js'
import { byteStringOf } from './item-scalars.js'
import type { Json } from './json.js'
import { failInvalid, type Place } from './place.js'

const RULES: ItemRules = { hexFloats: false, legacyForms: true }

/** @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED */
export function parseFillValueV2(dataType: DataType, json: Json | undefined, place: Place): FillValue {
  if (isVariableLength(dataType)) return parseVariable(dataType, json ?? null, place)
  if (json === undefined || json === null) {
    return { kind: 'fixed', bytes: new Uint8Array(dataType.itemSize), isDefined: false }
  }
  return { kind: 'fixed', bytes: encodeItem(dataType, json, { rules: RULES, place }), isDefined: true }
}

function parseVariable(dataType: DataType, json: Json, place: Place): FillValue {
  const isDefined = json !== null
  if (dataType.kind === 'object') return { kind: 'variable', value: json, isDefined }
  if (dataType.kind === 'binary') {
    const isEmpty = json === null || json === 0
    return { kind: 'variable', value: isEmpty ? new Uint8Array(0) : byteStringOf({ json, place }), isDefined }
  }
  if (typeof json === 'string') return { kind: 'variable', value: json, isDefined }
  // zarr-python reads a number as its digits: 0, its old default for objects, fills with "0".
  if (typeof json === 'number' || typeof json === 'bigint')
    return { kind: 'variable', value: String(json), isDefined }
  return json === null ? { kind: 'variable', value: '', isDefined } : failInvalid(place, 'expected text')
}
