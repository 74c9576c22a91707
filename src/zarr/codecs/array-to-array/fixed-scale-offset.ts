// `fixedscaleoffset`: decoded = stored / scale + offset, computed in the precision NumPy computes it in.
import type { JsonObject } from '../../metadata/metadata.js'
import type { ChunkSpec, Codec, CodecContext } from '../interface/codec.js'
import { number } from '../interface/configuration.js'
import { codecMisconfigured } from '../interface/failures.js'
import {
  castItems,
  halfToNumber,
  loadItems,
  type NumericArray,
  type NumericType,
  numberToHalf,
  numericType,
  storeItems,
} from '../interface/numeric.js'
import { numpyType, placeFilter } from './filter.js'

export function fixedScaleOffsetCodec(members: JsonObject, spec: ChunkSpec, context: CodecContext): Codec {
  const configuration = { codec: 'fixedscaleoffset', members }
  const decodedType = numpyType(configuration, 'dtype', spec.dataType)
  const encodedType = numpyType(configuration, 'astype', decodedType)
  const from = numericType('fixedscaleoffset', encodedType)
  const to = numericType('fixedscaleoffset', decodedType)
  const line = { scale: number(configuration, 'scale'), offset: number(configuration, 'offset') }
  if (line.scale === 0) codecMisconfigured('fixedscaleoffset', '"scale" must not be 0')
  const filter = {
    name: 'fixedscaleoffset',
    decodedType,
    encodedType,
    decode(encoded: Uint8Array) {
      const items = applyLine(loadItems('fixedscaleoffset', encoded, from), from, line)
      const computed = from.kind === 'float' ? from : FLOAT64
      const isSame = to.kind === 'float' && to.itemSize === computed.itemSize
      return storeItems(isSame ? items : castItems('fixedscaleoffset', items, computed, to), to)
    },
  }
  return placeFilter(filter, spec, context)
}

export interface LinearMap {
  readonly scale: number
  readonly offset: number
}

const FLOAT64: NumericType = numericType('fixedscaleoffset', {
  name: 'float64',
  kind: 'float',
  itemSize: 8,
  swapSize: 8,
})

/** item / scale + offset. Floats stay in their own precision, integers are computed as float64. */
export function applyLine(
  items: NumericArray,
  type: NumericType,
  { scale, offset }: LinearMap,
): NumericArray {
  const count = items.length
  if (type.kind !== 'float' || type.itemSize === 8) {
    const result = new Float64Array(count)
    for (let i = 0; i < count; i++) result[i] = Number(items[i]) / scale + offset
    return result
  }
  const round = type.itemSize === 4 ? Math.fround : roundToHalf
  const ownScale = round(scale)
  const ownOffset = round(offset)
  const result = new Float32Array(count)
  for (let i = 0; i < count; i++) result[i] = round(round(Number(items[i]) / ownScale) + ownOffset)
  return result
}

function roundToHalf(value: number): number {
  return halfToNumber(numberToHalf(Math.fround(value)))
}
