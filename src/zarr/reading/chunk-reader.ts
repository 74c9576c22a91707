// The chunks of one array through the worker's cache: `load` is the only way to one. What is in memory is not read,
// what is asked for twice at once is decoded once, what a single reading was given comes back to the pool. Knows
// nothing of selections.
import { ZipzarrError } from '../../errors.js'
import { type MaybePromise, then } from '../../memory/maybe-promise.js'
import type { Flight, Stop } from '../../memory/single-flight.js'
import { joinKey } from '../../store/keys.js'
import type { ReadableStore } from '../../store/store.js'
import type { DecodedChunk, ItemSpan } from '../codecs/interface/codec.js'
import { encodeChunkKey } from '../metadata/chunk-key-encoding.js'
import type { ArrayMetadata } from '../metadata/metadata.js'
import { ChunkDecoder, type StoredChunk } from './chunk-decoder.js'
import { copyOf, memoryOf, ownBytes } from './chunk-memory.js'
import { cacheOfIndexes, type ShardInUse } from './chunk-source.js'
import type { LoadedChunk, ReadResources } from './read-resources.js'

export type { StoredChunk }

/** Place of an inner chunk in its shard; undefined stands for the stored chunk as a whole. */
export type InnerChunkCoordinates = readonly number[] | undefined

export interface ChunkReaderParts {
  readonly store: ReadableStore
  readonly metadata: ArrayMetadata
  readonly resources: ReadResources
  /** Tells this state of the array's metadata from any other; part of every cache key. */
  readonly metadataTag: string
}

export interface LoadOptions {
  /** Whose signal stops the load, unless others wait for it too. It is looked at only when something waits. */
  readonly stop?: Stop
  /** False: the chunk does not go into the cache. */
  readonly mayKeep?: boolean
  /** The only items that will be looked at, where that is known. */
  readonly needed?: ItemSpan | undefined
  /** What the same reading has of the shard already. */
  readonly shard?: ShardInUse
}

interface Wanted {
  readonly keys: string[]
  readonly places: InnerChunkCoordinates[]
  /** Undefined where the cache may keep the chunk: then all of it is decoded, whatever the options say. */
  readonly needed: ItemSpan | undefined
  readonly options: LoadOptions
}

/** A chunk that was read and decoded more slowly than this costs more to make again than the memory to keep it. */
const SLOW_BYTES_PER_MS = 512 * 1024

export class ChunkReader {
  readonly store: ReadableStore
  readonly metadata: ArrayMetadata
  readonly resources: ReadResources
  /** Tells this array, in this state, from every other one. */
  readonly #cachePrefix: string
  readonly #decoder: ChunkDecoder

  /** @throws ZipzarrError CODEC_UNSUPPORTED, METADATA_INVALID: a pipeline nobody can undo is known at once */
  constructor({ store, metadata, resources, metadataTag }: ChunkReaderParts) {
    this.store = store
    this.metadata = metadata
    this.resources = resources
    this.#cachePrefix = `${store.id}\n${metadataTag}\n`
    this.#decoder = new ChunkDecoder(store, metadata, resources)
  }

  /** Shape of the inner chunks where shards can be read in parts. */
  get innerChunkShape(): readonly number[] | undefined {
    return this.#decoder.innerChunkShape
  }

  /** Index look-up only. @throws ZipzarrError ENTRY_* for a value that is there but cannot be read */
  locate(coordinates: readonly number[]): StoredChunk {
    const { path, chunkKeyEncoding } = this.metadata
    const key = joinKey(path, encodeChunkKey(chunkKeyEncoding, coordinates))
    const stat = this.store.stat(key)
    return { coordinates, key, stat, cacheKey: `${this.#cachePrefix}${key}\n${stat?.tag}` }
  }

  decodedByteLength(chunk: StoredChunk): number {
    return this.#decoder.decodedByteLength(chunk)
  }

  /**
   * The read chunks at `places` of a stored chunk, each place once, in that order: from the cache, from a load that
   * is on its way, or loaded. What is at hand is answered at once. Each goes back with `release`.
   */
  load(
    chunk: StoredChunk,
    places: readonly InnerChunkCoordinates[],
    options: LoadOptions,
  ): MaybePromise<readonly LoadedChunk[]> {
    if (chunk.stat === undefined) return places.map(() => null)
    const found: (MaybePromise<LoadedChunk> | undefined)[] = []
    const { chunks, loads } = this.resources
    // What may be kept is decoded whole.
    const needed = this.#mayBeKept(chunk, options) ? undefined : options.needed
    const wanted: Wanted = { keys: [], places: [], needed, options }
    let isAtHand = true
    for (const place of places) {
      const key = nameOf(chunk, place, needed)
      const known: MaybePromise<LoadedChunk> | undefined = chunks.get(key) ?? loads.join(key, options.stop)
      if (known instanceof Promise) isAtHand = false
      if (known === undefined) {
        wanted.keys.push(key)
        wanted.places.push(place)
      }
      found.push(known)
    }
    if (wanted.keys.length === 0)
      return isAtHand ? (found as LoadedChunk[]) : Promise.all(found as LoadedChunk[])
    const loaded = loads.start(wanted.keys, flight => this.#load(chunk, wanted, flight), options.stop)
    if (wanted.keys.length === places.length) return loaded
    return joined(found, loaded)
  }

  /** Takes back the memory of a loaded chunk that was copied, if it is the pool's. */
  release(chunk: LoadedChunk): void {
    if (chunk?.kind === 'fixed') this.resources.slabPool.release(chunk.bytes)
  }

  #load(chunk: StoredChunk, wanted: Wanted, flight: Flight): MaybePromise<readonly LoadedChunk[]> {
    const decodedBytes = this.decodedByteLength(chunk)
    this.#checkSize(chunk, decodedBytes)
    const isWhole = this.innerChunkShape === undefined
    const cost = decodedBytes * wanted.places.length + (isWhole ? (chunk.stat?.byteLength ?? 0) : 0)
    const load = () =>
      isWhole ? this.#loadWhole(chunk, wanted, flight) : this.#loadParts(chunk, wanted, flight)
    return this.resources.budget.run(cost, load, flight)
  }

  /**
   * Decodes into fresh memory, which the cache then keeps, or into the pool's. Fresh memory takes longer than a fast
   * codec: so a full cache takes in few of the chunks that can be had again at once (`admits`), and a copy of those
   * that took long after all. What had to be waited for is always kept.
   */
  #loadWhole(
    chunk: StoredChunk,
    { keys: [key], needed, options }: Wanted,
    flight: Flight,
  ): MaybePromise<readonly LoadedChunk[]> {
    const { chunks } = this.resources
    const byteLength = this.decodedByteLength(chunk)
    const mayBeKept = this.#mayBeKept(chunk, options)
    const isOwned = mayBeKept && (!this.#decoder.isImmediate(chunk) || chunks.admits(byteLength))
    const startMs = performance.now()
    return then(this.#decoder.read(chunk, { flight, isOwned, needed }), decoded => {
      if (isOwned) return [this.#keep(key, decoded)]
      const isSlow = (performance.now() - startMs) * SLOW_BYTES_PER_MS > byteLength
      if (mayBeKept && isSlow) this.#keep(key, copyOf(decoded))
      return [decoded]
    })
  }

  async #loadParts(
    chunk: StoredChunk,
    { keys, places, options: { mayKeep = true, shard = {} } }: Wanted,
    { signal }: Flight,
  ): Promise<readonly LoadedChunk[]> {
    const indexCache = cacheOfIndexes(this.resources.shardIndexes, chunk, shard)
    const inner = places.map(place => place ?? [])
    const loaded = await this.#decoder.readParts(chunk, inner, { signal, shard, indexCache })
    return mayKeep ? loaded.map((one, i) => this.#keep(keys[i], one)) : loaded
  }

  #mayBeKept(chunk: StoredChunk, { mayKeep = true }: LoadOptions): boolean {
    return mayKeep && this.resources.chunks.fits(this.decodedByteLength(chunk))
  }

  /** An inner chunk that is not stored (null) needs no place in the cache: the shard's index says so. */
  #keep<T extends LoadedChunk>(key: string, loaded: T): T {
    if (loaded === null) return loaded
    const own = ownBytes(loaded) as T & DecodedChunk
    // Some codecs answer a part of what was read, which was the pool's: released by a reader, it must not go back.
    if (own.kind === 'fixed') this.resources.slabPool.forget(own.bytes)
    this.resources.chunks.set(key, own, memoryOf(own))
    return own
  }

  /** Declared sizes are checked before any memory is taken for them. */
  #checkSize({ key, stat }: StoredChunk, decodedBytes: number): void {
    const limit = this.resources.limits.maxChunkBytes
    const isWhole = this.innerChunkShape === undefined
    const actual = Math.max(decodedBytes, isWhole ? (stat?.byteLength ?? 0) : 0)
    if (actual <= limit) return
    throw new ZipzarrError('CHUNK_TOO_LARGE', `a chunk of ${actual} bytes, --max-chunk-bytes is ${limit}`, {
      facts: { chunkKey: key, actual, limit },
    })
  }
}

/** Of a read chunk: the stored one, an inner one of it, or some items of one that is not kept. */
function nameOf(chunk: StoredChunk, place: InnerChunkCoordinates, needed: ItemSpan | undefined): string {
  if (place !== undefined) return `${chunk.cacheKey}\n${place.join()}`
  return needed === undefined ? chunk.cacheKey : `${chunk.cacheKey}\n${needed.from}-${needed.to}`
}

/** What was there already, and what was loaded in its gaps. */
async function joined(
  found: readonly (MaybePromise<LoadedChunk> | undefined)[],
  loading: MaybePromise<readonly LoadedChunk[]>,
): Promise<LoadedChunk[]> {
  const [loaded, ...others] = await Promise.all([loading, ...found])
  let next = 0
  return others.map(one => (one === undefined ? loaded[next++] : one))
}
