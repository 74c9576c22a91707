// The header that numcodecs puts before zfp streams: magic, type and shape, mode. Bits count from the lowest
// of each byte. (zfp's docs: zfp_write_header; codec version 5)
import { codecFailed, codecUnsupported } from '../interface/failures.js'
import type { NumberType } from './number-compressor.js'
import { LEAST_EXPONENT, MAX_BITS, MAX_PRECISION, MIN_BITS, type ZfpParameters } from './zfp-modes.js'

const NAME = 'zfpy'
const MAGIC = 'zfp'
const CODEC_VERSION = 5
const META_OFFSET = 32
const MODE_OFFSET = META_OFFSET + 52
const SHORT_MODE_BITS = 12
const LONG_MODE_BITS = 64
/** In the short form, this says that the long one follows. */
const LONG_MODE = 0xfff
/** Bits that tell each axis' length, by the number of axes. */
const LENGTH_BITS = [48, 24, 16, 12]

/** In the order of zfp's own numbers for them, which begin at 1. */
export const ZFP_TYPES: readonly NumberType[] = [
  { kind: 'int', itemSize: 4 },
  { kind: 'int', itemSize: 8 },
  { kind: 'float', itemSize: 4 },
  { kind: 'float', itemSize: 8 },
]

/** Everything a stream needs to be decoded. */
export interface ZfpStream {
  readonly encoded: Uint8Array
  readonly type: NumberType
  /** Lengths of the axes, the fastest first. */
  readonly axes: readonly number[]
  readonly parameters: ZfpParameters
  /** Where the blocks begin. */
  readonly firstBit: number
}

export function readZfpHeader(encoded: Uint8Array): ZfpStream {
  const bits = (offset: number, count: number) => readBits(encoded, offset, count)
  for (const [i, letter] of [...MAGIC].entries()) {
    if (bits(8 * i, 8) !== BigInt(letter.charCodeAt(0))) codecFailed(NAME, 'does not begin with "zfp"')
  }
  const version = bits(24, 8)
  if (version !== BigInt(CODEC_VERSION)) codecUnsupported(NAME, `version ${version} of zfp is not known`)
  const type = ZFP_TYPES[Number(bits(META_OFFSET, 2))]
  const axisCount = Number(bits(META_OFFSET + 2, 2)) + 1
  const lengthBits = LENGTH_BITS[axisCount - 1]
  const axes = Array.from({ length: axisCount }, (_, axis) => {
    return Number(bits(META_OFFSET + 4 + axis * lengthBits, lengthBits)) + 1
  })
  const mode = Number(bits(MODE_OFFSET, SHORT_MODE_BITS))
  const isLong = mode === LONG_MODE
  const parameters = isLong ? longMode(bits(MODE_OFFSET, LONG_MODE_BITS)) : shortMode(mode)
  const firstBit = MODE_OFFSET + (isLong ? LONG_MODE_BITS : SHORT_MODE_BITS)
  return { encoded, type, axes, parameters, firstBit }
}

/** One of four modes in 12 bits: fixed rate, fixed precision, reversible, fixed accuracy. */
function shortMode(mode: number): ZfpParameters {
  const free = {
    minBits: MIN_BITS,
    maxBits: MAX_BITS,
    maxPrecision: MAX_PRECISION,
    leastExponent: LEAST_EXPONENT,
  }
  if (mode < 2048) return { ...free, minBits: mode + 1, maxBits: mode + 1 }
  if (mode < 2176) return checked({ ...free, maxPrecision: mode + 1 - 2048 })
  if (mode === 2176) return { ...free, leastExponent: LEAST_EXPONENT - 1 }
  return { ...free, leastExponent: mode - 2177 + LEAST_EXPONENT }
}

/** All four parameters, behind the 12 bits that say so. */
function longMode(mode: bigint): ZfpParameters {
  const field = (offset: number, count: number) =>
    Number((mode >> BigInt(offset)) & ((1n << BigInt(count)) - 1n))
  return checked({
    minBits: field(12, 15) + 1,
    maxBits: field(27, 15) + 1,
    maxPrecision: field(42, 7) + 1,
    leastExponent: field(49, 15) - 16_495,
  })
}

function checked(parameters: ZfpParameters): ZfpParameters {
  const { minBits, maxBits, maxPrecision } = parameters
  if (minBits <= maxBits && maxPrecision <= MAX_PRECISION) return parameters
  return codecFailed(NAME, `${minBits} to ${maxBits} bits a block, ${maxPrecision} bits a number cannot be`)
}

function readBits(encoded: Uint8Array, offset: number, count: number): bigint {
  if (offset + count > 8 * encoded.length) codecFailed(NAME, `${encoded.length} bytes are no whole header`)
  let value = 0n
  for (let i = Math.ceil((offset + count) / 8) - 1; i >= Math.floor(offset / 8); i--) {
    value = (value << 8n) | BigInt(encoded[i])
  }
  return (value >> BigInt(offset % 8)) & ((1n << BigInt(count)) - 1n)
}
