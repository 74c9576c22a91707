// Floats as the shortest decimal that reads back as the same float of their own width: 0.1 of a float32 is
// `0.1`, not the 0.10000000149011612 of its float64 value. Finite numbers only; -0 keeps its sign.

export function float64Text(value: number): string {
  return Object.is(value, -0) ? '-0.0' : String(value)
}

const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** Smallest normal float32; below, six digits may be more than are needed. */
const FLOAT32_NORMAL = 2 ** -126

export function float32Text(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return float64Text(value)
  const magnitude = Math.abs(value)
  const exponent = Math.floor(Math.log10(magnitude))
  // Any two decimals of six digits are different float32 values, so fewer need not be tried.
  for (let digits = 6; digits <= 9; digits++) {
    const scale = digits - 1 - exponent
    if (scale < 0 || scale > 22) break
    // Both exact: the integer has at most ten digits, and the powers up to 10^22 are exact as well.
    const decimal = Math.round(magnitude * POWERS_OF_TEN[scale]) / POWERS_OF_TEN[scale]
    if (Math.fround(decimal) === magnitude) return value < 0 ? `-${decimal}` : String(decimal)
  }
  return bySearch(value, magnitude < FLOAT32_NORMAL ? 1 : 6, decimal => Math.fround(decimal) === value)
}

function bySearch(value: number, fewest: number, isSame: (decimal: number) => boolean): string {
  for (let digits = fewest; digits < 17; digits++) {
    const decimal = Number(value.toPrecision(digits))
    if (isSame(decimal)) return float64Text(decimal)
  }
  return float64Text(value)
}

/** A float of 16 bits: 1 sign bit, `exponentBits`, and a fraction. */
export interface SmallFloat {
  readonly exponentBits: number
  readonly toNumber: (bits: number) => number
  /** Texts by bits, made when first needed. */
  readonly texts: (string | undefined)[]
}

export const FLOAT16 = smallFloat(5)
export const BFLOAT16 = smallFloat(8)

function smallFloat(exponentBits: number): SmallFloat {
  const fractionBits = 15 - exponentBits
  const bias = 2 ** (exponentBits - 1) - 1
  const toNumber = (bits: number): number => {
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits & 0x7fff) >>> fractionBits
    const fraction = (bits & ((1 << fractionBits) - 1)) / 2 ** fractionBits
    if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN
    if (exponent === 0) return sign * fraction * 2 ** (1 - bias)
    return sign * (1 + fraction) * 2 ** (exponent - bias)
  }
  return { exponentBits, toNumber, texts: [] }
}

/** The text of a finite small float. */
export function smallFloatText(type: SmallFloat, bits: number): string {
  const known = type.texts[bits]
  if (known !== undefined) return known
  const value = type.toNumber(bits)
  const text =
    value === 0 ? float64Text(value) : bySearch(value, 1, decimal => isNearest(type, bits, decimal))
  type.texts[bits] = text
  return text
}

/** True when no other float of the type is nearer to `decimal`; a tie goes to the even one. */
function isNearest(type: SmallFloat, bits: number, decimal: number): boolean {
  const value = Math.abs(type.toNumber(bits))
  const below = type.toNumber((bits & 0x7fff) - 1)
  const next = type.toNumber((bits & 0x7fff) + 1)
  const above = Number.isFinite(next) ? next : 2 * value - below
  const distance = Math.abs(decimal)
  const low = (value + below) / 2
  const high = (value + above) / 2
  if (bits & 1) return distance > low && distance < high
  return distance >= low && distance <= high
}
