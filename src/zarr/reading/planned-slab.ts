// What is read to fill one slab: which read chunks, in groups that are loaded together.
import { contiguousCount, type ItemSpan, mergeAxes } from '../copying/copy.js'
import {
  boxes,
  type ChunkTask,
  chunkTasks,
  itemSpan,
  type ReadChunk,
  readChunks,
} from '../indexing/chunk-tasks.js'
import { countChunks } from '../indexing/indexer.js'
import type { ReadAxis } from '../indexing/read-grid.js'
import type { ResolvedAxis, ResolvedSelection } from '../indexing/resolved-selection.js'
import type { SlabPlan } from '../indexing/slab-plan.js'
import type { ChunkReader, InnerChunkCoordinates, StoredChunk } from './chunk-reader.js'
import { chunkShapeOf, type SlabSource } from './slab-target.js'

/** Inner chunks of a shard are read in groups of about this many decoded bytes. */
const GROUP_BYTES = 4 * 1024 * 1024
/** However small they are: what is done for a group is done within one turn. */
const GROUP_CHUNKS = 256

/** Read chunks of one stored chunk that are loaded together: one, where the array is not sharded. */
export interface ChunkGroup {
  readonly stored: StoredChunk
  readonly chunks: readonly ReadChunk[]
  /** Where each of them lies in the stored chunk. */
  readonly places: readonly InnerChunkCoordinates[]
  /** Of a chunk that is not sharded the items the slab has. */
  readonly needed: ItemSpan | undefined
  /** What they take decoded; 0 where nothing is stored. */
  readonly byteLength: number
}

export interface PlannedSlab {
  /** One length per dimension of the array. */
  readonly shape: readonly number[]
  readonly itemCount: number
  /**
   * Present where the slab's items lie side by side in a single chunk, and are at least half of it: which bytes of the
   * decoded chunk they are. They are handed on without a copy, if the chunk is stored.
   */
  readonly view?: { readonly group: ChunkGroup; readonly byteOffset: number; readonly byteLength: number }
  readonly groups: Iterable<ChunkGroup>
}

/** Its groups are a generator: a slab is planned while it is read, and read once. Expects a slab with items. */
export function planSlab(source: SlabSource, axes: readonly ResolvedAxis[], plan: SlabPlan): PlannedSlab {
  const shape = plan.map(span => span.to - span.from)
  const itemCount = shape.reduce((product, count) => product * count, 1)
  const groups = groupsOf(source, axes, plan)
  const first = groups.next().value as ChunkGroup
  const second = groups.next()
  if (second.done !== true) return { shape, itemCount, groups: all(first, second.value, groups) }
  const view = viewOf(source, first, shape)
  return { shape, itemCount, groups: [first], ...(view && { view }) }
}

/** Bounds of what is kept of a selection that may be asked for again. */
const MAX_RESULT_BYTES = 1024 * 1024
const MAX_CHUNKS = 64

/** A small result as its only slab, to be read as often as it is asked for. */
export interface SmallResult extends PlannedSlab {
  readonly byteLength: number
  readonly chunkCount: number
  readonly groups: readonly ChunkGroup[]
}

/** Undefined for what is not small, or of no fixed size. @throws ZipzarrError ENTRY_* for an unreadable chunk */
export function smallResult(source: SlabSource, selection: ResolvedSelection): SmallResult | undefined {
  const { axes, itemCount } = selection
  const { dataType, fillValue } = source.reader.metadata
  const byteLength = itemCount * dataType.itemSize
  if (fillValue.kind === 'variable' || itemCount === 0 || byteLength > MAX_RESULT_BYTES) return undefined
  const plan = axes.map(axis => ({ from: 0, to: axis.count }))
  let chunkCount = 1
  for (const [d, axis] of axes.entries()) {
    chunkCount *= countChunks(axis, source.grid[d], plan[d])
    if (chunkCount > MAX_CHUNKS) return undefined
  }
  const slab = planSlab(source, axes, plan)
  return { ...slab, byteLength, chunkCount, groups: [...slab.groups] }
}

function* all(first: ChunkGroup, second: ChunkGroup, others: Iterable<ChunkGroup>): Generator<ChunkGroup> {
  yield first
  yield second
  yield* others
}

function* groupsOf(
  source: SlabSource,
  axes: readonly ResolvedAxis[],
  plan: SlabPlan,
): Generator<ChunkGroup, undefined> {
  for (const task of chunkTasks(axes, source.grid, plan)) yield* groupsOfTask(source, task)
}

function* groupsOfTask({ reader, grid }: SlabSource, task: ChunkTask): Generator<ChunkGroup> {
  const stored = reader.locate(task.coordinates)
  const bytesEach = stored.stat === undefined ? 0 : reader.decodedByteLength(stored)
  const size = Math.min(GROUP_CHUNKS, Math.max(1, Math.floor(GROUP_BYTES / Math.max(1, bytesEach))))
  const isInner = reader.innerChunkShape !== undefined
  let chunks: ReadChunk[] = []
  const group = (): ChunkGroup => ({
    stored,
    chunks,
    places: chunks.map(chunk => placeOf(reader, grid, chunk)),
    needed: isInner ? undefined : itemSpan(chunks[0], chunkShapeOf(grid, chunks[0])),
    byteLength: bytesEach * chunks.length,
  })
  for (const chunk of readChunks(task)) {
    chunks.push(chunk)
    if (chunks.length < size) continue
    yield group()
    chunks = []
  }
  if (chunks.length > 0) yield group()
}

function placeOf(reader: ChunkReader, grid: readonly ReadAxis[], chunk: ReadChunk): InnerChunkCoordinates {
  if (reader.innerChunkShape === undefined) return undefined
  return chunk.map((projection, dimension) => grid[dimension].placeOf(projection.chunk))
}

/** Not for a small part, which would keep the whole chunk in memory for as long as the client takes it. */
function viewOf(
  { reader, grid }: SlabSource,
  group: ChunkGroup,
  shape: readonly number[],
): PlannedSlab['view'] {
  const { stored, chunks, byteLength: chunkByteLength } = group
  const { dataType, fillValue } = reader.metadata
  if (stored.stat === undefined || chunks.length > 1 || fillValue.kind === 'variable') return undefined
  const [box, second] = boxes(chunks[0], chunkShapeOf(grid, chunks[0]), shape)
  const merged = mergeAxes(box)
  const count = second === undefined ? contiguousCount(merged) : undefined
  if (count === undefined) return undefined
  const byteLength = count * dataType.itemSize
  if (2 * byteLength < chunkByteLength) return undefined
  return { group, byteOffset: merged.sourceOffset * dataType.itemSize, byteLength }
}
