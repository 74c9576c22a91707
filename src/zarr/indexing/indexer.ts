// From a resolved selection to chunks: which chunks it touches and which items of each go where. Pure
// arithmetic per dimension; the dimensions are independent, so a chunk's projection is their product.
import type { ReadAxis } from './read-grid.js'
import { type ResolvedAxis, safeProduct } from './resolved-selection.js'

/** `count` items at `sourceStart + i * sourceStep` of a chunk go to `targetStart + i * targetStep` of a slab. */
export interface Run {
  readonly count: number
  readonly sourceStart: number
  readonly sourceStep: number
  readonly targetStart: number
  readonly targetStep: number
}

/** What one read chunk gives along one dimension. */
export interface AxisProjection {
  readonly chunk: number
  /** One run for a range; as many as needed for an index list. */
  readonly runs: readonly Run[]
}

/** Positions `from <= p < to` of a selected dimension. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The array's item at position `position` of the selection. */
export function itemAt(axis: ResolvedAxis, position: number): number {
  return axis.kind === 'list' ? axis.indices[position] : axis.start + axis.step * position
}

/**
 * Projections of the positions in `span`, each chunk once. Targets count from the span's start. Ranges give
 * their chunks in the order of the result, lists in the order of first use.
 */
export function projectAxis(axis: ResolvedAxis, grid: ReadAxis, span: Span): AxisProjection[] {
  if (axis.kind === 'list') return projectList(axis.indices, grid, span)
  const projections: AxisProjection[] = []
  let position = span.from
  while (position < span.to) {
    const item = axis.start + axis.step * position
    const chunk = grid.chunkAt(item)
    const end = Math.min(nextChange(axis, grid, position), span.to)
    const run = {
      count: end - position,
      sourceStart: item - grid.startOf(chunk),
      sourceStep: axis.step,
      targetStart: position - span.from,
      targetStep: 1,
    }
    projections.push({ chunk, runs: [run] })
    position = end
  }
  return projections
}

/** The first position after `position` whose item lies in another chunk (may lie past the selection's end). */
function nextChange(axis: { start: number; step: number }, grid: ReadAxis, position: number): number {
  const item = axis.start + axis.step * position
  const start = grid.startOf(grid.chunkAt(item))
  const last = start + grid.sizeOf(grid.chunkAt(item)) - 1
  const distance = axis.step > 0 ? last - item : item - start
  return position + Math.floor(distance / Math.abs(axis.step)) + 1
}

function projectList(indices: readonly number[], grid: ReadAxis, span: Span): AxisProjection[] {
  const byChunk = new Map<number, GrowingRun[]>()
  for (let position = span.from; position < span.to; position++) {
    const chunk = grid.chunkAt(indices[position])
    const source = indices[position] - grid.startOf(chunk)
    const target = position - span.from
    const runs = byChunk.get(chunk)
    if (runs === undefined) byChunk.set(chunk, [single(source, target)])
    else if (!isExtended(runs[runs.length - 1], source, target)) runs.push(single(source, target))
  }
  return Array.from(byChunk, ([chunk, runs]) => ({ chunk, runs }))
}

/** Changed in place: a new object for each of a list's items would cost more than all else. */
type GrowingRun = { -readonly [Field in keyof Run]: Run[Field] }

function single(sourceStart: number, targetStart: number): GrowingRun {
  return { count: 1, sourceStart, sourceStep: 1, targetStart, targetStep: 1 }
}

/** Lengthens the run where the item continues its steps; false where it does not. */
function isExtended(run: GrowingRun, source: number, target: number): boolean {
  const { count } = run
  const sourceStep = count === 1 ? source - run.sourceStart : run.sourceStep
  const targetStep = count === 1 ? target - run.targetStart : run.targetStep
  if (source !== run.sourceStart + sourceStep * count || target !== run.targetStart + targetStep * count)
    return false
  run.sourceStep = sourceStep
  run.targetStep = targetStep
  run.count++
  return true
}

/** Chunks of unequal sizes are counted one by one up to this many; beyond, only an upper bound is given. */
const MAX_WALKED = 4096

/** How many chunks the positions in `span` touch along one dimension. */
export function countChunks(axis: ResolvedAxis, grid: ReadAxis, span: Span): number {
  const count = span.to - span.from
  if (count <= 1) return count
  if (axis.kind === 'list') {
    const chunks = new Set<number>()
    for (let position = span.from; position < span.to; position++)
      chunks.add(grid.chunkAt(axis.indices[position]))
    return chunks.size
  }
  const first = grid.chunkAt(itemAt(axis, span.from))
  const last = grid.chunkAt(itemAt(axis, span.to - 1))
  const between = Math.abs(last - first) + 1
  // With one chunk size a step either skips no chunk or shares none.
  const isExact = grid.isUniform || axis.step * axis.step === 1
  return isExact || between > MAX_WALKED ? Math.min(between, count) : walkChunks(axis, grid, span)
}

/** How many chunks a selection touches. */
export function countAllChunks(axes: readonly ResolvedAxis[], grid: readonly ReadAxis[]): number {
  return safeProduct(axes.map((axis, d) => countChunks(axis, grid[d], { from: 0, to: axis.count })))
}

function walkChunks(axis: { start: number; step: number }, grid: ReadAxis, span: Span): number {
  let chunks = 0
  for (let position = span.from; position < span.to; position = nextChange(axis, grid, position)) chunks++
  return chunks
}

/** True when `position` and the one before it lie in different chunks: a good place to cut a slab. */
export function isChunkChange(axis: ResolvedAxis, grid: ReadAxis, position: number): boolean {
  return grid.chunkAt(itemAt(axis, position - 1)) !== grid.chunkAt(itemAt(axis, position))
}

/** The nearest chunk change at or before `position`, but after `floor`; undefined when there is none. */
export function changeBefore(axis: ResolvedAxis, grid: ReadAxis, position: number, floor: number) {
  if (axis.kind === 'list') {
    for (let p = position; p > floor; p--) if (isChunkChange(axis, grid, p)) return p
    return undefined
  }
  if (isChunkChange(axis, grid, position)) return position
  const item = itemAt(axis, position)
  const chunk = grid.chunkAt(item)
  const edge = grid.startOf(chunk) + (axis.step > 0 ? 0 : grid.sizeOf(chunk) - 1)
  const change = position - Math.floor(Math.abs(item - edge) / Math.abs(axis.step))
  return change > floor ? change : undefined
}

/** The first chunk change after `position`, or the selection's end. */
export function changeAfter(axis: ResolvedAxis, grid: ReadAxis, position: number): number {
  if (axis.kind === 'range') return Math.min(nextChange(axis, grid, position), axis.count)
  let p = position + 1
  while (p < axis.count && !isChunkChange(axis, grid, p)) p++
  return p
}
