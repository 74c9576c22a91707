// A small result in one piece, read without waiting for anything but the next turn of the event loop: every
// chunk is in memory, or can be read and decoded at once. What does not fit is the slab reader's.

import { withScratch } from '../../kernels/kernels.js'
import { LoopYield } from '../../memory/loop-yield.js'
import { contiguousCount, mergeAxes } from '../copying/copy.js'
import {
  boxes,
  type ChunkTask,
  chunkTasks,
  itemSpan,
  type ReadChunk,
  readChunks,
} from '../indexing/chunk-tasks.js'
import { countChunks } from '../indexing/indexer.js'
import type { ResolvedSelection } from '../indexing/resolved-selection.js'
import type { InnerChunkCoordinates, StoredChunk } from './chunk-reader.js'
import type { LoadedChunk } from './read-resources.js'
import { chunkShapeOf, type SlabSource, SlabTarget } from './slab-target.js'

/** Bounds of what is read this way: one such reading must not hold up others for long. */
const MAX_RESULT_BYTES = 1024 * 1024
const MAX_CHUNKS = 64
/** Of one chunk. */
const MAX_STORED_BYTES = 1024 * 1024
const MAX_DECODED_BYTES = 2 * 1024 * 1024
const AT_ONCE = { maxStoredBytes: MAX_STORED_BYTES, mayKeep: true }

/** A small result: its chunks, looked up once, for as often as it is read. */
export interface WholePlan {
  readonly byteLength: number
  readonly shape: readonly number[]
  readonly pieces: readonly Piece[]
}

/** Undefined for what is too large, or of no fixed size. @throws ZipzarrError ENTRY_* for an unreadable chunk */
export function planWhole(source: SlabSource, selection: ResolvedSelection): WholePlan | undefined {
  if (!isSmall(source, selection)) return undefined
  const whole = selection.axes.map(axis => ({ from: 0, to: axis.count }))
  const pieces = [...chunkTasks(selection.axes, source.grid, whole)].flatMap(task => piecesOf(source, task))
  if (!pieces.every(piece => isSmallPiece(source, piece))) return undefined
  const shape = selection.axes.map(axis => axis.count)
  return { byteLength: selection.itemCount * source.reader.metadata.dataType.itemSize, shape, pieces }
}

/**
 * The result's bytes; undefined says nothing but "read it in slabs". They may be those of a cached chunk:
 * nobody may write to them, and SlabPool.release takes them back where they are the pool's.
 */
export async function readWhole(source: SlabSource, plan: WholePlan): Promise<Uint8Array | undefined> {
  const { resources } = source.reader
  const { byteLength, shape, pieces } = plan
  if (resources.budget.isCrowded || byteLength > resources.slabBudget.grant().slabBytes) return undefined
  const isInMemory = pieces.every(piece => cached(source, piece) !== undefined)
  if (!isInMemory && !pieces.every(piece => isNear(source, piece))) return undefined
  if (pieces.length === 1) {
    const view = readView(source, pieces[0], shape)
    if (view !== undefined) return view
  }
  return fill(source, plan, isInMemory)
}

function isSmall({ reader, grid }: SlabSource, { axes, itemCount }: ResolvedSelection): boolean {
  const { metadata } = reader
  if (metadata.fillValue.kind === 'variable' || itemCount === 0) return false
  if (itemCount * metadata.dataType.itemSize > MAX_RESULT_BYTES) return false
  let chunks = 1
  for (const [d, axis] of axes.entries()) {
    chunks *= countChunks(axis, grid[d], { from: 0, to: axis.count })
    if (chunks > MAX_CHUNKS) return false
  }
  return true
}

/** One read chunk, with what is known of it. */
interface Piece {
  readonly chunk: ReadChunk
  readonly stored: StoredChunk
  readonly place: InnerChunkCoordinates
}

function piecesOf({ reader, grid }: SlabSource, task: ChunkTask): Piece[] {
  const stored = reader.locate(task.coordinates)
  return Array.from(readChunks(task), chunk => {
    const isInner = reader.innerChunkShape !== undefined
    const place = isInner ? chunk.map((projection, d) => grid[d].placeOf(projection.chunk)) : undefined
    return { chunk, stored, place }
  })
}

/** Absent, or small enough to be read at once. */
function isSmallPiece({ reader }: SlabSource, { stored }: Piece): boolean {
  const { stat } = stored
  if (stat === undefined) return true
  return stat.byteLength <= MAX_STORED_BYTES && reader.decodedByteLength(stored) <= MAX_DECODED_BYTES
}

/** Absent, in memory, or to be had without waiting. */
function isNear({ reader }: SlabSource, { stored, place }: Piece): boolean {
  if (stored.stat === undefined || reader.cached(stored, place) !== undefined) return true
  return reader.isImmediate(stored)
}

/** What the store does not hold is the fill value, null. */
function cached({ reader }: SlabSource, { stored, place }: Piece): LoadedChunk | undefined {
  return stored.stat === undefined ? null : reader.cached(stored, place)
}

/** The decoded bytes themselves where the result is one run of most of a chunk. */
function readView(source: SlabSource, piece: Piece, shape: readonly number[]): Uint8Array | undefined {
  const [box, second] = boxes(piece.chunk, chunkShapeOf(source.grid, piece.chunk), shape)
  const merged = mergeAxes(box)
  const count = second === undefined ? contiguousCount(merged) : undefined
  if (count === undefined || piece.stored.stat === undefined) return undefined
  const { itemSize } = source.reader.metadata.dataType
  // A small part would keep the whole chunk in memory for as long as the client takes it.
  if (2 * count * itemSize < source.reader.decodedByteLength(piece.stored)) return undefined
  const loaded = cached(source, piece) ?? source.reader.loadNow(piece.stored, AT_ONCE)
  if (loaded?.kind !== 'fixed') return undefined
  const { bytes } = loaded
  if (count * itemSize === bytes.byteLength) return bytes
  const start = merged.sourceOffset * itemSize
  return bytes.subarray(start, start + count * itemSize)
}

function putNow(source: SlabSource, piece: Piece, target: SlabTarget): boolean {
  const put = (loaded: LoadedChunk): void => target.put(piece.chunk, loaded)
  const known = cached(source, piece)
  if (known === undefined) {
    const neededItems = itemSpan(piece.chunk, chunkShapeOf(source.grid, piece.chunk))
    return source.reader.useNow(piece.stored, { ...AT_ONCE, neededItems }, put)
  }
  put(known)
  return true
}

/** Fills the pool's memory; what is decoded first is put together in scratch, where rows cost no call each. */
async function fill(
  source: SlabSource,
  { pieces, shape, byteLength }: WholePlan,
  isInMemory: boolean,
): Promise<Uint8Array | undefined> {
  const { slabPool } = source.reader.resources
  const bytes = slabPool.acquire(byteLength)
  const loop = new LoopYield()
  let isFull = false
  try {
    let done: number | undefined = isInMemory ? 0 : fillFirstTurn(source, { pieces, shape, bytes }, loop)
    const target = new SlabTarget(source, shape, bytes)
    for (; done !== undefined && done < pieces.length; done++) {
      if (loop.isDue) await loop.yield()
      if (!putNow(source, pieces[done], target)) return undefined
    }
    isFull = done !== undefined
    return isFull ? bytes : undefined
  } finally {
    if (!isFull) slabPool.release(bytes)
  }
}

/** How many pieces were done; undefined when one of them has to be waited for. */
function fillFirstTurn(
  source: SlabSource,
  { pieces, shape, bytes }: Pick<WholePlan, 'pieces' | 'shape'> & { readonly bytes: Uint8Array },
  loop: LoopYield,
): number | undefined {
  return withScratch(lend => {
    const slab = lend(bytes.byteLength)
    const target = new SlabTarget(source, shape, slab)
    let done = 0
    for (; done < pieces.length && !(done > 0 && loop.isDue); done++) {
      if (!putNow(source, pieces[done], target)) return undefined
    }
    bytes.set(slab)
    return done
  })
}
