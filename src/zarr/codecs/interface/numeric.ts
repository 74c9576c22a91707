// Items as numbers, for the codecs that compute with them. float16 is widened, 64-bit integers stay exact;
// rounding and wrapping are NumPy's.
import type { DataType } from '../../data-types/data-type.js'
import { toLittleEndian } from './byte-order.js'
import { codecFailed, codecUnsupported } from './failures.js'

/** float16 items are Float32Array here, bool items Uint8Array. */
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array

type NumericKind = 'bool' | 'int' | 'uint' | 'float'

/** A data type that can be computed with. */
export interface NumericType {
  readonly dataType: DataType
  readonly kind: NumericKind
  readonly itemSize: number
}

const PLAIN_FLOATS = /^(float(16|32|64)|[<>=|]?f[248]|half|single|double)$/

/** Throws CODEC_UNSUPPORTED for types without arithmetic here: complex, dates, text, the odd floats. */
export function numericType(codec: string, dataType: DataType): NumericType {
  const { kind, itemSize } = dataType
  if (!isNumeric(dataType)) return codecUnsupported(codec, `does not work on data type ${dataType.name} here`)
  return { dataType, kind: kind as NumericKind, itemSize }
}

/** False for types without arithmetic here. */
export function isNumeric({ kind, name }: DataType): boolean {
  if (kind === 'float') return PLAIN_FLOATS.test(name)
  return kind === 'bool' || ((kind === 'int' || kind === 'uint') && !/^u?int[24]$/.test(name))
}

/** The items of stored bytes (in the type's own byte order). */
export function loadItems(codec: string, bytes: Uint8Array, type: NumericType): NumericArray {
  if (bytes.length % type.itemSize !== 0) {
    codecFailed(codec, `${bytes.length} bytes do not hold whole items of ${type.itemSize} bytes`)
  }
  const swapped = toLittleEndian(bytes, type)
  const own = swapped === bytes && bytes.byteOffset % type.itemSize !== 0 ? bytes.slice() : swapped
  const { byteOffset } = own
  const buffer = own.buffer as ArrayBuffer
  const count = own.length / type.itemSize
  if (type.kind === 'float') {
    if (type.itemSize === 8) return new Float64Array(buffer, byteOffset, count)
    if (type.itemSize === 4) return new Float32Array(buffer, byteOffset, count)
    return widenHalves(new Uint16Array(buffer, byteOffset, count))
  }
  const View = integerView(type)
  return new View(buffer, byteOffset, count)
}

/** Bytes of items in the type's own byte order; the array is given up. */
export function storeItems(items: NumericArray, type: NumericType): Uint8Array {
  const isHalf = type.kind === 'float' && type.itemSize === 2
  const plain = isHalf ? narrowToHalves(items) : items
  const bytes = new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength)
  // Swapping is its own inverse.
  return toLittleEndian(bytes, type)
}

function widenHalves(halves: Uint16Array): Float32Array {
  const items = new Float32Array(halves.length)
  for (let i = 0; i < halves.length; i++) items[i] = halfToNumber(halves[i])
  return items
}

function narrowToHalves(items: NumericArray): Uint16Array {
  const halves = new Uint16Array(items.length)
  for (let i = 0; i < items.length; i++) halves[i] = numberToHalf(Number(items[i]))
  return halves
}

/** A zeroed array for `count` items. */
export function makeItems(type: NumericType, count: number): NumericArray {
  if (type.kind === 'float') return type.itemSize === 8 ? new Float64Array(count) : new Float32Array(count)
  const View = integerView(type)
  return new View(count)
}

type IntegerView =
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | BigInt64ArrayConstructor
  | BigUint64ArrayConstructor

function integerView({ kind, itemSize }: NumericType): IntegerView {
  const isSigned = kind === 'int'
  if (itemSize === 1) return isSigned ? Int8Array : Uint8Array
  if (itemSize === 2) return isSigned ? Int16Array : Uint16Array
  if (itemSize === 4) return isSigned ? Int32Array : Uint32Array
  return isSigned ? BigInt64Array : BigUint64Array
}

/** NumPy's astype. A float that the target integer cannot hold is an error: what C makes of it is chance. */
export function castItems(
  codec: string,
  items: NumericArray,
  from: NumericType,
  to: NumericType,
): NumericArray {
  const cast = makeItems(to, items.length)
  if (convertsItself(from, to)) {
    // Both sides hold numbers, or both hold bigints: the types agree although they are unions.
    ;(cast as Float64Array).set(items as Float64Array)
    return cast
  }
  const convert = converter(codec, from, to)
  // The converter's result is always of the element type of `cast`.
  for (let i = 0; i < items.length; i++) (cast as Float64Array)[i] = convert(items[i]) as number
  return cast
}

/** What a typed array does when it is filled from another one: wrap integers, round floats. */
function convertsItself(from: NumericType, to: NumericType): boolean {
  const isWide = ({ kind, itemSize }: NumericType) => kind !== 'float' && itemSize === 8
  if (to.kind === 'bool' || isWide(from) !== isWide(to)) return false
  return to.kind === 'float' ? to.itemSize > 2 : from.kind !== 'float'
}

type Convert = (value: number | bigint) => number | bigint

function converter(codec: string, from: NumericType, to: NumericType): Convert {
  if (to.kind === 'bool') return value => (value ? 1 : 0) // NaN is true in NumPy, but is no bool that was written
  if (to.kind === 'float') return toFloat(to.itemSize)
  if (from.kind === 'float') return truncation(codec, to)
  // Between 64 bits and fewer: the array wraps by itself once the element type fits.
  return to.itemSize === 8 ? value => BigInt(value) : value => Number(BigInt.asIntN(32, BigInt(value)))
}

function toFloat(itemSize: number): Convert {
  if (itemSize === 8) return value => Number(value)
  if (itemSize === 4) return value => Math.fround(typeof value === 'bigint' ? roundSticky(value) : value)
  return value => halfToNumber(numberToHalf(typeof value === 'bigint' ? roundSticky(value) : value))
}

/** A number that rounds to float32 as the integer itself does: the bits beyond 2^53 only count as "more". */
function roundSticky(value: bigint): number {
  const magnitude = value < 0n ? -value : value
  if (magnitude < 1n << 53n) return Number(value)
  const kept = (magnitude >> 11n) | ((magnitude & 2047n) === 0n ? 0n : 1n)
  return Number(kept) * (value < 0n ? -2048 : 2048)
}

function truncation(codec: string, { kind, itemSize }: NumericType): Convert {
  const bits = BigInt(itemSize * 8)
  const least = kind === 'int' ? -Number(1n << (bits - 1n)) : 0
  const beyond = Number(kind === 'int' ? 1n << (bits - 1n) : 1n << bits)
  return value => {
    const whole = Math.trunc(Number(value))
    if (!(whole >= least && whole < beyond)) {
      codecFailed(codec, `${value} cannot be an integer of ${bits} bits`, { value: String(value) })
    }
    return itemSize === 8 ? BigInt(whole) : whole
  }
}

/** IEEE 754 binary16 to its value. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** The nearest binary16, ties to even. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude >= 65_520) return sign | 0x7c00
  // The unit in the last place; subnormals share the one of the smallest exponent.
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14)
  const unit = 2 ** (exponent - 10)
  const units = roundToEven(magnitude / unit)
  // A carry out of the fraction moves on into the exponent by itself.
  return sign | (units + (exponent + 14) * 1024)
}

export function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}
