// Sizes and times as people write them: `16MiB`, `30s`. Pure; knows no option.

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  K: 2 ** 10,
  KIB: 2 ** 10,
  M: 2 ** 20,
  MIB: 2 ** 20,
  G: 2 ** 30,
  GIB: 2 ** 30,
  T: 2 ** 40,
  TIB: 2 ** 40,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  MS: 1,
  S: 1000,
  M: 60_000,
  MIN: 60_000,
  H: 3_600_000,
  D: 86_400_000,
}

/** Bytes; undefined when the text is not a size. `K` and `KiB` are 1024 bytes, `KB` is 1000. */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text, SIZE_UNITS)
}

/** Milliseconds; undefined when the text is not a time. A bare number is milliseconds. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, TIME_UNITS)
}

/** Plain decimal digits only: no sign, no exponent, no `0x`. */
export function parseCount(text: string): number | undefined {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
}

/** The shortest exact spelling: `1GiB`, `16MiB`, `1500B`. */
export function formatSize(bytes: number): string {
  for (const [name, unit] of [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= unit && bytes % unit === 0) return `${bytes / unit}${name}`
  }
  return `${bytes}B`
}

export function formatDuration(ms: number): string {
  return ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

/** A size for reading, rounded to three digits: `1.23 MiB`. */
export function approximateSize(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let at = 0
  while (value >= 1000 && at < names.length - 1) {
    value /= 1024
    at++
  }
  return `${at === 0 ? value : Number(value.toPrecision(3))} ${names[at]}`
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^([0-9]{1,15})(\.[0-9]{1,9})? ?([A-Za-z]{0,3})$/.exec(text)
  if (match === null) return undefined
  const unit = units[match[3]!.toUpperCase()]
  if (unit === undefined) return undefined
  const value = Number(`${match[1]}${match[2] ?? ''}`) * unit
  return Number.isSafeInteger(value) ? value : undefined
}
