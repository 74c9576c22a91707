// `reshape`: the same items in the same order, stored under another shape.
import type { Json, JsonObject } from '../../metadata/metadata.js'
import type { ArrayToArrayCodec, ChunkSpec } from '../interface/codec.js'
import { member, wrong } from '../interface/configuration.js'
import { codecMisconfigured } from '../interface/failures.js'
import { itemCount } from '../interface/sizes.js'

export function reshapeCodec(members: JsonObject, spec: ChunkSpec): ArrayToArrayCodec {
  return {
    kind: 'array-array',
    name: 'reshape',
    encodedSpec: { ...spec, shape: targetShape(members, spec.shape) },
    decode: input => input,
  }
}

function targetShape(members: JsonObject, shape: readonly number[]): number[] {
  const configuration = { codec: 'reshape', members }
  const value = member(configuration, 'shape')
  if (!Array.isArray(value)) return wrong(configuration, 'shape', 'a list', value)
  const sizes = value.map(
    one => sizeOf(one, shape) ?? wrong(configuration, 'shape', 'sizes or lists of axes', value),
  )
  checkAxes(value, shape)
  const total = itemCount(shape)
  const open = sizes.indexOf(-1)
  if (open >= 0) {
    const rest = sizes.reduce((product, size, i) => (i === open ? product : product * size), 1)
    sizes[open] = rest === 0 ? 0 : total / rest
  }
  if (!sizes.every(size => Number.isSafeInteger(size) && size >= 0) || itemCount(sizes) !== total) {
    codecMisconfigured('reshape', `shape [${shape.join(', ')}] cannot become ${JSON.stringify(value)}`)
  }
  return sizes
}

/** A size, -1 for "what is left", or the product of some axes. */
function sizeOf(value: Json, shape: readonly number[]): number | undefined {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && (value > 0 || value === -1) ? value : undefined
  if (!Array.isArray(value)) return undefined
  let size = 1
  for (const axis of value) {
    if (typeof axis !== 'number' || shape[axis] === undefined) return undefined
    size *= shape[axis]
  }
  return size
}

/** Named axes rise, so that nobody takes this for a transpose. */
function checkAxes(value: readonly Json[], shape: readonly number[]): void {
  const axes = value.flatMap(one => (Array.isArray(one) ? one : []))
  if (axes.every((axis, i) => i === 0 || Number(axes[i - 1]) < Number(axis))) return
  codecMisconfigured('reshape', `the axes ${JSON.stringify(axes)} of [${shape.join(', ')}] must rise`)
}
