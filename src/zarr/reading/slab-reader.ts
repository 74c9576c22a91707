// Reads a selection slab by slab: chunks in, slabs out, in the result's order and in bounded memory.
import { ZipzarrError } from '../../errors.js'
import { LoopYield } from '../../memory/loop-yield.js'
import { RunningTasks } from '../../memory/running-tasks.js'
import type { GetOptions } from '../../store/store.js'
import { contiguousCount, mergeAxes } from '../copying/copy.js'
import {
  boxes,
  type ChunkTask,
  chunkTasks,
  itemSpan,
  type ReadChunk,
  readChunks,
} from '../indexing/chunk-tasks.js'
import { countAllChunks } from '../indexing/indexer.js'
import type { ReadAxis } from '../indexing/read-grid.js'
import type { ResolvedSelection } from '../indexing/resolved-selection.js'
import { planSlabs, refineSlab, type SlabPlan } from '../indexing/slab-plan.js'
import type { ChunkReader, InnerChunkCoordinates, StoredChunk } from './chunk-reader.js'
import type { LoadedChunk } from './read-resources.js'
import type { Slab } from './slab.js'
import { SlabSizeEstimate } from './slab-size-estimate.js'
import { chunkShapeOf, type SlabContent, type SlabSource, SlabTarget } from './slab-target.js'

/** Chunks of one reading in flight at once. */
const MAX_TASKS = 8
/** Inner chunks of a shard are read in groups of about this many decoded bytes. */
const GROUP_BYTES = 4 * 1024 * 1024
/** However small they are: what is done for a group is done within one turn. */
const GROUP_CHUNKS = 256
/** Stored bytes of a chunk that are read within a turn of the event loop, where the store allows it at all. */
const MAX_NOW_BYTES = 4 * 1024 * 1024

/** Slabs in C order; together they hold every item of the selection once. */
export async function* readSlabs(
  source: SlabSource,
  selection: ResolvedSelection,
  options: GetOptions,
): AsyncGenerator<Slab> {
  const { slabBudget, budget } = source.reader.resources
  if (budget.isCrowded) throw new ZipzarrError('OVERLOADED', 'too many chunks wait to be read')
  const estimate = new SlabSizeEstimate(itemSizeOf(source.reader))
  const loop = new LoopYield()
  // One reading that fills much of the cache would only turn out what others ask for again.
  const { chunks } = source.reader.resources
  const chunkCount = countAllChunks(selection.axes, source.grid)
  const mayKeep = chunks.isKept(selection.itemCount * estimate.itemSize, chunkCount)
  let itemOffset = 0
  for (const plan of currentSlabs(source, selection, estimate)) {
    options.signal?.throwIfAborted()
    if (loop.isDue) await loop.yield()
    const shape = plan.map(span => span.to - span.from)
    const itemCount = shape.reduce((product, count) => product * count, 1)
    const held = itemCount * estimate.itemSize
    slabBudget.acquire(held)
    try {
      const reading = { source, selection, plan, shape, itemCount, loop, mayKeep, signal: options.signal }
      const filled = await readSlab(reading)
      if (filled.kind === 'variable') estimate.learn(filled.values)
      yield { ...filled, itemOffset, itemCount }
    } finally {
      // The consumer has come back for the next slab, or has left.
      slabBudget.release(held)
    }
    itemOffset += itemCount
  }
}

/** Undefined for items of no fixed size. */
function itemSizeOf({ metadata }: ChunkReader): number | undefined {
  return metadata.fillValue.kind === 'variable' ? undefined : metadata.dataType.itemSize
}

/** Slabs as large as the slab budget, and what is known of the values, allow when each of them is read. */
function* currentSlabs(
  { reader, grid }: SlabSource,
  { axes }: ResolvedSelection,
  estimate: SlabSizeEstimate,
): Generator<SlabPlan> {
  const { slabBudget, limits } = reader.resources
  const { slabBytes, maxSlabBytes } = limits
  for (const plan of planSlabs(axes, grid, estimate.planned({ slabBytes, maxSlabBytes }))) {
    yield* refineSlab(plan, { axes, grid, limits: estimate.current(slabBudget.grant()) })
  }
}

interface SlabReading {
  readonly source: SlabSource
  readonly selection: ResolvedSelection
  readonly plan: SlabPlan
  readonly shape: readonly number[]
  readonly itemCount: number
  readonly loop: LoopYield
  /** Whether its chunks may go into the cache. */
  readonly mayKeep: boolean
  readonly signal: AbortSignal | undefined
}

async function readSlab(reading: SlabReading): Promise<SlabContent> {
  const { source, selection, plan } = reading
  const tasks = chunkTasks(selection.axes, source.grid, plan)
  const first = tasks.next().value as ChunkTask
  const second = tasks.next()
  if (second.done === true) {
    const view = await readView(reading, first)
    if (view !== undefined) return view
  }
  const target = new SlabTarget(source, reading.shape)
  try {
    await fillSlab(reading, rest(first, second, tasks), target)
  } catch (error) {
    target.discard()
    throw error
  }
  return target.content
}

function* rest(first: ChunkTask, second: IteratorResult<ChunkTask>, others: Generator<ChunkTask>) {
  yield first
  if (second.done !== true) yield second.value
  yield* others
}

/**
 * A slab that is one run of a single chunk needs no copy: the decoded bytes themselves are handed on. Not so
 * for a small part, which would keep the whole chunk in memory for as long as the client takes it.
 */
async function readView(reading: SlabReading, task: ChunkTask): Promise<SlabContent | undefined> {
  const { mayKeep } = reading
  const { reader, grid } = reading.source
  if (!task.projections.every(projections => projections.length === 1 && projections[0].runs.length === 1)) {
    return undefined
  }
  const readChunk = task.projections.map(([projection]) => projection)
  const [box] = boxes(readChunk, chunkShapeOf(grid, readChunk), reading.shape)
  const merged = mergeAxes(box)
  if (contiguousCount(merged) === undefined) return undefined
  const stored = reader.locate(task.coordinates)
  if (stored.stat === undefined) return undefined
  const { itemSize } = reader.metadata.dataType
  const byteLength = reading.itemCount * itemSize
  if (2 * byteLength < reader.decodedByteLength(stored)) return undefined
  const place = placeOf(reader, grid, readChunk)
  const cached = reader.cached(stored, place)
  const chunk =
    cached ??
    reader.loadNow(stored, { maxStoredBytes: MAX_NOW_BYTES, mayKeep }) ??
    (await reader.load(stored, [place], { ...signalOf(reading), mayKeep }))[0]
  if (chunk?.kind !== 'fixed') return undefined
  // Bytes that others have too are handed on as a view, which is not given back to the pool.
  if (byteLength === chunk.bytes.byteLength && reader.isOwn(chunk)) return chunk
  const start = merged.sourceOffset * itemSize
  return { kind: 'fixed', bytes: chunk.bytes.subarray(start, start + byteLength) }
}

async function fillSlab(reading: SlabReading, tasks: Iterable<ChunkTask>, target: SlabTarget): Promise<void> {
  const { reader } = reading.source
  const limits = { maxTasks: MAX_TASKS, maxBytes: reader.resources.limits.inFlightBytes / 4 }
  const running = new RunningTasks(limits, reading.signal)
  try {
    for (const task of tasks) {
      if (reading.loop.isDue) await reading.loop.yield()
      reading.signal?.throwIfAborted()
      const stored = reader.locate(task.coordinates)
      if (stored.stat === undefined) await fillTask(reading, task, target)
      else await startTask(reading, { task, stored }, { running, target })
    }
    await running.finish()
  } finally {
    await running.stop()
  }
}

async function fillTask(reading: SlabReading, task: ChunkTask, target: SlabTarget): Promise<void> {
  for (const chunk of readChunks(task)) {
    if (reading.loop.isDue) await reading.loop.yield()
    target.put(chunk, null)
  }
}

/** What is in memory, or can be had at once, is copied at once; the rest is loaded in groups. */
async function startTask(
  reading: SlabReading,
  { task, stored }: { task: ChunkTask; stored: StoredChunk },
  { running, target }: { running: RunningTasks; target: SlabTarget },
): Promise<void> {
  const { reader, grid } = reading.source
  const bytesEach = reader.decodedByteLength(stored)
  const groupSize = Math.min(GROUP_CHUNKS, Math.max(1, Math.floor(GROUP_BYTES / Math.max(1, bytesEach))))
  const atOnce = { maxStoredBytes: MAX_NOW_BYTES, mayKeep: reading.mayKeep }
  let group: { chunk: ReadChunk; place: InnerChunkCoordinates }[] = []
  const flush = async (): Promise<void> => {
    const members = group
    group = []
    if (members.length === 0) return
    await running.add(bytesEach * members.length, async signal => {
      const places = members.map(member => member.place)
      const loaded = await reader.load(stored, places, { signal, mayKeep: reading.mayKeep })
      members.forEach((member, i) => {
        target.put(member.chunk, loaded[i])
        reader.release(loaded[i])
      })
    })
  }
  for (const chunk of readChunks(task)) {
    if (reading.loop.isDue) await reading.loop.yield()
    const at = placeOf(reader, grid, chunk)
    const put = (loaded: LoadedChunk): void => target.put(chunk, loaded)
    const cached = reader.cached(stored, at)
    if (cached !== undefined) put(cached)
    else {
      const neededItems = itemSpan(chunk, chunkShapeOf(grid, chunk))
      if (!reader.useNow(stored, { ...atOnce, neededItems }, put)) group.push({ chunk, place: at })
    }
    if (group.length >= groupSize) await flush()
  }
  await flush()
}

function placeOf(reader: ChunkReader, grid: readonly ReadAxis[], chunk: ReadChunk): InnerChunkCoordinates {
  if (reader.innerChunkShape === undefined) return undefined
  return chunk.map((projection, dimension) => grid[dimension].placeOf(projection.chunk))
}

function signalOf({ signal }: SlabReading): GetOptions {
  return signal === undefined ? {} : { signal }
}
