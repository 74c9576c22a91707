// Refusing answers that are too large, or of too many chunks, before a byte is read, and naming a selection that would fit.
import { ZipzarrError } from '../errors.js'
import {
  formatSelection,
  type ResolvedAxis,
  type ResolvedSelection,
  resolvedSelection,
} from '../zarr/indexing/resolved-selection.js'
import type { ZarrArray } from '../zarr/reading/array.js'

export interface AnswerSize {
  /** Bytes of the result before any encoding. */
  readonly byteLength: number
  readonly itemSize: number
  readonly limit: number
  /** What the limit is one of: `maxResponseBytes`, or `maxJsonBytes` for JSON. */
  readonly limitName: string
}

/** @throws ZipzarrError RESPONSE_TOO_LARGE with limit, actual and a hint */
export function checkSize(selection: ResolvedSelection, size: AnswerSize): void {
  const { byteLength, limit } = size
  if (byteLength <= limit) return
  const fitting = formatSelection(shrink(selection, Math.floor(limit / size.itemSize)))
  throw new ZipzarrError(
    'RESPONSE_TOO_LARGE',
    `the selection has ${byteLength} bytes, ${size.limitName} is ${limit}; slice=${fitting} would fit`,
    { facts: { limit, actual: byteLength, hint: `slice=${fitting}` } },
  )
}

/**
 * Chunks are looked up one by one, so an answer of many small ones takes long however few bytes it has.
 * @throws ZipzarrError TOO_MANY_CHUNKS with limit, actual and a hint
 */
export function checkChunkCount(array: ZarrArray, selection: ResolvedSelection, limit: number): void {
  const actual = array.chunksTouched(selection)
  if (actual <= limit) return
  const hint = `slice=${formatSelection(fewerChunks(array, selection, limit))}`
  throw new ZipzarrError(
    'TOO_MANY_CHUNKS',
    `the selection touches ${actual} chunks, maxChunksPerRequest is ${limit}; ${hint} would fit`,
    { facts: { limit, actual, hint } },
  )
}

/** The first items of the selection that touch no more chunks: outer dimensions are cut first. */
function fewerChunks(array: ZarrArray, selection: ResolvedSelection, limit: number): ResolvedSelection {
  let fitting = selection
  for (const dimension of selection.axes.keys()) {
    for (;;) {
      const chunks = array.chunksTouched(fitting)
      const axis = fitting.axes[dimension]
      if (chunks <= limit || axis.count <= 1) break
      // In proportion, and at least by a tenth: the chunks of a list, or of unequal sizes, lie as they like.
      const kept = Math.max(1, Math.floor(axis.count * Math.min(0.9, limit / chunks)))
      fitting = resolvedSelection(fitting.axes.map((one, d) => (d === dimension ? firstOf(one, kept) : one)))
    }
  }
  return fitting
}

/** The first items of the selection, as many as fit: outer dimensions are cut first, each down to one. */
export function shrink(selection: ResolvedSelection, maxItems: number): ResolvedSelection {
  let inner = selection.itemCount
  const axes = selection.axes.map(axis => {
    if (inner <= maxItems || axis.count === 0) return axis
    inner /= axis.count
    const kept = Math.min(axis.count, Math.max(1, Math.floor(maxItems / inner)))
    inner *= kept
    return firstOf(axis, kept)
  })
  return resolvedSelection(axes)
}

function firstOf(axis: ResolvedAxis, count: number): ResolvedAxis {
  if (axis.kind === 'list') return { ...axis, indices: axis.indices.slice(0, count), count }
  return { ...axis, count }
}
