// datetime64 ticks as ISO 8601 text, without a time zone (NumPy's have none). Exact for every 64-bit tick.

/** NaT: the smallest int64. */
export const NOT_A_TIME = -(2n ** 63n)

const SECONDS_PER_DAY = 86_400n

/** Seconds a unit lasts, for the units of one second and more that have one length. */
const SECONDS: Readonly<Record<string, bigint>> = { W: 604_800n, D: SECONDS_PER_DAY, h: 3600n, m: 60n, s: 1n }
/** Digits after the seconds, for the units below one second. */
const FRACTION_DIGITS: Readonly<Record<string, number>> = { ms: 3, us: 6, ns: 9, ps: 12, fs: 15, as: 18 }

export interface TimeUnit {
  readonly unit: string
  readonly factor: number
}

/**
 * As precise as the unit: `2020`, `2020-01`, `2020-01-01`, `2020-01-01T00:00`, `…T00:00:00.000`. Years outside
 * 0000-9999 have a sign and at least six digits. Undefined for NaT and for ticks without a unit.
 */
export function isoTime(ticks: bigint, time: TimeUnit): string | undefined {
  if (ticks === NOT_A_TIME) return undefined
  const count = ticks * BigInt(time.factor)
  if (time.unit === 'Y') return yearText(1970n + count)
  if (time.unit === 'M') return `${yearText(1970n + floorDiv(count, 12n))}-${two(floorMod(count, 12n) + 1n)}`
  const digits = FRACTION_DIGITS[time.unit]
  if (digits !== undefined) {
    const perSecond = 10n ** BigInt(digits)
    const fraction = String(floorMod(count, perSecond)).padStart(digits, '0')
    return `${secondText(floorDiv(count, perSecond))}.${fraction}`
  }
  const seconds = SECONDS[time.unit]
  if (seconds === undefined) return undefined
  const text = secondText(count * seconds)
  if (seconds >= SECONDS_PER_DAY) return text.slice(0, text.indexOf('T'))
  return time.unit === 's' ? text : text.slice(0, -3)
}

function secondText(seconds: bigint): string {
  const rest = floorMod(seconds, SECONDS_PER_DAY)
  const clock = [rest / 3600n, (rest / 60n) % 60n, rest % 60n].map(two).join(':')
  return `${dateText(floorDiv(seconds, SECONDS_PER_DAY))}T${clock}`
}

/** Proleptic Gregorian date of a day since 1970-01-01, by eras of 400 years that begin on 1 March. */
function dateText(day: bigint): string {
  const shifted = day + 719_468n
  const era = floorDiv(shifted, 146_097n)
  const dayOfEra = floorMod(shifted, 146_097n)
  const yearOfEra = (dayOfEra - dayOfEra / 1460n + dayOfEra / 36_524n - dayOfEra / 146_096n) / 365n
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n)
  const month = (5n * dayOfYear + 2n) / 153n
  const dayOfMonth = dayOfYear - (153n * month + 2n) / 5n + 1n
  const calendarMonth = month < 10n ? month + 3n : month - 9n
  const year = yearOfEra + era * 400n + (calendarMonth <= 2n ? 1n : 0n)
  return `${yearText(year)}-${two(calendarMonth)}-${two(dayOfMonth)}`
}

function yearText(year: bigint): string {
  if (year >= 0n && year <= 9999n) return String(year).padStart(4, '0')
  return `${year < 0n ? '-' : '+'}${String(year < 0n ? -year : year).padStart(6, '0')}`
}

function two(value: bigint): string {
  return String(value).padStart(2, '0')
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b < 0n ? quotient - 1n : quotient
}

function floorMod(a: bigint, b: bigint): bigint {
  const rest = a % b
  return rest < 0n ? rest + b : rest
}
