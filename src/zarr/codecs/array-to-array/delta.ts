// `delta`: every item is stored as its difference from the one before.
import type { JsonObject } from '../../metadata/metadata.js'
import type { ChunkSpec, Codec, CodecContext } from '../interface/codec.js'
import {
  castItems,
  halfToNumber,
  loadItems,
  type NumericArray,
  numberToHalf,
  numericType,
  storeItems,
} from '../interface/numeric.js'
import { numpyType, placeFilter } from './filter.js'

export function deltaCodec(members: JsonObject, spec: ChunkSpec, context: CodecContext): Codec {
  const configuration = { codec: 'delta', members }
  const decodedType = numpyType(configuration, 'dtype', spec.dataType)
  const encodedType = numpyType(configuration, 'astype', decodedType)
  const from = numericType('delta', encodedType)
  const to = numericType('delta', decodedType)
  const filter = {
    name: 'delta',
    decodedType,
    encodedType,
    decode(encoded: Uint8Array) {
      const items = castItems('delta', loadItems('delta', encoded, from), from, to)
      if (to.kind === 'bool') accumulateBools(items)
      else if (to.kind === 'float' && to.itemSize === 2) accumulateHalves(items)
      else accumulate(items)
      return storeItems(items, to)
    },
  }
  return placeFilter(filter, spec, context)
}

/** Sums in the type of the items: integers wrap, floats round after every step, as np.cumsum does. */
function accumulate(items: NumericArray): void {
  if (items instanceof BigInt64Array || items instanceof BigUint64Array) {
    for (let i = 1; i < items.length; i++) items[i] += items[i - 1]
  } else {
    for (let i = 1; i < items.length; i++) items[i] += items[i - 1]
  }
}

function accumulateHalves(items: NumericArray): void {
  for (let i = 1; i < items.length; i++) {
    items[i] = halfToNumber(numberToHalf(Math.fround(Number(items[i]) + Number(items[i - 1]))))
  }
}

/** Differences of truth values are "differs": the sum that undoes them is exclusive or. */
function accumulateBools(items: NumericArray): void {
  for (let i = 1; i < items.length; i++) items[i] = items[i] === items[i - 1] ? 0 : 1
}
