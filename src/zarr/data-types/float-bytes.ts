// Floats between a JavaScript number and their little-endian bytes, for every float format a data type names.
import type { DataType } from './data-type.js'
import { smallFloatCode, smallFloatTable } from './small-float.js'

/**
 * The format of an item's components: the item itself, or the real and imaginary part. Undefined for types
 * that are no floats.
 */
export function floatFormatOf(dataType: DataType): string | undefined {
  const { kind, name, itemSize } = dataType
  if (kind === 'float') return name === 'bfloat16' ? name : `float${itemSize * 8}`
  if (kind === 'complex') return `float${itemSize * 4}`
  const component = kind === 'raw' ? name.replace(/^complex_/, '') : ''
  return component === 'float16' || component === 'bfloat16' || smallFloatTable(component)
    ? component
    : undefined
}

/** Rounded to nearest, ties to even; undefined when the format has nothing for the number. */
export function encodeFloat(format: string, value: number): Uint8Array | undefined {
  const bytes = new DataView(new ArrayBuffer(8))
  switch (format) {
    case 'float64':
      bytes.setFloat64(0, value, true)
      return new Uint8Array(bytes.buffer, 0, 8)
    case 'float32':
      bytes.setFloat32(0, value, true)
      return new Uint8Array(bytes.buffer, 0, 4)
    case 'float16':
      bytes.setUint16(0, float16Bits(value), true)
      return new Uint8Array(bytes.buffer, 0, 2)
    case 'bfloat16':
      bytes.setUint16(0, bfloat16Bits(value), true)
      return new Uint8Array(bytes.buffer, 0, 2)
    default: {
      const code = smallFloatCode(format, value)
      return code === undefined ? undefined : Uint8Array.of(code)
    }
  }
}

/** The number at the start of `bytes`. */
export function decodeFloat(format: string, bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (format) {
    case 'float64':
      return view.getFloat64(0, true)
    case 'float32':
      return view.getFloat32(0, true)
    case 'float16':
      return float16Value(view.getUint16(0, true))
    case 'bfloat16':
      return bfloat16Value(view.getUint16(0, true))
    default: {
      // The unused high bits of a four- or six-bit float are arbitrary.
      const table = smallFloatTable(format) ?? new Float64Array(1)
      return table[view.getUint8(0) % table.length] as number
    }
  }
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 mantissa bits. */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  // Half way between the largest binary16 and the next power of two: from here on it rounds to infinity.
  if (magnitude >= 65520) return sign | 0x7c00
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24)
  const exponent = Math.floor(Math.log2(magnitude))
  // Math.log2 may be off by one next to a power of two.
  const fixed =
    2 ** exponent > magnitude ? exponent - 1 : 2 ** (exponent + 1) <= magnitude ? exponent + 1 : exponent
  return sign | (((fixed + 15) << 10) + (roundHalfEven((magnitude / 2 ** fixed) * 1024) - 1024))
}

export function float16Value(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1
  const exponent = (bits >> 10) & 0x1f
  const mantissa = bits & 0x3ff
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25))
}

/** The upper half of a binary32, rounded; NaN keeps a mantissa bit so that it stays one. */
function bfloat16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff
}

function bfloat16Value(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] as number
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
