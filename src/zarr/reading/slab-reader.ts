// Reads a selection slab by slab: chunks in, slabs out, in the result's order and in bounded memory. A small result
// is one slab.
import { ZipzarrError } from '../../errors.js'
import { LoopYield } from '../../memory/loop-yield.js'
import { type MaybePromise, then } from '../../memory/maybe-promise.js'
import { RunningTasks } from '../../memory/running-tasks.js'
import type { Stop } from '../../memory/single-flight.js'
import type { ReadChunk } from '../indexing/chunk-tasks.js'
import { countAllChunks } from '../indexing/indexer.js'
import type { ResolvedSelection } from '../indexing/resolved-selection.js'
import { planSlabs, refineSlab, type SlabPlan } from '../indexing/slab-plan.js'
import { CurrentShard, type ShardInUse } from './chunk-source.js'
import { type ChunkGroup, type PlannedSlab, planSlab } from './planned-slab.js'
import type { LoadedChunk } from './read-resources.js'
import type { Slab } from './slab.js'
import { SlabSizeEstimate } from './slab-size-estimate.js'
import { type SlabContent, type SlabSource, SlabTarget } from './slab-target.js'

/** Loads of one reading in flight at once. */
const MAX_TASKS = 8

/** Slabs in C order; together they hold every item of the selection once. */
export async function* readSlabs(
  source: SlabSource,
  selection: ResolvedSelection,
  stop: Stop,
): AsyncGenerator<Slab> {
  const { slabBudget, chunks } = source.reader.resources
  requireRoom(source)
  const estimate = new SlabSizeEstimate(itemSizeOf(source))
  // One reading that fills much of the cache would only evict what others ask for again.
  const chunkCount = countAllChunks(selection.axes, source.grid)
  const mayKeep = chunks.fits(selection.itemCount * estimate.itemSize, chunkCount)
  const loop = new LoopYield()
  const shard = new CurrentShard()
  let itemOffset = 0
  for (const plan of slabsToRead(source, selection, estimate)) {
    stop.signal?.throwIfAborted()
    if (loop.isDue) await loop.yield()
    const slab = planSlab(source, selection.axes, plan)
    const { itemCount } = slab
    let held = itemCount * estimate.itemSize
    slabBudget.acquire(held)
    try {
      const content = await readSlab(source, slab, { mayKeep, stop, loop, shard })
      if (content.kind === 'variable') estimate.learn(content.values)
      // What is held of the shard counts too, as long as the client takes its slab.
      const shardBytes = shard.forgetAbove(slabBudget.grant().maxSlabBytes)
      slabBudget.acquire(shardBytes)
      held += shardBytes
      yield { ...content, itemOffset, itemCount }
    } finally {
      // The consumer has come back for the next slab, or has left.
      slabBudget.release(held)
    }
    itemOffset += itemCount
  }
}

/** @throws ZipzarrError OVERLOADED */
export function requireRoom({ reader: { resources } }: SlabSource): void {
  if (resources.budget.isCrowded) throw new ZipzarrError('OVERLOADED', 'too many chunks wait to be read')
}

/** Undefined for items of no fixed size. */
function itemSizeOf({ reader: { metadata } }: SlabSource): number | undefined {
  return metadata.fillValue.kind === 'variable' ? undefined : metadata.dataType.itemSize
}

/** The slabs of a selection. How large each one may be is asked when it is read: of the slab budget and the estimate. */
function* slabsToRead(
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

export interface ReadSlabOptions {
  /** Whether its chunks may go into the cache. */
  readonly mayKeep: boolean
  /** Whose signal stops the reads; it is looked at only when something waits. */
  readonly stop: Stop
  readonly loop: LoopYield
  readonly shard: CurrentShard
}

/** One slab. Its bytes may be those of a cached chunk: nobody may write to them. @throws ZipzarrError CODEC_*, … */
export async function readSlab(
  source: SlabSource,
  slab: PlannedSlab,
  options: ReadSlabOptions,
): Promise<SlabContent> {
  const view = slab.view && (await readView(source, slab.view, options))
  if (view !== undefined) return view
  const target = new SlabTarget(source, slab.shape)
  try {
    await fill({ source, target, ...options }, slab.groups)
  } catch (error) {
    target.discard()
    throw error
  }
  return target.content
}

/** The decoded bytes themselves, without a copy; undefined for an inner chunk that is not stored. */
async function readView(
  { reader }: SlabSource,
  { group: { stored, places }, byteOffset, byteLength }: NonNullable<PlannedSlab['view']>,
  options: ReadSlabOptions,
): Promise<SlabContent | undefined> {
  const { mayKeep, stop, shard } = options
  const [chunk] = await reader.load(stored, places, { mayKeep, stop, shard: shard.of(stored) })
  if (chunk?.kind !== 'fixed') return undefined
  if (byteLength === chunk.bytes.byteLength) return chunk
  const bytes = chunk.bytes.subarray(byteOffset, byteOffset + byteLength)
  // Where the chunk is the pool's, the part of it is what comes back.
  reader.resources.slabPool.transfer(chunk.bytes, bytes)
  return { kind: 'fixed', bytes }
}

interface Filling extends ReadSlabOptions {
  readonly source: SlabSource
  readonly target: SlabTarget
}

async function fill(filling: Filling, groups: Iterable<ChunkGroup>): Promise<void> {
  const { source, loop, stop, shard } = filling
  const { inFlightBytes } = source.reader.resources.limits
  // A quarter: others read at the same time.
  const running = new RunningTasks({ maxTasks: MAX_TASKS, maxBytes: inFlightBytes / 4 }, stop)
  try {
    for (const group of groups) {
      if (loop.isDue) {
        await loop.yield()
        running.signal.throwIfAborted()
      }
      const inUse = shard.of(group.stored)
      const started = running.add(group.byteLength, tasks =>
        put(filling, group, { shard: inUse, stop: tasks }),
      )
      if (started instanceof Promise) await started
    }
    await running.finish()
  } finally {
    await running.stop()
  }
}

function put(
  filling: Filling,
  { stored, places, needed, chunks }: ChunkGroup,
  { shard, stop }: { readonly shard: ShardInUse; readonly stop: Stop },
): MaybePromise<void> {
  const { source, mayKeep } = filling
  return then(source.reader.load(stored, places, { mayKeep, needed, shard, stop }), loaded =>
    putFrom(0, filling, { chunks, loaded }),
  )
}

/** One chunk after the other, each given back once it is copied. */
function putFrom(
  place: number,
  filling: Filling,
  group: { readonly chunks: readonly ReadChunk[]; readonly loaded: readonly LoadedChunk[] },
): MaybePromise<void> {
  if (place === group.loaded.length) return
  const { source, target, loop } = filling
  return then(target.put(group.chunks[place], group.loaded[place], loop), () => {
    source.reader.release(group.loaded[place])
    return putFrom(place + 1, filling, group)
  })
}
