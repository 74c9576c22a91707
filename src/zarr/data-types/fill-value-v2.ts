// v2 fill values, with what writers before and beside the specification put there: null for "none", 0 for
// text and structs, bare NaN (a number here), byte lists, numbers as text, lists of one.

import type { Json } from '../json/json.js'
import { failInvalid, type MetadataLocation } from '../json/metadata-location.js'
import { type DataType, isVariableLength } from './data-type.js'
import type { FillValue } from './fill-value.js'
import { encodeItem, type ItemRules } from './item-bytes.js'
import { byteStringOf, encodeNat } from './item-scalars.js'

const RULES: ItemRules = { hexFloats: false, legacyForms: true }

/** @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED */
export function parseFillValueV2(
  dataType: DataType,
  json: Json | undefined,
  place: MetadataLocation,
): FillValue {
  if (isVariableLength(dataType)) return parseVariable(dataType, json ?? null, place)
  if (json === undefined || json === null) {
    return { kind: 'fixed', bytes: undefinedItem(dataType, place), isDefined: false }
  }
  return { kind: 'fixed', bytes: encodeItem(dataType, json, { rules: RULES, place }), isDefined: true }
}

/** Zeros, or no time: what zarr-python reads where nothing is said. */
function undefinedItem(dataType: DataType, place: MetadataLocation): Uint8Array {
  const isTime = dataType.kind === 'datetime' || dataType.kind === 'timedelta'
  return isTime ? encodeNat(dataType, place) : new Uint8Array(dataType.itemSize)
}

function parseVariable(dataType: DataType, json: Json, place: MetadataLocation): FillValue {
  const isDefined = json !== null
  if (dataType.kind === 'object') return { kind: 'variable', value: json, isDefined }
  if (dataType.kind === 'binary') {
    const isEmpty = json === null || json === 0
    return { kind: 'variable', value: isEmpty ? new Uint8Array(0) : byteStringOf({ json, place }), isDefined }
  }
  const text = Array.isArray(json) && json.length === 1 ? json[0] : json
  if (typeof text === 'string') return { kind: 'variable', value: text, isDefined }
  // zarr-python reads a number as its digits: 0, its old default for objects, fills with "0".
  if (typeof json === 'number' || typeof json === 'bigint')
    return { kind: 'variable', value: String(json), isDefined }
  return json === null ? { kind: 'variable', value: '', isDefined } : failInvalid(place, 'expected text')
}
