// One item as JSON text, by data type. Always valid JSON, and exact: 64-bit integers keep all digits, floats
// read back as the same bits.
import { ZipzarrError } from '../errors.js'
import type { DataType, StructField } from '../zarr/data-types/data-type.js'
import { floatFormatOf } from '../zarr/data-types/float-bytes.js'
import { smallFloatTable } from '../zarr/data-types/small-float.js'
import { type Json, stringifyJson } from '../zarr/json/json.js'
import { BFLOAT16, FLOAT16, float32Text, float64Text, smallFloatText } from './decimal.js'
import { isoTime, NOT_A_TIME } from './iso-time.js'

export interface ItemOptions {
  readonly nonfinite: 'null' | 'string'
  readonly datetime: 'integer' | 'iso'
}

/** Text of the fixed-size item at `byteOffset`, which the caller knows to lie inside `view`. */
export type ItemWriter = (view: DataView, byteOffset: number) => string

/**
 * How items of a type are written: numbers and booleans as such, complex as `[re, im]`, datetimes as ticks or
 * ISO text (NaT is null), text as text, bytes as base64 (byte strings without their padding NULs), structs as
 * objects with sub-arrays as nested lists.
 */
export function itemWriter(dataType: DataType, options: ItemOptions): ItemWriter {
  const { itemSize } = dataType
  const format = floatFormatOf(dataType)
  if (format !== undefined) return floatsWriter(dataType, format, options)
  switch (dataType.kind) {
    case 'bool':
      return (view, at) => (view.getUint8(at) === 0 ? 'false' : 'true')
    case 'int':
    case 'uint':
      return integerWriter(dataType)
    case 'datetime':
    case 'timedelta':
      return timeWriter(dataType, options)
    case 'utf32':
      return (view, at) => JSON.stringify(utf32Text(view, at, itemSize))
    case 'bytes':
      return (view, at) => base64(unpadded(bytesAt(view, at, itemSize)))
    case 'raw':
      return (view, at) => base64(bytesAt(view, at, itemSize))
    case 'struct':
      return structWriter(dataType.fields ?? [], options)
    default:
      throw new ZipzarrError('FORMAT_NOT_POSSIBLE', `items of type ${dataType.name} have no fixed size`)
  }
}

/** A variable-length value: text, bytes as base64, or the JSON value an object codec gave. */
export function valueText(value: unknown, nonfinite: 'null' | 'string'): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Uint8Array) return base64(value)
  return stringifyJson(value as Json, { nonFinite: nonfinite })
}

function integerWriter({ kind, itemSize }: DataType): ItemWriter {
  const isSigned = kind === 'int'
  switch (itemSize) {
    case 1:
      return isSigned ? (view, at) => String(view.getInt8(at)) : (view, at) => String(view.getUint8(at))
    case 2:
      return isSigned
        ? (view, at) => String(view.getInt16(at, true))
        : (view, at) => String(view.getUint16(at, true))
    case 4:
      return isSigned
        ? (view, at) => String(view.getInt32(at, true))
        : (view, at) => String(view.getUint32(at, true))
    default:
      return isSigned ? int64Text : uint64Text
  }
}

/** High words below this leave the number a safe integer, which is much faster than a bigint. */
const SAFE_HIGH = 2 ** 21

function int64Text(view: DataView, at: number): string {
  const high = view.getInt32(at + 4, true)
  if (high >= -SAFE_HIGH && high < SAFE_HIGH) return String(high * 2 ** 32 + view.getUint32(at, true))
  return String(view.getBigInt64(at, true))
}

function uint64Text(view: DataView, at: number): string {
  const high = view.getUint32(at + 4, true)
  if (high < SAFE_HIGH) return String(high * 2 ** 32 + view.getUint32(at, true))
  return String(view.getBigUint64(at, true))
}

/** One float, or the two of a complex number. */
function floatsWriter(dataType: DataType, format: string, { nonfinite }: ItemOptions): ItemWriter {
  const write = floatWriter(format, nonfinite)
  if (dataType.kind !== 'complex' && !dataType.name.startsWith('complex_')) return write
  const half = dataType.itemSize / 2
  return (view, at) => `[${write(view, at)},${write(view, at + half)}]`
}

function floatWriter(format: string, nonfinite: 'null' | 'string'): ItemWriter {
  const finiteOr = (value: number, text: (value: number) => string): string =>
    Number.isFinite(value) ? text(value) : nonfiniteText(value, nonfinite)
  if (format === 'float64') return (view, at) => finiteOr(view.getFloat64(at, true), float64Text)
  if (format === 'float32') return (view, at) => finiteOr(view.getFloat32(at, true), float32Text)
  const type = format === 'float16' ? FLOAT16 : format === 'bfloat16' ? BFLOAT16 : undefined
  if (type !== undefined) {
    return (view, at) => {
      const bits = view.getUint16(at, true)
      return finiteOr(type.toNumber(bits), () => smallFloatText(type, bits))
    }
  }
  // One byte each; the unused high bits of a four- or six-bit float are arbitrary.
  const table = smallFloatTable(format) ?? new Float64Array(1)
  return (view, at) => finiteOr(table[view.getUint8(at) % table.length], float64Text)
}

function nonfiniteText(value: number, nonfinite: 'null' | 'string'): string {
  return nonfinite === 'null' ? 'null' : `"${value}"`
}

function timeWriter({ kind, time }: DataType, options: ItemOptions): ItemWriter {
  const isIso = kind === 'datetime' && options.datetime === 'iso' && time !== undefined
  return (view, at) => {
    const ticks = view.getBigInt64(at, true)
    if (ticks === NOT_A_TIME) return 'null'
    const iso = isIso ? isoTime(ticks, time) : undefined
    return iso === undefined ? String(ticks) : `"${iso}"`
  }
}

/** NULs at the end are padding. */
function utf32Text(view: DataView, byteOffset: number, itemSize: number): string {
  let end = byteOffset + itemSize
  while (end > byteOffset && view.getUint32(end - 4, true) === 0) end -= 4
  let text = ''
  for (let at = byteOffset; at < end; at += 4) {
    const codePoint = view.getUint32(at, true)
    if (codePoint > 0x10ffff) {
      throw new ZipzarrError('CODEC_FAILED', `0x${codePoint.toString(16)} in a UTF-32 text is no code point`)
    }
    text += String.fromCodePoint(codePoint)
  }
  return text
}

function bytesAt(view: DataView, byteOffset: number, byteLength: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + byteOffset, byteLength)
}

function unpadded(bytes: Uint8Array): Uint8Array {
  let end = bytes.byteLength
  while (end > 0 && bytes[end - 1] === 0) end--
  return bytes.subarray(0, end)
}

function base64(bytes: Uint8Array): string {
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`
}

function structWriter(fields: readonly StructField[], options: ItemOptions): ItemWriter {
  const members = fields.map(field => {
    const write = fieldWriter(field, options)
    return { prefix: `${JSON.stringify(field.name)}:`, write, byteOffset: field.byteOffset }
  })
  return (view, at) =>
    `{${members.map(({ prefix, write, byteOffset }) => prefix + write(view, at + byteOffset)).join(',')}}`
}

function fieldWriter({ dataType, shape }: StructField, options: ItemOptions): ItemWriter {
  let write = itemWriter(dataType, options)
  let size = dataType.itemSize
  for (const length of [...shape].reverse()) {
    write = listWriter(write, length, size)
    size *= length
  }
  return write
}

function listWriter(write: ItemWriter, length: number, size: number): ItemWriter {
  return (view, at) => `[${Array.from({ length }, (_, i) => write(view, at + i * size)).join(',')}]`
}
