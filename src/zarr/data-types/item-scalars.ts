// From one JSON scalar to little-endian bytes: numbers (also those written as text), text, byte strings. Out of
// range is an error, never a wrapped or cut value. Knows nothing of structs or of the formats' versions.

import type { Json } from '../json/json.js'
import { failInvalid, type MetadataLocation, within } from '../json/metadata-location.js'
import { floatOfText, integerOfText } from '../json/number-text.js'
import type { DataType } from './data-type.js'
import { encodeFloat, floatFormatOf } from './float-bytes.js'

/** A JSON value and where it stands. */
export interface Found {
  readonly json: Json
  readonly place: MetadataLocation
}

/** Not a time; the least int64. */
const NAT = -(2n ** 63n)
export function failExpected(expected: string, { json, place }: Found): never {
  const found =
    typeof json === 'object' && json !== null ? 'a list or an object' : JSON.stringify(String(json))
  return failInvalid(place, `expected ${expected}, found ${found}`)
}

/** true and false, also as text. */
export function booleanOf(json: Json): boolean | undefined {
  if (typeof json === 'boolean') return json
  if (typeof json !== 'string' || !/^(?:true|false)$/i.test(json)) return undefined
  return json.toLowerCase() === 'true'
}

/** One float of `byteLength` bytes, in the format the type names for itself or for its components. */
export function encodeFloatScalar(dataType: DataType, byteLength: number, found: Found): Uint8Array {
  const { json, place } = found
  const value = numberOf(json) ?? failExpected('a number', found)
  const encoded = encodeFloat(floatFormatOf(dataType) ?? '', value)
  return encoded?.length === byteLength
    ? encoded
    : failInvalid(place, `${dataType.name} has no value for ${value}`)
}

function numberOf(json: Json): number | undefined {
  if (typeof json === 'string') return floatOfText(json)
  return typeof json === 'number' || typeof json === 'bigint' ? Number(json) : undefined
}

/** `0x7fc00000`: the bits of a float, most significant digit first. Undefined for anything else. */
export function encodeFloatBits(byteLength: number, { json, place }: Found): Uint8Array | undefined {
  const digits = typeof json === 'string' ? /^0x([0-9a-fA-F]+)$/.exec(json)?.[1] : undefined
  if (digits === undefined) return undefined
  if (digits.length !== byteLength * 2) {
    return failInvalid(place, `expected ${byteLength * 2} hexadecimal digits, found ${digits.length}`)
  }
  return new Uint8Array(Buffer.from(digits, 'hex').reverse())
}

/** `0.0` is an integer too: writers in other languages put it into integer arrays. */
export function encodeInteger(dataType: DataType, found: Found): Uint8Array {
  const { place } = found
  const value = integerOf(found.json) ?? failExpected('an integer', found)
  const bits = dataType.bits ?? dataType.itemSize * 8
  const fits = dataType.kind === 'uint' ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value)
  if (fits !== value) return failInvalid(place, `${value} lies outside the range of ${dataType.name}`)
  const encoded = new DataView(new ArrayBuffer(8))
  encoded.setBigInt64(0, BigInt.asIntN(64, value), true)
  return new Uint8Array(encoded.buffer, 0, dataType.itemSize)
}

function integerOf(json: Json): bigint | undefined {
  if (typeof json === 'string') return integerOfText(json)
  if (typeof json === 'bigint') return json
  return typeof json === 'number' && Number.isInteger(json) ? BigInt(json) : undefined
}

/** Ticks, or "NaT". */
export function encodeTime(dataType: DataType, found: Found): Uint8Array {
  return encodeInteger(dataType, found.json === 'NaT' ? { json: NAT, place: found.place } : found)
}

/** "Not a time" of datetimes and timedeltas. */
export function encodeNat(dataType: DataType, place: MetadataLocation): Uint8Array {
  return encodeTime(dataType, { json: NAT, place })
}

/** Four bytes a code point, padded with NUL. */
export function encodeUtf32(byteLength: number, found: Found): Uint8Array {
  const { json, place } = found
  if (typeof json !== 'string') return failExpected('text', found)
  const codePoints = Array.from(json, character => character.codePointAt(0) as number)
  if (codePoints.length * 4 > byteLength) {
    return failInvalid(place, `expected at most ${byteLength / 4} characters, found ${codePoints.length}`)
  }
  const encoded = new DataView(new ArrayBuffer(byteLength))
  for (const [index, codePoint] of codePoints.entries()) encoded.setUint32(index * 4, codePoint, true)
  return new Uint8Array(encoded.buffer)
}

/** A byte string of at most `byteLength` bytes, padded with NUL. */
export function encodePadded(byteLength: number, found: Found): Uint8Array {
  const bytes = byteStringOf(found)
  if (bytes.length > byteLength) {
    return failInvalid(found.place, `expected at most ${byteLength} bytes, found ${bytes.length}`)
  }
  const padded = new Uint8Array(byteLength)
  padded.set(bytes)
  return padded
}

/** Base64, or a list of byte values. Text of NUL characters alone is what netCDF writes for no characters. */
export function byteStringOf(found: Found): Uint8Array {
  const { json, place } = found
  if (Array.isArray(json)) {
    const list: readonly unknown[] = json
    return Uint8Array.from(list, (value, index) => byteOf(value, within(place, index)))
  }
  if (typeof json !== 'string') return failExpected('base64 text or a list of byte values', found)
  const text = json.replace(/\0+$/, '')
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
  return isBase64 ? new Uint8Array(Buffer.from(text, 'base64')) : failInvalid(place, 'expected base64 text')
}

function byteOf(value: unknown, place: MetadataLocation): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255) return value
  return failInvalid(place, `expected a byte value, found ${String(value)}`)
}
