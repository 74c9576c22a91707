// `scale_offset`: decoded = stored / scale + offset, in the arithmetic of the array's own data type. Integers
// must divide without a rest and stay in range; anything else is an error, never rounded.
import { parseFillValueV3 } from '../../data-types/fill-value-v3.js'
import type { JsonObject } from '../../metadata/metadata.js'
import type { ArrayToArrayCodec, ChunkSpec } from '../interface/codec.js'
import { codecFailed, codecMisconfigured } from '../interface/failures.js'
import {
  loadItems,
  makeItems,
  type NumericArray,
  type NumericType,
  numericType,
  storeItems,
} from '../interface/numeric.js'
import { fixedBytes } from '../interface/sizes.js'
import { encodedSide } from './filter.js'
import { applyLine } from './fixed-scale-offset.js'

const NAME = 'scale_offset'

export function scaleOffsetCodec(members: JsonObject, spec: ChunkSpec): ArrayToArrayCodec {
  const type = numericType(NAME, spec.dataType)
  const stray = Object.keys(members).find(name => name !== 'scale' && name !== 'offset')
  if (stray !== undefined) codecMisconfigured(NAME, `"${stray}" is not a member of its configuration`)
  const scale = scalar(members, 'scale', { spec, type, fallback: 1 })
  const offset = scalar(members, 'offset', { spec, type, fallback: 0 })
  if (Number(scale) === 0) codecMisconfigured(NAME, '"scale" must not be 0')
  return {
    kind: 'array-array',
    name: NAME,
    encodedSpec: encodedSide(spec, spec.dataType),
    decode(input) {
      const items = loadItems(NAME, fixedBytes(NAME, input), type)
      const decoded =
        type.kind === 'float'
          ? applyLine(items, type, { scale: Number(scale), offset: Number(offset) })
          : divideExactly(items, type, { scale: BigInt(scale), offset: BigInt(offset) })
      return { kind: 'fixed', bytes: storeItems(decoded, type) }
    },
  }
}

interface ScalarContext {
  readonly spec: ChunkSpec
  readonly type: NumericType
  readonly fallback: number
}

/** A scalar of the array's data type, written as a fill value is. */
function scalar(members: JsonObject, name: string, { spec, type, fallback }: ScalarContext): number | bigint {
  const value = members[name]
  if (value === undefined) return fallback
  const parsed = parseFillValueV3(spec.dataType, value, { path: '', member: `codecs.${NAME}.${name}` })
  if (parsed.kind !== 'fixed') return codecMisconfigured(NAME, `"${name}" is not a number`)
  return loadItems(NAME, parsed.bytes, type)[0]
}

function divideExactly(
  items: NumericArray,
  type: NumericType,
  { scale, offset }: { readonly scale: bigint; readonly offset: bigint },
): NumericArray {
  const decoded = makeItems(type, items.length)
  for (const [i, item] of items.entries()) {
    const value = BigInt(item)
    if (value % scale !== 0n) codecFailed(NAME, `${value} cannot be divided by ${scale} without a rest`)
    const result = value / scale + offset
    // A value that the type cannot hold reads back as another one.
    const stored =
      decoded instanceof BigInt64Array || decoded instanceof BigUint64Array ? result : Number(result)
    ;(decoded as BigInt64Array)[i] = stored as bigint
    if (BigInt(decoded[i]) !== result)
      codecFailed(NAME, `${result} is out of the range of ${type.dataType.name}`)
  }
  return decoded
}
