// The grid an array is read by: its chunks, or the inner chunks of its shards. Tells for each of them which
// stored chunk holds it.
import type { ChunkGrid, GridAxis } from '../metadata/chunk-grid.js'

/** One dimension of the read grid. */
export interface ReadAxis extends GridAxis {
  /** The stored chunk (shard) that holds read chunk `chunk`. */
  storedOf(chunk: number): number
  /** Place of read chunk `chunk` inside its stored chunk. */
  placeOf(chunk: number): number
  /** True when all chunks but the last have one size: distinct chunks can then be counted, not walked. */
  readonly isUniform: boolean
}

/** Without shards the read chunks are the stored chunks. */
export function readAxes(grid: ChunkGrid, innerChunkShape?: readonly number[]): readonly ReadAxis[] {
  const isUniform = grid.chunkShape !== undefined
  return grid.axes.map((axis, dimension) =>
    innerChunkShape === undefined ? storedAxis(axis, isUniform) : innerAxis(axis, innerChunkShape[dimension]),
  )
}

function storedAxis(axis: GridAxis, isUniform: boolean): ReadAxis {
  return {
    length: axis.length,
    chunkCount: axis.chunkCount,
    isUniform,
    chunkAt: index => axis.chunkAt(index),
    startOf: chunk => axis.startOf(chunk),
    sizeOf: chunk => axis.sizeOf(chunk),
    storedOf: chunk => chunk,
    placeOf: () => 0,
  }
}

/**
 * Inner chunks divide every shard exactly (the codec refuses anything else), so along a dimension they form
 * one regular grid, even where the shards differ in size.
 */
function innerAxis(shards: GridAxis, size: number): ReadAxis {
  const storedOf = (chunk: number): number => shards.chunkAt(chunk * size)
  return {
    length: shards.length,
    chunkCount: Math.ceil(shards.length / size),
    isUniform: true,
    chunkAt: index => Math.floor(index / size),
    startOf: chunk => chunk * size,
    sizeOf: () => size,
    storedOf,
    placeOf: chunk => chunk - shards.startOf(storedOf(chunk)) / size,
  }
}
