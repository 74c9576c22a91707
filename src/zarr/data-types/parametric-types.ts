// Data types that take a length, a time unit or fields; the v2 and the v3 parser both end here. Sizes come
// from untrusted documents, so every one is bounded before it is used.

import type { Json } from '../json/json.js'
import { failDataType, failInvalid, type MetadataLocation } from '../json/metadata-location.js'
import {
  type DataType,
  isVariableLength,
  MAX_ITEM_SIZE,
  type NumpyDescr,
  type StructField,
} from './data-type.js'

/** NumPy's units, and the spellings of the micro sign that occur. */
const TIME_UNITS = new Set(['Y', 'M', 'W', 'D', 'h', 'm', 's', 'ms', 'us', 'ns', 'ps', 'fs', 'as', 'generic'])
const MICROSECONDS = new Set(['\u00b5s', '\u03bcs'])
/** NumPy keeps the factor in a C int. */
const MAX_TIME_FACTOR = 0x7fffffff

/** A size in bytes as the metadata gives it: a whole number, at least 1 and at most MAX_ITEM_SIZE. */
export function parseItemSize(json: Json | undefined, place: MetadataLocation): number {
  if (typeof json !== 'number' || !Number.isSafeInteger(json) || json < 1) {
    return failInvalid(place, `expected a length in bytes of at least 1, found ${String(json)}`)
  }
  if (json > MAX_ITEM_SIZE) failDataType(place, `items of ${json} bytes; at most ${MAX_ITEM_SIZE} are read`)
  return json
}

export function fixedBytesType(name: string, itemSize: number): DataType {
  return { name, kind: 'bytes', itemSize, swapSize: 0, numpyDescr: `|S${itemSize}` }
}

export function rawType(name: string, itemSize: number): DataType {
  return { name, kind: 'raw', itemSize, swapSize: 0, numpyDescr: `|V${itemSize}` }
}

/** Fixed-length text; `itemSize` is in bytes, four a code point. */
export function utf32Type(name: string, itemSize: number, place: MetadataLocation): DataType {
  if (itemSize % 4 !== 0) failInvalid(place, `expected a multiple of 4 bytes for UTF-32, found ${itemSize}`)
  return { name, kind: 'utf32', itemSize, swapSize: 4, numpyDescr: `<U${itemSize / 4}` }
}

export function timeType(
  name: string,
  kind: 'datetime' | 'timedelta',
  time: { unit: Json | undefined; factor: Json | undefined; place: MetadataLocation },
): DataType {
  const unit = typeof time.unit === 'string' && MICROSECONDS.has(time.unit) ? 'us' : time.unit
  if (typeof unit !== 'string' || !TIME_UNITS.has(unit)) {
    return failDataType(time.place, `expected one of NumPy's time units, found ${String(time.unit)}`)
  }
  const { factor } = time
  if (typeof factor !== 'number' || !Number.isInteger(factor) || factor < 1 || factor > MAX_TIME_FACTOR) {
    return failInvalid(
      time.place,
      `expected a time factor of 1 to ${MAX_TIME_FACTOR}, found ${String(factor)}`,
    )
  }
  const letter = kind === 'datetime' ? 'M' : 'm'
  const suffix = unit === 'generic' ? '' : `[${factor === 1 ? '' : factor}${unit}]`
  return { name, kind, itemSize: 8, swapSize: 8, numpyDescr: `<${letter}8${suffix}`, time: { unit, factor } }
}

/** Items of no fixed size; they come out of an object codec. */
export function variableType(name: string, kind: 'string' | 'binary' | 'object'): DataType {
  return { name, kind, itemSize: 0, swapSize: 0 }
}

/** Fields of one struct, and structs of one sub-array: each part of an item costs memory and time of its own. */
const MAX_STRUCT_PARTS = 10_000

/** @throws ZipzarrError DATA_TYPE_UNSUPPORTED */
export function checkFieldCount(fields: readonly Json[], place: MetadataLocation): void {
  if (fields.length > MAX_STRUCT_PARTS)
    failDataType(
      place,
      `a struct of ${fields.length} fields, more than ${MAX_STRUCT_PARTS}, is not supported`,
    )
}

/** A field as both formats give it, before its offset is known. */
export interface FieldSpec {
  readonly name: string
  readonly dataType: DataType
  readonly shape: readonly number[]
  readonly place: MetadataLocation
}

/** Fields packed one after the other without padding, as NumPy's unaligned structs and the v3 `struct`. */
export function structType(name: string, specs: readonly FieldSpec[], place: MetadataLocation): DataType {
  if (specs.length === 0) failInvalid(place, 'expected at least one field, found none')
  const names = new Set<string>()
  const fields: StructField[] = []
  let byteOffset = 0
  let parts = 0
  for (const spec of specs) {
    if (names.has(spec.name)) failInvalid(spec.place, `field name ${JSON.stringify(spec.name)} is used twice`)
    names.add(spec.name)
    parts += partsOf(spec)
    if (parts > MAX_STRUCT_PARTS)
      failDataType(spec.place, `a struct of more than ${MAX_STRUCT_PARTS} parts is not supported`)
    fields.push({ name: spec.name, dataType: spec.dataType, shape: spec.shape, byteOffset })
    byteOffset += fieldSize(spec)
    if (byteOffset > MAX_ITEM_SIZE) failDataType(place, `items of more than ${MAX_ITEM_SIZE} bytes`)
  }
  return {
    name,
    kind: 'struct',
    itemSize: byteOffset,
    swapSize: 0,
    numpyDescr: fields.map(fieldDescr),
    fields,
  }
}

/** Plain items in a row are one part. */
function partsOf({ dataType, shape }: Pick<StructField, 'dataType' | 'shape'>): number {
  if (dataType.fields === undefined) return 1
  const count = shape.reduce((product, length) => product * length, 1)
  return count * dataType.fields.reduce((sum, field) => sum + partsOf(field), 0)
}

function fieldSize(spec: FieldSpec): number {
  if (isVariableLength(spec.dataType)) {
    failDataType(spec.place, `${spec.dataType.name} has no fixed size and cannot be a field`)
  }
  if (spec.dataType.bits !== undefined)
    failDataType(spec.place, `${spec.dataType.name} as a field is not supported`)
  let size = spec.dataType.itemSize
  for (const length of spec.shape) {
    size *= length
    if (size > MAX_ITEM_SIZE) failDataType(spec.place, `a field of more than ${MAX_ITEM_SIZE} bytes`)
  }
  return size
}

function fieldDescr(
  field: StructField,
): readonly [string, NumpyDescr] | readonly [string, NumpyDescr, readonly number[]] {
  const descr = field.dataType.numpyDescr ?? `|V${field.dataType.itemSize}`
  return field.shape.length === 0 ? [field.name, descr] : [field.name, descr, field.shape]
}

/** Shape of a sub-array field: absent for a scalar, one length, or a list of them. */
export function parseFieldShape(json: Json | undefined, place: MetadataLocation): number[] {
  if (json === undefined) return []
  const lengths = Array.isArray(json) ? json : [json]
  return lengths.map(length => {
    if (typeof length === 'number' && Number.isSafeInteger(length) && length >= 1) return length
    return failInvalid(place, `expected lengths of at least 1 in a field's shape, found ${String(length)}`)
  })
}
