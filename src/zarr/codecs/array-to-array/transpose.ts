// `transpose`: the chunk is stored with its axes permuted; v2's order "F" is the reversal of all axes.
import type { CopyBox } from '../../copying/copy.js'
import { copyItems, copyValues } from '../../copying/copy.js'
import type { JsonObject } from '../../metadata/metadata.js'
import { permutationBox } from '../interface/boxes.js'
import type { Allocate, ArrayToArrayCodec, ChunkSpec, DecodedChunk } from '../interface/codec.js'
import { integers, member, wrong } from '../interface/configuration.js'

export function transposeCodec(members: JsonObject, spec: ChunkSpec): ArrayToArrayCodec {
  const order = readOrder(members, spec.shape.length)
  const shape = order.map(axis => spec.shape[axis])
  const isIdentity = order.every((axis, i) => axis === i)
  const box = permutationBox(shape, order)
  return {
    kind: 'array-array',
    name: 'transpose',
    encodedSpec: { ...spec, shape },
    axisOrder: order,
    decode: (input, allocate) =>
      isIdentity ? input : rearrange(input, { box, itemSize: spec.dataType.itemSize, allocate }),
  }
}

export interface Rearrangement {
  readonly box: CopyBox
  readonly itemSize: number
  readonly allocate: Allocate
}

/** All items of a chunk moved as `box` says, which covers every place of the result. */
export function rearrange(input: DecodedChunk, { box, itemSize, allocate }: Rearrangement): DecodedChunk {
  if (input.kind === 'variable') {
    const values = new Array<unknown>(input.values.length)
    if (values.length > 0) copyValues(input.values, values, box)
    return { kind: 'variable', values }
  }
  const bytes = allocate(input.bytes.length)
  if (bytes.length > 0) copyItems(input.bytes, bytes, { box, itemSize })
  return { kind: 'fixed', bytes }
}

/** A permutation of the axes; drafts of v3 also wrote "C" and "F". */
function readOrder(members: JsonObject, rank: number): number[] {
  const configuration = { codec: 'transpose', members }
  const value = member(configuration, 'order')
  const axes = Array.from({ length: rank }, (_, axis) => axis)
  if (value === 'C') return axes
  if (value === 'F') return axes.reverse()
  const order = integers(configuration, 'order', 0)
  if (order.length !== rank || axes.some(axis => !order.includes(axis))) {
    wrong(configuration, 'order', `a permutation of the ${rank} axes`, value)
  }
  return order
}
