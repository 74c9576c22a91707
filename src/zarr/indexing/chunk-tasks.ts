// What one slab needs: its stored chunks, and of each the read chunks with the boxes they give. Pure.

import type { CopyAxis, CopyBox, ItemSpan } from '../copying/copy.js'
import { type AxisProjection, projectAxis } from './indexer.js'
import type { ReadAxis } from './read-grid.js'
import type { ResolvedAxis } from './resolved-selection.js'
import type { SlabPlan } from './slab-plan.js'

/** A stored chunk and, per dimension, the projections of the read chunks in it. */
export interface ChunkTask {
  readonly coordinates: readonly number[]
  readonly projections: readonly (readonly AxisProjection[])[]
}

/** One read chunk: a projection per dimension. */
export type ReadChunk = readonly AxisProjection[]

/** Every stored chunk the slab touches, once. */
export function* chunkTasks(
  axes: readonly ResolvedAxis[],
  grid: readonly ReadAxis[],
  plan: SlabPlan,
): Generator<ChunkTask> {
  const groups = axes.map((axis, dimension) =>
    groupByStored(projectAxis(axis, grid[dimension], plan[dimension]), grid[dimension]),
  )
  for (const combination of product(groups)) {
    yield {
      coordinates: combination.map(group => group.stored),
      projections: combination.map(group => group.projections),
    }
  }
}

/** The read chunks of a task, last dimension fastest. */
export function readChunks(task: ChunkTask): Generator<ReadChunk> {
  return product(task.projections)
}

interface StoredGroup {
  readonly stored: number
  readonly projections: AxisProjection[]
}

function groupByStored(projections: AxisProjection[], grid: ReadAxis): StoredGroup[] {
  if (projections.length === 1) return [{ stored: grid.storedOf(projections[0].chunk), projections }]
  const groups = new Map<number, StoredGroup>()
  for (const projection of projections) {
    const stored = grid.storedOf(projection.chunk)
    const group = groups.get(stored)
    if (group === undefined) groups.set(stored, { stored, projections: [projection] })
    else group.projections.push(projection)
  }
  return [...groups.values()]
}

/** From the first to the last item that a read chunk of `chunkShape` gives. */
export function itemSpan(chunk: ReadChunk, chunkShape: readonly number[]): ItemSpan {
  let first = 0
  let last = 0
  let step = 1
  for (let d = chunk.length - 1; d >= 0; d--) {
    let lowest = Number.POSITIVE_INFINITY
    let highest = 0
    for (const { sourceStart, sourceStep, count } of chunk[d].runs) {
      const end = sourceStart + (count - 1) * sourceStep
      lowest = Math.min(lowest, sourceStart, end)
      highest = Math.max(highest, sourceStart, end)
    }
    first += lowest * step
    last += highest * step
    step *= chunkShape[d]
  }
  return { from: first, to: last + 1 }
}

/** Boxes of one read chunk of `chunkShape` in a slab of `slabShape`, both in C order. */
export function* boxes(
  chunk: ReadChunk,
  chunkShape: readonly number[],
  slabShape: readonly number[],
): Generator<CopyBox> {
  const sourceSteps = cSteps(chunkShape)
  const targetSteps = cSteps(slabShape)
  for (const runs of product(chunk.map(projection => projection.runs))) {
    let sourceOffset = 0
    let targetOffset = 0
    const axes: CopyAxis[] = []
    for (let d = 0; d < runs.length; d++) {
      const run = runs[d]
      sourceOffset += run.sourceStart * sourceSteps[d]
      targetOffset += run.targetStart * targetSteps[d]
      axes.push({
        count: run.count,
        sourceStep: run.sourceStep * sourceSteps[d],
        targetStep: run.targetStep * targetSteps[d],
      })
    }
    yield { sourceOffset, targetOffset, axes }
  }
}

/** Items from one position to the next along each dimension of a C-order box. */
function cSteps(shape: readonly number[]): number[] {
  const steps = new Array<number>(shape.length)
  let step = 1
  for (let d = shape.length - 1; d >= 0; d--) {
    steps[d] = step
    step *= shape[d]
  }
  return steps
}

/** Every combination of one element per list, the last list fastest; one empty combination of no lists. */
function* product<T>(lists: readonly (readonly T[])[]): Generator<readonly T[]> {
  if (lists.some(list => list.length === 0)) return
  if (lists.every(list => list.length === 1)) {
    yield lists.map(([only]) => only)
    return
  }
  const position = new Array<number>(lists.length).fill(0)
  for (;;) {
    yield lists.map((list, d) => list[position[d]])
    let d = lists.length - 1
    while (d >= 0 && ++position[d] === lists[d].length) position[d--] = 0
    if (d < 0) return
  }
}
