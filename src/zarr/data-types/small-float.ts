// Floats of four to eight bits: what each code means and the nearest code to a number. Each format has at
// most 256 codes, so both go through a table. Bit layouts are those of the registered data types (ml_dtypes).

interface FloatFormat {
  readonly exponentBits: number
  readonly mantissaBits: number
  readonly bias: number
  /**
   * `ieee` has infinities and NaNs at the top exponent; `fn` has one NaN, all ones, in each sign; `fnuz` has
   * one NaN in the place of -0; `finite` has neither; `unsigned` is an exponent alone, all ones being NaN.
   */
  readonly style: 'ieee' | 'fn' | 'fnuz' | 'finite' | 'unsigned'
}

function format(exponentBits: number, mantissaBits: number, bias: number): Omit<FloatFormat, 'style'> {
  return { exponentBits, mantissaBits, bias }
}

const FORMATS: Readonly<Record<string, FloatFormat>> = {
  float4_e2m1fn: { ...format(2, 1, 1), style: 'finite' },
  float6_e2m3fn: { ...format(2, 3, 1), style: 'finite' },
  float6_e3m2fn: { ...format(3, 2, 3), style: 'finite' },
  float8_e3m4: { ...format(3, 4, 3), style: 'ieee' },
  float8_e4m3: { ...format(4, 3, 7), style: 'ieee' },
  float8_e4m3b11fnuz: { ...format(4, 3, 11), style: 'fnuz' },
  float8_e4m3fn: { ...format(4, 3, 7), style: 'fn' },
  float8_e4m3fnuz: { ...format(4, 3, 8), style: 'fnuz' },
  float8_e5m2: { ...format(5, 2, 15), style: 'ieee' },
  float8_e5m2fnuz: { ...format(5, 2, 16), style: 'fnuz' },
  float8_e8m0fnu: { ...format(8, 0, 127), style: 'unsigned' },
}

/** Names of the formats, which are their data types' names too. */
export const SMALL_FLOAT_NAMES: readonly string[] = Object.keys(FORMATS)

const tables = new Map<string, Float64Array>()

/** The number each code of the format means, by code; undefined when there is no such format. */
export function smallFloatTable(name: string): Float64Array | undefined {
  const known = tables.get(name)
  if (known !== undefined) return known
  const layout = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined
  if (layout === undefined) return undefined
  const table = Float64Array.from({ length: 2 ** codeBits(layout) }, (_, code) => meaningOf(layout, code))
  tables.set(name, table)
  return table
}

/**
 * The code nearest to `value`, the even one of two equally near; undefined when the format has none for it: a
 * NaN or an infinity it lacks, a number past its largest.
 */
export function smallFloatCode(name: string, value: number): number | undefined {
  const layout = FORMATS[name]
  const table = smallFloatTable(name)
  if (layout === undefined || table === undefined) return undefined
  if (Number.isNaN(value)) return nanCode(layout)
  // TensorStore writes and reads its least number, all zero bits, for zero.
  if (value === 0 && layout.style === 'unsigned') return 0
  let best: number | undefined
  for (let code = 0; code < table.length; code++) {
    if (Object.is(table[code], value)) return code
    if (isNearer(table, code, { to: value, than: best })) best = code
  }
  return isInRange(table, value) ? best : undefined
}

function codeBits(layout: FloatFormat): number {
  return layout.exponentBits + layout.mantissaBits + (layout.style === 'unsigned' ? 0 : 1)
}

function meaningOf(layout: FloatFormat, code: number): number {
  const { exponentBits, mantissaBits, bias, style } = layout
  const magnitude = style === 'unsigned' ? code : code % 2 ** (exponentBits + mantissaBits)
  const sign = magnitude === code ? 1 : -1
  const mantissa = magnitude % 2 ** mantissaBits
  const exponent = Math.floor(magnitude / 2 ** mantissaBits)
  const topExponent = 2 ** exponentBits - 1
  if (style === 'unsigned') return code === topExponent ? Number.NaN : 2 ** (code - bias)
  if (style === 'fnuz' && sign < 0 && magnitude === 0) return Number.NaN
  if (style === 'fn' && exponent === topExponent && mantissa === 2 ** mantissaBits - 1) return Number.NaN
  if (style === 'ieee' && exponent === topExponent)
    return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  const fraction = mantissa / 2 ** mantissaBits
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias))
}

/** The quiet NaN a float's "NaN" stands for. */
function nanCode({ exponentBits, mantissaBits, style }: FloatFormat): number | undefined {
  const allOnes = 2 ** (exponentBits + mantissaBits) - 1
  switch (style) {
    case 'finite':
      return undefined
    case 'fnuz':
      return allOnes + 1
    case 'ieee':
      return allOnes - 2 ** (mantissaBits - 1) + 1
    default:
      return allOnes
  }
}

function isNearer(
  table: Float64Array,
  code: number,
  { to, than }: { to: number; than: number | undefined },
): boolean {
  const candidate = table[code] as number
  if (!Number.isFinite(candidate)) return false
  if (than === undefined) return true
  const difference = Math.abs(candidate - to) - Math.abs((table[than] as number) - to)
  return difference < 0 || (difference === 0 && code % 2 === 0 && than % 2 === 1)
}

function isInRange(table: Float64Array, value: number): boolean {
  const finite = table.filter(Number.isFinite)
  const [least, most] = [Math.min(...finite), Math.max(...finite)]
  return value >= least && value <= most
}
