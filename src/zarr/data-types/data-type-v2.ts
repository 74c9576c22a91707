// v2 data types: NumPy's typestrings, lists of fields, and TensorStore's names for what NumPy has none for. Here the type itself says the byte order it is
// stored in; `numpyDescr` is always the little-endian type that answers are made of.

import type { Json } from '../json/json.js'
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
import { SMALL_FLOAT_NAMES } from './small-float.js'

/** `<f4`, `|S7`, `>M8[10ms]`: byte order, letter, size, and unit with its factor. */
const TYPESTRING = /^([<>|=]?)([biufcmMSUVO])((?:[1-9][0-9]{0,8}|0)?)(?:\[([0-9]{0,10})([^\]0-9]+)\])?$/
/** Types without a typestring, under the names that TensorStore writes; items of several bytes are little-endian. */
const NAMED = new Set(['bfloat16', ...SMALL_FLOAT_NAMES, 'int2', 'int4', 'uint2', 'uint4'])
const LETTERS: Readonly<Record<string, string>> = { i: 'int', u: 'uint', f: 'float', c: 'complex' }

interface Typestring {
  readonly text: string
  readonly order: string
  readonly letter: string
  readonly size: number | undefined
  readonly factor: string | undefined
  readonly unit: string | undefined
}

/**
 * The `dtype` of an array. `objectCodec` is the id of the filter that makes bytes of objects: it alone says
 * what the items of `|O` are.
 * @throws ZipzarrError DATA_TYPE_UNSUPPORTED, METADATA_INVALID
 */
export function parseDataTypeV2(json: Json, place: MetadataLocation, objectCodec?: string): DataType {
  if (Array.isArray(json)) return parseStruct(json, place)
  if (typeof json !== 'string') return failInvalid(place, 'expected a typestring or a list of fields')
  const named = NAMED.has(json) ? numericType(json) : undefined
  if (named !== undefined) return littleEndian(named)
  const parts = splitTypestring(json)
  if (parts === undefined) return failDataType(place, `data type "${json}" is not supported`)
  if (parts.letter === 'O') return objectType(json, objectCodec, place)
  return orderedType(parts, place)
}

/**
 * A data type as numcodecs configurations spell it: besides typestrings also `f4` and `float32`. Native byte
 * order is taken as little-endian, as it is on every machine that writes such data.
 */
export function parseNumpyDataType(json: Json, place: MetadataLocation): DataType {
  if (typeof json !== 'string') return parseDataTypeV2(json, place)
  const time = /^(datetime|timedelta)64(\[.*\])?$/.exec(json)
  const spelled = time === null ? json : `${time[1] === 'datetime' ? 'M8' : 'm8'}${time[2] ?? ''}`
  const named = spelled === json ? numericType(json) : undefined
  if (named !== undefined) return littleEndian(named)
  return parseDataTypeV2(/^[<>|]/.test(spelled) ? spelled : `<${spelled.replace(/^=/, '')}`, place)
}

function littleEndian(dataType: DataType): DataType {
  return dataType.swapSize === 0 ? dataType : { ...dataType, storedByteOrder: 'little' }
}

function splitTypestring(text: string): Typestring | undefined {
  const match = TYPESTRING.exec(text)
  if (match === null) return undefined
  const [, order = '', letter = '', size, factor, unit] = match
  return { text, order, letter, size: size === '' ? undefined : Number(size), factor, unit }
}

function objectType(text: string, objectCodec: string | undefined, place: MetadataLocation): DataType {
  switch (objectCodec) {
    case undefined:
      return failInvalid(place, `data type "${text}" needs a filter that encodes objects, found none`)
    case 'vlen-utf8':
      return variableType(text, 'string')
    case 'vlen-bytes':
      return variableType(text, 'binary')
    default:
      return variableType(text, 'object')
  }
}

/** Adds the stored byte order. Types of one byte carry none, whatever the typestring says (`<u1`, `>S5`). */
function orderedType(parts: Typestring, place: MetadataLocation): DataType {
  const dataType = typeOf(parts, place)
  if (dataType.swapSize === 0) return dataType
  if (parts.order !== '<' && parts.order !== '>') {
    return failDataType(place, `data type "${parts.text}" does not say its byte order`)
  }
  return { ...dataType, storedByteOrder: parts.order === '<' ? 'little' : 'big' }
}

function typeOf(parts: Typestring, place: MetadataLocation): DataType {
  const { text, letter, size } = parts
  if (parts.unit !== undefined && letter !== 'M' && letter !== 'm') {
    return failDataType(place, `data type "${text}" is not supported`)
  }
  switch (letter) {
    case 'M':
    case 'm':
      return parseTime(parts, place)
    case 'S':
      return fixedBytesType(text, parseItemSize(size, place))
    case 'V':
      return rawType(text, parseItemSize(size, place))
    case 'U':
      return utf32Type(text, parseItemSize(size === undefined ? undefined : size * 4, place), place)
    default:
      return parseNumber(parts, place)
  }
}

function parseTime({ text, letter, size, factor, unit }: Typestring, place: MetadataLocation): DataType {
  if (size !== 8) failDataType(place, `data type "${text}" is not supported`)
  return timeType(text, letter === 'M' ? 'datetime' : 'timedelta', {
    unit: unit ?? 'generic',
    factor: factor === undefined || factor === '' ? 1 : Number(factor),
    place,
  })
}

function parseNumber({ text, letter, size }: Typestring, place: MetadataLocation): DataType {
  const bits = (size ?? 0) * 8
  const dataType = letter === 'b' ? (size === 1 ? numericType('bool') : undefined) : numericOf(letter, bits)
  if (dataType !== undefined) return { ...dataType, name: text }
  return failDataType(place, `data type "${text}" is not supported`)
}

function numericOf(letter: string, bits: number): DataType | undefined {
  // Less than a byte exists in v3 only.
  return bits < 8 ? undefined : numericType(`${LETTERS[letter]}${bits}`)
}

function parseStruct(json: readonly Json[], place: MetadataLocation): DataType {
  checkFieldCount(json, place)
  return structType(
    'struct',
    json.map((field, index) => parseField(field, { index, place: within(place, index) })),
    place,
  )
}

/** `[name, type]` or `[name, type, shape]`. */
function parseField(json: Json, at: { index: number; place: MetadataLocation }): FieldSpec {
  const { index, place } = at
  if (!Array.isArray(json) || json.length < 2 || json.length > 3) {
    return failInvalid(place, 'expected a field as a list of name, type and shape')
  }
  const [label, type, shape] = json as [Json, Json, Json?]
  // A pair is title and name; NumPy calls an unnamed field (padding) by its position.
  const name = Array.isArray(label) ? label[1] : label
  if (typeof name !== 'string') return failInvalid(place, 'expected a field name')
  if (type === '|O') return failDataType(place, 'a field of data type "|O" is not supported')
  return {
    name: name === '' ? `f${index}` : name,
    dataType: parseDataTypeV2(type, place),
    shape: parseFieldShape(shape, place),
    place,
  }
}
