// From the little-endian bytes of one item back to JSON, for describing fill values and for items in lists.
// Answers full of items are written in bulk elsewhere.

import type { Json, JsonObject } from '../json/json.js'
import type { DataType, StructField } from './data-type.js'
import type { FillValue } from './fill-value.js'
import { decodeFloat, encodeFloat, floatFormatOf } from './float-bytes.js'

/** Not a time; the least int64. */
const NAT = -(2n ** 63n)

/** Null where the metadata gives none. Bytes are base64, text and numbers themselves, "NaT" is no time. */
export function fillValueToJson(dataType: DataType, fillValue: FillValue): Json {
  if (!fillValue.isDefined) return null
  if (fillValue.kind === 'fixed') return itemToJson(dataType, fillValue.bytes)
  const { value } = fillValue
  return value instanceof Uint8Array ? base64(value) : (value as Json)
}

/** One item of a fixed-size type. */
export function itemToJson(dataType: DataType, item: Uint8Array): Json {
  const format = floatFormatOf(dataType)
  if (format !== undefined) return floatsToJson(dataType, format, item)
  switch (dataType.kind) {
    case 'bool':
      return item[0] !== 0
    case 'int':
    case 'uint':
      return integerToJson(dataType, item)
    case 'datetime':
    case 'timedelta': {
      const ticks = integerToJson(dataType, item)
      return ticks === NAT ? 'NaT' : ticks
    }
    case 'utf32':
      return textOf(item)
    case 'bytes':
      return base64(item.subarray(0, item.findLastIndex(byte => byte !== 0) + 1))
    case 'struct':
      return structToJson(dataType.fields ?? [], item)
    default:
      return base64(item)
  }
}

function integerToJson({ kind, itemSize }: DataType, item: Uint8Array): Json {
  const padded = new Uint8Array(8)
  padded.set(item)
  const bits = new DataView(padded.buffer).getBigUint64(0, true)
  const value = kind === 'uint' ? bits : BigInt.asIntN(itemSize * 8, bits)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Two parts, or the item itself. */
function floatsToJson(dataType: DataType, format: string, item: Uint8Array): Json {
  const isComplex = dataType.kind === 'complex' || dataType.name.startsWith('complex_')
  if (!isComplex) return floatToJson(format, item)
  const half = item.length / 2
  return [floatToJson(format, item.subarray(0, half)), floatToJson(format, item.subarray(half))]
}

/** The number of fewest digits that is this float: 0.1 for the float32 nearest to it. */
function floatToJson(format: string, bytes: Uint8Array): number {
  const value = decodeFloat(format, bytes)
  if (!Number.isFinite(value) || format === 'float64') return value
  for (let digits = 1; digits < 10; digits++) {
    const shorter = Number(value.toPrecision(digits))
    const encoded = encodeFloat(format, shorter)
    if (encoded !== undefined && Buffer.compare(encoded, bytes) === 0) return shorter
  }
  return value
}

/** Up to the padding; what is no code point shows as the replacement character. */
function textOf(item: Uint8Array): string {
  const view = new DataView(item.buffer, item.byteOffset, item.byteLength)
  const codePoints = Array.from({ length: item.length / 4 }, (_, index) => view.getUint32(index * 4, true))
  const end = codePoints.findLastIndex(codePoint => codePoint !== 0) + 1
  return codePoints
    .slice(0, end)
    .map(point => String.fromCodePoint(point > 0x10ffff ? 0xfffd : point))
    .join('')
}

function structToJson(fields: readonly StructField[], item: Uint8Array): JsonObject {
  const object: JsonObject = Object.create(null)
  for (const field of fields)
    object[field.name] = fieldToJson(field, field.shape, item.subarray(field.byteOffset))
  return object
}

function fieldToJson(field: StructField, shape: readonly number[], bytes: Uint8Array): Json {
  const [length, ...rest] = shape
  if (length === undefined) return itemToJson(field.dataType, bytes.subarray(0, field.dataType.itemSize))
  const size = rest.reduce((product, inner) => product * inner, field.dataType.itemSize)
  return Array.from({ length }, (_, index) => fieldToJson(field, rest, bytes.subarray(index * size)))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
