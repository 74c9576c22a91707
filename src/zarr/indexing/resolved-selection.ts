// A selection resolved against one array's shape: which items, in which order, and the shape of the result.
// Arithmetic only; chunks are the indexer's matter.
import { ZipzarrError } from '../../errors.js'
import { invalid, type SelectionPart } from './selection.js'

/** Items `start, start + step, …`, `count` of them. A dropped axis (an integer part) has count 1. */
export interface RangeAxis {
  readonly kind: 'range'
  readonly start: number
  readonly step: number
  readonly count: number
  readonly isDropped: boolean
}

/** The items of an index list, in its order, repetitions kept. */
export interface ListAxis {
  readonly kind: 'list'
  readonly indices: readonly number[]
  readonly count: number
  readonly isDropped: false
}

export type ResolvedAxis = RangeAxis | ListAxis

export interface ResolvedSelection {
  /** One per dimension of the array. */
  readonly axes: readonly ResolvedAxis[]
  /** Shape of the result: dropped dimensions left out. */
  readonly shape: readonly number[]
  readonly itemCount: number
}

/**
 * Bounds clamp as Python's `slice.indices` does; integers and list entries outside the dimension are errors.
 * Dimensions without a part, and those under `...`, are taken in full.
 * @throws ZipzarrError INVALID_SELECTION
 */
export function resolveSelection(
  parts: readonly SelectionPart[],
  shape: readonly number[],
): ResolvedSelection {
  const ellipsis = parts.findIndex(part => part.kind === 'ellipsis')
  const given = ellipsis < 0 ? parts.length : parts.length - 1
  if (given > shape.length) {
    throw invalid(`it has ${given} parts, the array has ${shape.length} dimensions`)
  }
  const before = ellipsis < 0 ? parts.length : ellipsis
  const missing = shape.length - given
  const axes = shape.map((length, dimension) => {
    if (dimension < before) return resolvePart(parts[dimension], { dimension, length })
    if (dimension < before + missing) return fullAxis(length)
    return resolvePart(parts[dimension - missing + 1], { dimension, length })
  })
  return resolvedSelection(axes)
}

/** Bundles axes with the shape and size of their result; sizes beyond safe integers are refused. */
export function resolvedSelection(axes: readonly ResolvedAxis[]): ResolvedSelection {
  const shape = axes.filter(axis => !axis.isDropped).map(axis => axis.count)
  return { axes, shape, itemCount: safeProduct(shape) }
}

/** @throws ZipzarrError RESPONSE_TOO_LARGE beyond 2^53 */
export function safeProduct(factors: readonly number[]): number {
  let product = 1
  // An empty dimension makes the result empty however long the others are.
  if (factors.includes(0)) return 0
  for (const factor of factors) {
    product *= factor
    if (!Number.isSafeInteger(product)) {
      throw new ZipzarrError(
        'RESPONSE_TOO_LARGE',
        `the selection has more than ${Number.MAX_SAFE_INTEGER} items`,
      )
    }
  }
  return product
}

interface Dimension {
  readonly dimension: number
  readonly length: number
}

function fullAxis(length: number): RangeAxis {
  return { kind: 'range', start: 0, step: 1, count: length, isDropped: false }
}

function resolvePart(part: SelectionPart, at: Dimension): ResolvedAxis {
  switch (part.kind) {
    case 'index':
      return { kind: 'range', start: resolveIndex(part.index, at), step: 1, count: 1, isDropped: true }
    case 'slice':
      return resolveSlice(part, at.length)
    case 'list': {
      const indices = part.indices.map(index => resolveIndex(index, at))
      return { kind: 'list', indices, count: indices.length, isDropped: false }
    }
    case 'ellipsis':
      throw invalid('"..." may stand only once')
  }
}

function resolveIndex(index: number, { dimension, length }: Dimension): number {
  if (index < -length || index >= length) {
    throw invalid(`index ${index} is out of range for dimension ${dimension} of length ${length}`)
  }
  return index < 0 ? index + length : index
}

/** Python's `slice(start, stop, step).indices(length)`. */
function resolveSlice(part: { start?: number; stop?: number; step?: number }, length: number): RangeAxis {
  const step = part.step ?? 1
  const lowest = step < 0 ? -1 : 0
  const highest = step < 0 ? length - 1 : length
  const clamp = (bound: number): number =>
    bound < 0 ? Math.max(bound + length, lowest) : Math.min(bound, highest)
  const start = part.start === undefined ? (step < 0 ? highest : lowest) : clamp(part.start)
  const stop = part.stop === undefined ? (step < 0 ? lowest : highest) : clamp(part.stop)
  const count = countOf(stop - start, step)
  return {
    kind: 'range',
    start: count === 0 ? 0 : start,
    step: count <= 1 ? 1 : step,
    count,
    isDropped: false,
  }
}

/** Steps in `distance`, rounded up; by remainder, since a quotient of large integers may round. */
function countOf(distance: number, step: number): number {
  if (distance === 0 || distance > 0 !== step > 0) return 0
  const rest = distance % step
  return (distance - rest) / step + (rest === 0 ? 0 : 1)
}

/**
 * The selection in canonical text: equal results of one shape have equal texts, and parsing the text again
 * gives the same result. A 0-d array's is `...`.
 */
export function formatSelection(selection: ResolvedSelection): string {
  if (selection.axes.length === 0) return '...'
  return selection.axes.map(formatAxis).join(',')
}

function formatAxis(axis: ResolvedAxis): string {
  if (axis.kind === 'list') return `[${axis.indices.join(',')}]`
  if (axis.isDropped) return String(axis.start)
  const { start, step, count } = axis
  if (step === 1) return `${start}:${start + count}`
  if (step > 0) return `${start}:${start + step * (count - 1) + 1}:${step}`
  const last = start + step * (count - 1)
  // Counting down to item 0 has no stop: -1 would mean the end.
  return last === 0 ? `${start}::${step}` : `${start}:${last - 1}:${step}`
}
