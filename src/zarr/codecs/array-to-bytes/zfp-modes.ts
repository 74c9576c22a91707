// zfp's modes as the four parameters they come down to, from the configuration of v3's registered `zfp`.
import type { JsonObject } from '../../metadata/metadata.js'
import { choice, integer, member, number, wrong } from '../interface/configuration.js'
import type { NumberType } from './number-compressor.js'

/** Bits of a block, planes of its numbers, and the exponent of the last plane; below LEAST_EXPONENT: reversible. */
export interface ZfpParameters {
  readonly minBits: number
  readonly maxBits: number
  readonly maxPrecision: number
  readonly leastExponent: number
}

export const MIN_BITS = 1
export const MAX_BITS = 16_658
export const MAX_PRECISION = 64
export const LEAST_EXPONENT = -1074
const MAX_INT32 = 2 ** 31 - 1

const FREE: ZfpParameters = {
  minBits: MIN_BITS,
  maxBits: MAX_BITS,
  maxPrecision: MAX_PRECISION,
  leastExponent: LEAST_EXPONENT,
}

export function readZfpMode(members: JsonObject, type: NumberType, axisCount: number): ZfpParameters {
  const configuration = { codec: 'zfp', members }
  const modes = ['reversible', 'expert', 'fixed_accuracy', 'fixed_rate', 'fixed_precision'] as const
  if (member(configuration, 'mode') === undefined)
    wrong(configuration, 'mode', `one of ${modes.join(', ')}`, undefined)
  const mode = choice(configuration, 'mode', modes)
  if (mode === 'expert') return readExpert(members)
  if (mode === 'fixed_accuracy')
    return { ...FREE, leastExponent: exponentOf(number(configuration, 'tolerance')) }
  if (mode === 'fixed_rate') return fixedRate(members, type, axisCount)
  if (mode === 'fixed_precision') return { ...FREE, maxPrecision: precisionOf(members) }
  return { ...FREE, leastExponent: LEAST_EXPONENT - 1 }
}

function readExpert(members: JsonObject): ZfpParameters {
  const minBits = within(members, 'minbits', [0, MAX_INT32])
  const maxBits = within(members, 'maxbits', [minBits, MAX_INT32])
  const maxPrecision = within(members, 'maxprec', [1, MAX_PRECISION])
  return {
    minBits,
    maxBits,
    maxPrecision,
    leastExponent: within(members, 'minexp', [-MAX_INT32 / 2, 16_384]),
  }
}

/** 0 means all there is. */
function precisionOf(members: JsonObject): number {
  return Math.min(within(members, 'precision', [0, MAX_INT32]) || MAX_PRECISION, MAX_PRECISION)
}

/** The rate counts bits of a number; a block has at least what floats need to say their exponent. */
function fixedRate(members: JsonObject, { kind, itemSize }: NumberType, axisCount: number): ZfpParameters {
  const configuration = { codec: 'zfp', members }
  const rate = number(configuration, 'rate')
  const bits = Math.floor(4 ** axisCount * rate + 0.5)
  if (!(bits >= 0 && bits <= MAX_INT32)) wrong(configuration, 'rate', 'bits of a number', rate)
  const least = kind === 'int' ? 0 : itemSize === 4 ? 9 : 12
  const blockBits = Math.max(bits, least)
  return { ...FREE, minBits: blockBits, maxBits: blockBits }
}

/** The exponent of the largest power of two that is not above `tolerance`. */
function exponentOf(tolerance: number): number {
  if (!(tolerance > 0)) return LEAST_EXPONENT
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, tolerance)
  const exponent = (view.getUint16(0) >> 4) & 0x7ff
  if (exponent > 0) return exponent - 1023
  // Subnormal: the place of the fraction's highest bit says it.
  return view.getBigUint64(0).toString(2).length - 1 + LEAST_EXPONENT
}

function within(members: JsonObject, name: string, [least, most]: readonly [number, number]): number {
  const configuration = { codec: 'zfp', members }
  if (member(configuration, name) === undefined) wrong(configuration, name, 'a whole number', undefined)
  const value = integer(configuration, name, least)
  if (value >= least && value <= most) return value
  return wrong(configuration, name, `a whole number from ${least} to ${most}`, value)
}
