// Chunk grids: where chunk boundaries lie. Regular and rectilinear answer the same questions per dimension.

/** One dimension of a chunk grid. */
export interface GridAxis {
  /** Array length along this dimension, in items. */
  readonly length: number
  /** Number of chunks needed to cover it (0 for an empty dimension). */
  readonly chunkCount: number
  /** Which chunk holds item `index` (0 <= index < length). */
  chunkAt(index: number): number
  /** First item of a chunk. */
  startOf(chunk: number): number
  /** Stored items of a chunk along this dimension: full size, even past the array's edge. */
  sizeOf(chunk: number): number
}

export interface ChunkGrid {
  readonly name: 'regular' | 'rectilinear'
  readonly axes: readonly GridAxis[]
  /** The shape of every chunk; undefined when it differs between chunks (rectilinear). */
  readonly chunkShape?: readonly number[]
}
