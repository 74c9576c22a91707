// Boxes for moving whole chunks: axis orders changed, inner chunks put into their shard. Pure arithmetic
// over ../copy.ts.
import type { CopyAxis, CopyBox } from '../../copying/copy.js'

/** Steps of a C-order layout, in items. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= shape[axis]
  }
  return strides
}

/** From C order of `shape` to C order of its axes rearranged: source axis `i` is axis `order[i]` of the target. */
export function permutationBox(shape: readonly number[], order: readonly number[]): CopyBox {
  const sourceSteps = stridesOf(shape)
  const sourceAxes = order.map((_, axis) => order.indexOf(axis))
  const targetSteps = stridesOf(sourceAxes.map(axis => shape[axis]))
  const axes = sourceAxes.map((axis, i) => ({
    count: shape[axis],
    sourceStep: sourceSteps[axis],
    targetStep: targetSteps[i],
  }))
  return { sourceOffset: 0, targetOffset: 0, axes: nearestLast(axes) }
}

/**
 * The axis along which the source is consecutive goes next to the target's innermost one: a plane of both
 * stays in the processor's cache, rows far apart would not.
 */
function nearestLast(axes: readonly CopyAxis[]): CopyAxis[] {
  const nearest = axes.findIndex(axis => axis.sourceStep === 1)
  if (nearest < 0 || nearest >= axes.length - 2) return [...axes]
  return [...axes.slice(0, nearest), ...axes.slice(nearest + 1, -1), axes[nearest], axes[axes.length - 1]]
}

/** A whole block in C order to its place `start` within a C-order array of `shape`. */
export function placementBox(
  blockShape: readonly number[],
  start: readonly number[],
  shape: readonly number[],
): CopyBox {
  const sourceSteps = stridesOf(blockShape)
  const targetSteps = stridesOf(shape)
  const targetOffset = start.reduce((offset, position, axis) => offset + position * targetSteps[axis], 0)
  const axes = blockShape.map((count, axis) => ({
    count,
    sourceStep: sourceSteps[axis],
    targetStep: targetSteps[axis],
  }))
  return { sourceOffset: 0, targetOffset, axes }
}
