// Plans a result, in C order, as slabs of bounded size, cut along chunk boundaries where it can, so that a chunk
// is rarely decoded for two slabs. Pure.
import { changeAfter, changeBefore, countChunks, type Span } from './indexer.js'
import type { ReadAxis } from './read-grid.js'
import type { ResolvedAxis } from './resolved-selection.js'

export interface SlabLimits {
  /** Bytes per item; for variable-length items an estimate. */
  readonly itemSize: number
  /** Size aimed at. */
  readonly slabBytes: number
  /** Size allowed when that avoids cutting through chunks. */
  readonly maxSlabBytes: number
  /** Chunks of one slab: bounds what is planned at once however small the chunks are. */
  readonly maxChunks: number
}

/** A box of the result: one span of positions per dimension of the array. Its items are consecutive. */
export type SlabPlan = readonly Span[]

export interface Plan {
  readonly axes: readonly ResolvedAxis[]
  readonly grid: readonly ReadAxis[]
  readonly limits: SlabLimits
}

/** All slabs in the result's order; none for an empty result. */
export function* planSlabs(
  axes: readonly ResolvedAxis[],
  grid: readonly ReadAxis[],
  limits: SlabLimits,
): Generator<SlabPlan> {
  if (axes.some(axis => axis.count === 0)) return
  const cut = cutAxis(axes, grid, limits)
  const outer: number[] = new Array(cut.dimension).fill(0)
  do {
    const before = outer.map(position => ({ from: position, to: position + 1 }))
    if (cut.dimension === axes.length) yield before
    else
      for (const span of cutSpans(axes[cut.dimension], grid[cut.dimension], cut))
        yield [...before, span, ...cut.inner]
  } while (advance(outer, axes))
}

/** The slab itself where it keeps to the limits, else smaller ones, cut as its own result would be. */
export function* refineSlab(plan: SlabPlan, { axes, grid, limits }: Plan): Generator<SlabPlan> {
  if (fits(plan, { axes, grid, limits })) {
    yield plan
    return
  }
  const inner = axes.map((axis, dimension) => restrictAxis(axis, plan[dimension]))
  for (const part of planSlabs(inner, grid, limits)) {
    yield part.map(({ from, to }, d) => ({ from: plan[d].from + from, to: plan[d].from + to }))
  }
}

function fits(plan: SlabPlan, { axes, grid, limits }: Plan): boolean {
  const byteLength = plan.reduce((bytes, { from, to }) => bytes * (to - from), limits.itemSize)
  if (byteLength > limits.maxSlabBytes) return false
  const chunks = plan.reduce((count, span, d) => count * countChunks(axes[d], grid[d], span), 1)
  return chunks <= limits.maxChunks
}

function restrictAxis(axis: ResolvedAxis, { from, to }: Span): ResolvedAxis {
  if (axis.kind === 'list') return { ...axis, indices: axis.indices.slice(from, to), count: to - from }
  return { ...axis, start: axis.start + axis.step * from, count: to - from }
}

interface Cut {
  /** Dimensions before this one are taken position by position, those behind it in full. */
  readonly dimension: number
  readonly inner: readonly Span[]
  /** Positions of the cut dimension a slab aims at, and may have at most. */
  readonly rows: number
  readonly maxRows: number
  /** Chunks along the cut dimension. */
  readonly maxChunks: number
}

/** The outermost dimension of which at least one position fits a slab. */
function cutAxis(axes: readonly ResolvedAxis[], grid: readonly ReadAxis[], limits: SlabLimits): Cut {
  let rowBytes = limits.itemSize
  let rowChunks = 1
  let dimension = axes.length
  const inner: Span[] = []
  while (dimension > 0) {
    dimension--
    const all = { from: 0, to: axes[dimension].count }
    const bytes = rowBytes * all.to
    const chunks = rowChunks * countChunks(axes[dimension], grid[dimension], all)
    if (dimension === 0 || bytes > limits.maxSlabBytes || chunks > limits.maxChunks) break
    rowBytes = bytes
    rowChunks = chunks
    inner.unshift(all)
  }
  return {
    dimension,
    inner,
    rows: Math.max(1, Math.floor(limits.slabBytes / rowBytes)),
    maxRows: Math.max(1, Math.floor(limits.maxSlabBytes / rowBytes)),
    maxChunks: Math.max(1, Math.floor(limits.maxChunks / rowChunks)),
  }
}

function* cutSpans(axis: ResolvedAxis, grid: ReadAxis, cut: Cut): Generator<Span> {
  for (let from = 0; from < axis.count; ) {
    const to = capChunks(axis, grid, {
      span: { from, to: bandEnd(axis, grid, { from, cut }) },
      maxChunks: cut.maxChunks,
    })
    yield { from, to }
    from = to
  }
}

function bandEnd(axis: ResolvedAxis, grid: ReadAxis, { from, cut }: { from: number; cut: Cut }): number {
  const aim = from + cut.rows
  if (aim >= axis.count) return axis.count
  const before = changeBefore(axis, grid, aim, from)
  if (before !== undefined) return before
  return Math.min(changeAfter(axis, grid, aim), from + cut.maxRows)
}

/** Shortens a span that touches too many chunks to as many as allowed. */
function capChunks(
  axis: ResolvedAxis,
  grid: ReadAxis,
  { span, maxChunks }: { span: Span; maxChunks: number },
): number {
  if (countChunks(axis, grid, span) <= maxChunks) return span.to
  let to = span.from
  for (let chunks = 0; chunks < maxChunks; chunks++) to = changeAfter(axis, grid, to)
  return Math.min(to, span.to)
}

/** Next position of the outer dimensions, the last one fastest; false after the last. */
function advance(outer: number[], axes: readonly ResolvedAxis[]): boolean {
  for (let dimension = outer.length - 1; dimension >= 0; dimension--) {
    if (++outer[dimension] < axes[dimension].count) return true
    outer[dimension] = 0
  }
  return false
}
