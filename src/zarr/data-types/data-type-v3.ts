// v3 data types: the core ones, the registered extensions, and the names zarr-python writes. A type unknown
// here is refused by name; its bytes are never guessed.

import { isJsonObject, type Json, type JsonObject } from '../json/json.js'
import { failDataType, failInvalid, type MetadataLocation, within } from '../json/metadata-location.js'
import type { DataType } from './data-type.js'
import { numericType } from './numeric-types.js'
import {
  checkFieldCount,
  type FieldSpec,
  fixedBytesType,
  parseFieldShape,
  parseItemSize,
  rawType,
  structType,
  timeType,
  utf32Type,
  variableType,
} from './parametric-types.js'

type Parse = (name: string, configuration: JsonObject, place: MetadataLocation) => DataType

const CONFIGURED: Readonly<Record<string, Parse>> = {
  'numpy.datetime64': (name, { unit, scale_factor: factor }, place) =>
    timeType(name, 'datetime', { unit, factor, place }),
  'numpy.timedelta64': (name, { unit, scale_factor: factor }, place) =>
    timeType(name, 'timedelta', { unit, factor, place }),
  fixed_length_utf32: (name, configuration, place) =>
    utf32Type(name, lengthBytes(configuration, place), place),
  null_terminated_bytes: (name, configuration, place) =>
    fixedBytesType(name, lengthBytes(configuration, place)),
  raw_bytes: (name, configuration, place) => rawType(name, lengthBytes(configuration, place)),
  struct: parseStruct,
  structured: parseStruct,
}

/** `binary` is what early writers called `bytes`; zarr-python writes `variable_length_bytes`. */
const VARIABLE: Readonly<Record<string, 'string' | 'binary'>> = {
  string: 'string',
  bytes: 'binary',
  variable_length_bytes: 'binary',
  binary: 'binary',
}

/** Names of the types with a configuration and of variable-length ones, for the list of what is read. */
export const EXTENSION_TYPE_NAMES: readonly string[] = [
  ...Object.keys(CONFIGURED),
  ...Object.keys(VARIABLE),
  'r*',
]

/**
 * The `data_type` of an array or a struct field: a name, or an object with name and configuration.
 * @throws ZipzarrError DATA_TYPE_UNSUPPORTED, METADATA_INVALID
 */
export function parseDataTypeV3(json: Json, place: MetadataLocation): DataType {
  if (typeof json === 'string') return typeOf(json, undefined, place)
  if (!isJsonObject(json) || typeof json.name !== 'string') {
    return failInvalid(place, 'expected a data type name, or an object with one')
  }
  const { configuration } = json
  if (configuration !== undefined && !isJsonObject(configuration)) {
    return failInvalid(within(place, 'configuration'), 'expected an object')
  }
  return typeOf(json.name, configuration, place)
}

function typeOf(name: string, configuration: JsonObject | undefined, place: MetadataLocation): DataType {
  if (Object.hasOwn(CONFIGURED, name)) {
    if (configuration === undefined) return failInvalid(place, `data type "${name}" needs a configuration`)
    return (CONFIGURED[name] as Parse)(name, configuration, within(place, 'configuration'))
  }
  const unasked = Object.keys(configuration ?? {})[0]
  if (unasked !== undefined) failDataType(place, `data type "${name}" with a configuration of "${unasked}"`)
  const plain = numericType(name) ?? rawBits(name, place)
  if (plain !== undefined) return plain
  if (Object.hasOwn(VARIABLE, name)) return variableType(name, VARIABLE[name] as 'string' | 'binary')
  return failDataType(place, `data type "${name}" is not supported`)
}

/** `r<bits>`: opaque bits, a whole number of bytes. */
function rawBits(name: string, place: MetadataLocation): DataType | undefined {
  const bits = /^r([1-9][0-9]{0,11})$/.exec(name)?.[1]
  if (bits === undefined) return undefined
  if (Number(bits) % 8 !== 0) failInvalid(place, `expected a multiple of 8 bits, found "${name}"`)
  return rawType(name, parseItemSize(Number(bits) / 8, place))
}

function lengthBytes(configuration: JsonObject, place: MetadataLocation): number {
  return parseItemSize(configuration.length_bytes, within(place, 'length_bytes'))
}

function parseStruct(name: string, configuration: JsonObject, place: MetadataLocation): DataType {
  const { fields } = configuration
  const list = within(place, 'fields')
  if (!Array.isArray(fields)) return failInvalid(list, 'expected a list of fields')
  checkFieldCount(fields, list)
  return structType(
    name,
    fields.map((field, index) => parseField(field, within(list, index))),
    list,
  )
}

/** `{name, data_type}`, or the pair that legacy `structured` types are written with. */
function parseField(json: Json, place: MetadataLocation): FieldSpec {
  const [name, dataType, shape] = Array.isArray(json)
    ? json
    : isJsonObject(json)
      ? [json.name, json.data_type]
      : []
  if (typeof name !== 'string' || name === '') return failInvalid(place, 'expected a field with a name')
  if (dataType === undefined) return failInvalid(place, 'expected a field with a data type')
  return { name, dataType: parseDataTypeV3(dataType, place), shape: parseFieldShape(shape, place), place }
}
