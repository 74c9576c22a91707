// Numbers that writers put into text: "0", "-5", "1e3", "NaN". Only what is a number to every reader: decimal
// digits, a point, an exponent, spaces around. Integers are exact whatever their size.

/** Sign, digits before the point, digits after it, exponent. At least one digit must be there (checked below). */
const DECIMAL = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4}))?$/
const SPECIAL = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i
/** Longer text is no number anybody writes, and exact arithmetic on it would take long. */
const MAX_TEXT_LENGTH = 400

interface Decimal {
  readonly isNegative: boolean
  readonly digits: string
  /** Power of ten of the last digit. */
  readonly exponent: number
}

function parseDecimal(text: string): Decimal | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text.trim()) ?? []
  if (sign === undefined || whole + fraction === '') return undefined
  return { isNegative: sign === '-', digits: whole + fraction, exponent: Number(exponent) - fraction.length }
}

/** The number, infinities and NaN by name; undefined when the text is none. */
export function floatOfText(text: string): number | undefined {
  if (parseDecimal(text) !== undefined) return Number(text)
  const [, sign, nan] = text.length > MAX_TEXT_LENGTH ? [] : (SPECIAL.exec(text.trim()) ?? [])
  if (sign === undefined) return undefined
  if (nan !== undefined) return Number.NaN
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

/** The integer; undefined when the text is no number, or one with a fraction. `1e3` and `5.0` are integers. */
export function integerOfText(text: string): bigint | undefined {
  const decimal = parseDecimal(text)
  if (decimal === undefined) return undefined
  const digits = BigInt(decimal.digits)
  const scale = 10n ** BigInt(Math.abs(decimal.exponent))
  if (decimal.exponent < 0 && digits % scale !== 0n) return undefined
  const magnitude = decimal.exponent < 0 ? digits / scale : digits * scale
  return decimal.isNegative ? -magnitude : magnitude
}
