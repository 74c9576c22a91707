// A naive array to compare with: one item at a time, nothing shared with the code under test but the selection.
import fc from 'fast-check'
import { itemAt } from '../../src/zarr/indexing/indexer.js'
import type { ResolvedSelection } from '../../src/zarr/indexing/resolved-selection.js'
import type { ChunkGrid, GridAxis } from '../../src/zarr/metadata/chunk-grid.js'

/** The flat C-order positions, in an array of `shape`, of the selected items, in the result's order. */
export function selectedPositions(selection: ResolvedSelection, shape: readonly number[]): number[] {
  let positions = [0]
  selection.axes.forEach((axis, dimension) => {
    const items = Array.from({ length: axis.count }, (_, position) => itemAt(axis, position))
    positions = positions.flatMap(position => items.map(item => position * shape[dimension] + item))
  })
  return positions
}

/** A dimension whose chunks have the given sizes. */
export function axisOf(length: number, sizes: readonly number[]): GridAxis {
  const starts: number[] = []
  let end = 0
  for (const size of sizes) {
    starts.push(end)
    end += size
  }
  return {
    length,
    chunkCount: starts.filter(start => start < length).length,
    chunkAt: index => starts.findLastIndex(start => start <= index),
    startOf: chunk => starts[chunk],
    sizeOf: chunk => sizes[chunk],
  }
}

export function regularGrid(shape: readonly number[], chunkShape: readonly number[]): ChunkGrid {
  const axes = shape.map((length, dimension) => {
    const size = chunkShape[dimension]
    return axisOf(length, new Array(Math.ceil(length / size)).fill(size))
  })
  return { name: 'regular', axes, chunkShape }
}

/** Selection texts for an array of `shape`: integers, slices of both directions, lists, fewer parts. */
export function selectionText(shape: readonly number[]): fc.Arbitrary<string> {
  const parts = shape.map(length => {
    const bound = fc.option(fc.integer({ min: -length - 2, max: length + 2 }))
    const slice = fc
      .tuple(bound, bound, fc.option(fc.integer({ min: -4, max: 4 }).filter(step => step !== 0)))
      .map(([start, stop, step]) => `${start ?? ''}:${stop ?? ''}${step === null ? '' : `:${step}`}`)
    if (length === 0) return slice
    const index = fc.integer({ min: -length, max: length - 1 })
    const list = fc.array(index, { maxLength: 6 }).map(indices => `[${indices}]`)
    return fc.oneof({ weight: 4, arbitrary: slice }, { weight: 1, arbitrary: index.map(String) }, list)
  })
  return fc
    .tuple(fc.tuple(...parts), fc.integer({ min: 0, max: shape.length }))
    .map(([texts, given]) => texts.slice(0, given).join(','))
}
