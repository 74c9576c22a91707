// `cast_value`: stored as another numeric type; decoding converts the values back, with the rounding and the
// treatment of values out of range that the configuration asks for.

import type { DataType } from '../../data-types/data-type.js'
import { parseDataTypeV3 } from '../../data-types/data-type-v3.js'
import { parseFillValueV3 } from '../../data-types/fill-value-v3.js'
import { isJsonObject } from '../../json/json.js'
import type { Json, JsonObject } from '../../metadata/metadata.js'
import type { ArrayToArrayCodec, ChunkSpec } from '../interface/codec.js'
import { choice, member, wrong } from '../interface/configuration.js'
import { codecFailed, codecMisconfigured, codecUnsupported } from '../interface/failures.js'
import {
  halfToNumber,
  loadItems,
  makeItems,
  type NumericArray,
  type NumericType,
  numberToHalf,
  numericType,
  roundToEven,
  storeItems,
} from '../interface/numeric.js'
import { fixedBytes } from '../interface/sizes.js'
import { encodedSide } from './filter.js'

const NAME = 'cast_value'
const MEMBERS: readonly string[] = ['data_type', 'rounding', 'out_of_range', 'scalar_map']
const PLACE = { path: '', member: `codecs.${NAME}` }

type Rounding = 'nearest-even' | 'towards-zero' | 'towards-positive' | 'towards-negative' | 'nearest-away'
type OutOfRange = 'error' | 'clamp' | 'wrap'
type Scalar = number | bigint

interface Cast {
  readonly to: NumericType
  readonly rounding: Rounding
  readonly outOfRange: OutOfRange
}

export function castValueCodec(members: JsonObject, spec: ChunkSpec): ArrayToArrayCodec {
  const stray = Object.keys(members).find(name => !MEMBERS.includes(name))
  if (stray !== undefined) codecMisconfigured(NAME, `"${stray}" is not a member of its configuration`)
  const encodedType = parseDataTypeV3(members.data_type ?? null, PLACE)
  const from = numericType(NAME, encodedType)
  const cast = readCast(members, from, numericType(NAME, spec.dataType))
  const mapped = readScalarMap(members, encodedType, spec.dataType)
  return {
    kind: 'array-array',
    name: NAME,
    encodedSpec: encodedSide(spec, encodedType),
    decode(input) {
      const items = loadItems(NAME, fixedBytes(NAME, input), from)
      return { kind: 'fixed', bytes: storeItems(castAll(items, cast, mapped), cast.to) }
    },
  }
}

function readCast(members: JsonObject, from: NumericType, to: NumericType): Cast {
  const configuration = { codec: NAME, members }
  const rounding = choice<Rounding>(configuration, 'rounding', [
    'nearest-even',
    'towards-zero',
    'towards-positive',
    'towards-negative',
    'nearest-away',
  ])
  const outOfRange = choice<OutOfRange>(configuration, 'out_of_range', ['error', 'clamp', 'wrap'])
  const isExact = from.itemSize < to.itemSize || (from.kind === to.kind && from.itemSize === to.itemSize)
  if (to.kind === 'float' && !isExact && rounding !== 'nearest-even') {
    codecUnsupported(NAME, `rounding "${rounding}" to ${to.dataType.name} is not supported`)
  }
  return { to, rounding, outOfRange }
}

/** The pairs of `scalar_map.decode`: stored value → array value. NaN is a key like any other in a Map. */
function readScalarMap(members: JsonObject, from: DataType, to: DataType): Map<Scalar, Scalar> {
  const configuration = { codec: NAME, members }
  const map = member(configuration, 'scalar_map')
  const pairs = isJsonObject(map) ? (map.decode ?? []) : map === undefined ? [] : null
  if (!Array.isArray(pairs)) return wrong(configuration, 'scalar_map', 'an object with lists of pairs', map)
  const result = new Map<Scalar, Scalar>()
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      return wrong(configuration, 'scalar_map', 'an object with lists of pairs', map)
    }
    result.set(scalar(pair[0], from), scalar(pair[1], to))
  }
  return result
}

function scalar(value: Json, dataType: DataType): Scalar {
  const parsed = parseFillValueV3(dataType, value, PLACE)
  if (parsed.kind !== 'fixed') return codecMisconfigured(NAME, 'a mapped scalar is not a number')
  return loadItems(NAME, parsed.bytes, numericType(NAME, dataType))[0]
}

function castAll(items: NumericArray, cast: Cast, mapped: ReadonlyMap<Scalar, Scalar>): NumericArray {
  const result = makeItems(cast.to, items.length)
  const isWide = result instanceof BigInt64Array || result instanceof BigUint64Array
  const convert = cast.to.kind === 'float' ? toFloat : toInteger
  for (const [i, item] of items.entries()) {
    const value = mapped.get(item) ?? convert(item, cast)
    // The scalar is of the element type of the result once it is widened or narrowed here.
    ;(result as Float64Array)[i] = (isWide ? BigInt(value) : Number(value)) as number
  }
  return result
}

function toFloat(value: Scalar, { to, outOfRange }: Cast): number {
  const number = Number(value)
  if (!Number.isFinite(number)) return number
  const rounded =
    to.itemSize === 8 ? number : to.itemSize === 4 ? Math.fround(number) : halfToNumber(numberToHalf(number))
  if (Number.isFinite(rounded)) return rounded
  // The largest value of a float type is infinity, as zarr-python's implementation has it.
  if (outOfRange === 'clamp') return rounded
  return outOfTheRange(value, to)
}

function toInteger(value: Scalar, { to, rounding, outOfRange }: Cast): bigint {
  const bits = to.itemSize * 8
  const isSigned = to.kind === 'int'
  const least = isSigned ? -(1n << BigInt(bits - 1)) : 0n
  const greatest = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n
  if (typeof value === 'number' && !Number.isFinite(value)) {
    if (Number.isNaN(value) || outOfRange !== 'clamp') return outOfTheRange(value, to)
    return value < 0 ? least : greatest
  }
  const whole = typeof value === 'bigint' ? value : BigInt(round(value, rounding))
  if (whole >= least && whole <= greatest) return whole
  if (outOfRange === 'clamp') return whole < least ? least : greatest
  if (outOfRange === 'wrap') return isSigned ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole)
  return outOfTheRange(value, to)
}

function round(value: number, rounding: Rounding): number {
  if (rounding === 'towards-zero') return Math.trunc(value)
  if (rounding === 'towards-positive') return Math.ceil(value)
  if (rounding === 'towards-negative') return Math.floor(value)
  if (rounding === 'nearest-even') return roundToEven(value)
  // Math.round takes ties upwards; away from zero is that on the magnitude.
  return Math.sign(value) * Math.round(Math.abs(value))
}

function outOfTheRange(value: Scalar, to: NumericType): never {
  return codecFailed(NAME, `${value} is out of the range of ${to.dataType.name}`, { value: String(value) })
}
