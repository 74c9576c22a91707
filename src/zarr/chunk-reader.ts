// Reads the chunks of one array: stored value in, decoded chunk out, through the worker's cache. A chunk asked
// for twice at once is decoded once. Knows nothing of selections.
import { ZipzarrError } from '../errors.js'
import { joinKey, type StoreKey } from '../store/keys.js'
import type { GetOptions, ReadableStore, ValueStat } from '../store/store.js'
import { encodeChunkKey } from './chunk-key-encoding.js'
import { cacheOfIndexes, readValue, valueSource } from './chunk-source.js'
import { CodecPipeline } from './codec-pipeline.js'
import type { ChunkSpec, DecodedChunk, DecodeOptions, PartialAccess } from './codecs/codec.js'
import type { ArrayMetadata } from './metadata.js'
import type { LoadedChunk, ReadResources } from './read-resources.js'
import { safeProduct } from './resolved-selection.js'
import { VALUE_OVERHEAD, valuesByteLength } from './value-size.js'

/** A stored chunk (a shard where the array is sharded) as the store's index knows it. */
export interface StoredChunk {
  readonly coordinates: readonly number[]
  readonly key: StoreKey
  /** Undefined when the store holds nothing under the key: all of it is the fill value. */
  readonly stat: ValueStat | undefined
}

/** Place of an inner chunk in its shard; undefined stands for the stored chunk as a whole. */
export type Place = readonly number[] | undefined

export interface ChunkReaderParts {
  readonly store: ReadableStore
  readonly metadata: ArrayMetadata
  readonly resources: ReadResources
  /** Tells this state of the array's metadata from any other; part of every cache key. */
  readonly metadataTag: string
}

/** Pipelines kept for grids whose chunks differ in shape. */
const MAX_PIPELINES = 256

export class ChunkReader {
  readonly store: ReadableStore
  readonly metadata: ArrayMetadata
  readonly resources: ReadResources
  /** Shape of the inner chunks where shards can be read in parts. */
  readonly innerChunkShape: readonly number[] | undefined
  readonly #metadataTag: string
  readonly #pipelines = new Map<string, CodecPipeline>()

  /** @throws ZipzarrError CODEC_UNSUPPORTED, METADATA_INVALID: a pipeline nobody can undo is known at once */
  constructor({ store, metadata, resources, metadataTag }: ChunkReaderParts) {
    this.store = store
    this.metadata = metadata
    this.resources = resources
    this.#metadataTag = metadataTag
    this.innerChunkShape = this.#pipeline(this.#anyChunkShape()).partial?.innerChunkShape
  }

  /** Index look-up only. @throws ZipzarrError ENTRY_* for a value that is there but cannot be read */
  locate(coordinates: readonly number[]): StoredChunk {
    const { path, chunkKeyEncoding } = this.metadata
    const key = joinKey(path, encodeChunkKey(chunkKeyEncoding, coordinates))
    return { coordinates, key, stat: this.store.stat(key) }
  }

  /** The chunk if it is in memory; undefined says nothing of the store. */
  cached(chunk: StoredChunk, place: Place): LoadedChunk | undefined {
    return this.resources.chunks.get(this.#cacheKey(chunk, place))
  }

  /** Bytes of one decoded read chunk; for variable-length items a guess from the stored size. */
  decodedByteLength(chunk: StoredChunk): number {
    const { itemSize } = this.metadata.dataType
    const items = safeProduct(this.innerChunkShape ?? this.#chunkShape(chunk.coordinates))
    return itemSize > 0 ? items * itemSize : items * VALUE_OVERHEAD + (chunk.stat?.byteLength ?? 0)
  }

  /** The read chunks at `places` of a stored chunk whose stat is known, in that order. */
  async load(chunk: StoredChunk, places: readonly Place[], options: GetOptions): Promise<LoadedChunk[]> {
    const keys = places.map(place => this.#cacheKey(chunk, place))
    const pending = new Map<string, Promise<LoadedChunk> | LoadedChunk>()
    const missing: number[] = []
    keys.forEach((key, i) => {
      if (pending.has(key)) return
      const known = this.resources.chunks.get(key) ?? this.resources.loads.join(key, options.signal)
      if (known !== undefined) pending.set(key, known)
      else missing.push(i)
    })
    if (missing.length > 0) this.#start(chunk, { keys, places, missing }, options, pending)
    return Promise.all(keys.map(key => pending.get(key) as LoadedChunk | Promise<LoadedChunk>))
  }

  /**
   * A whole chunk that is not in memory, when it can be read and decoded without waiting; undefined says
   * nothing but "ask `load`". Its bytes may be the slab pool's, if they are not kept.
   */
  loadNow(chunk: StoredChunk, maxStoredBytes: number): LoadedChunk | undefined {
    const key = this.#cacheKey(chunk, undefined)
    if (this.innerChunkShape !== undefined || this.resources.loads.has(key)) return undefined
    const encoded = this.store.getNow?.(chunk.key, maxStoredBytes)
    if (encoded === undefined) return undefined
    const { loads } = this.resources
    const decoded = this.#decodeNow(chunk, encoded, this.#memoryFor(chunk))
    if (!(decoded instanceof Promise)) return this.#keep(key, decoded)
    // On its way in the thread pool: `load` joins it, and tells of its failure.
    const ignored = (): void => undefined
    loads.start([key], async () => [this.#keep(key, await decoded)]).catch(ignored)
    return undefined
  }

  /** Takes back the memory of a loaded chunk that was copied, if it is the pool's and nobody else has it. */
  release(chunk: LoadedChunk): void {
    if (this.isOwn(chunk) && chunk?.kind === 'fixed') this.resources.slabPool.release(chunk.bytes)
  }

  /** True when no other reading has been given the same chunk. */
  isOwn(chunk: LoadedChunk): boolean {
    return chunk === null || !this.resources.loads.isShared(chunk)
  }

  /** Chunks that are not kept are decoded into pooled memory; kept ones are never the pool's. */
  #memoryFor(chunk: StoredChunk): DecodeOptions {
    const { chunks, slabPool } = this.resources
    if (chunks.isKept(this.decodedByteLength(chunk))) return {}
    return { allocate: byteLength => slabPool.lend(byteLength) }
  }

  #decodeNow(
    chunk: StoredChunk,
    encoded: Uint8Array,
    options: DecodeOptions,
  ): DecodedChunk | Promise<DecodedChunk> {
    const failed = (error: unknown): never => {
      throw atChunk(error, chunk.key)
    }
    try {
      const decoded = this.#pipeline(this.#chunkShape(chunk.coordinates)).decode(encoded, options)
      return decoded instanceof Promise ? decoded.catch(failed) : decoded
    } catch (error) {
      return failed(error)
    }
  }

  #start(
    chunk: StoredChunk,
    asked: { keys: readonly string[]; places: readonly Place[]; missing: readonly number[] },
    options: GetOptions,
    pending: Map<string, Promise<LoadedChunk> | LoadedChunk>,
  ): void {
    const keys = asked.missing.map(i => asked.keys[i])
    const places = asked.missing.map(i => asked.places[i])
    const started = this.resources.loads.start(
      keys,
      signal => this.#loadAndKeep(chunk, { keys, places }, signal),
      options.signal,
    )
    keys.forEach((key, i) => {
      pending.set(
        key,
        started.then(loaded => loaded[i]),
      )
    })
  }

  async #loadAndKeep(
    chunk: StoredChunk,
    wanted: { keys: readonly string[]; places: readonly Place[] },
    signal: AbortSignal,
  ): Promise<LoadedChunk[]> {
    const decodedBytes = this.decodedByteLength(chunk)
    this.#checkSize(chunk, decodedBytes)
    const encodedBytes = wanted.places[0] === undefined ? (chunk.stat?.byteLength ?? 0) : 0
    const cost = decodedBytes * wanted.places.length + encodedBytes
    return this.resources.budget.run(cost, signal, async () => {
      const loaded = await this.#decode(chunk, wanted.places, signal)
      return loaded.map((one, i) => this.#keep(wanted.keys[i], one))
    })
  }

  async #decode(chunk: StoredChunk, places: readonly Place[], signal: AbortSignal): Promise<LoadedChunk[]> {
    const pipeline = this.#pipeline(this.#chunkShape(chunk.coordinates))
    try {
      if (places[0] === undefined || pipeline.partial === undefined) {
        const encoded = await readValue(this.store, chunk.key, signal)
        return [await pipeline.decode(encoded, { signal, ...this.#memoryFor(chunk) })]
      }
      return await this.#decodeParts(chunk, { partial: pipeline.partial, places }, signal)
    } catch (error) {
      throw atChunk(error, chunk.key)
    }
  }

  async #decodeParts(
    chunk: StoredChunk,
    { partial, places }: { partial: PartialAccess; places: readonly Place[] },
    signal: AbortSignal,
  ): Promise<LoadedChunk[]> {
    const wanted = places.map(place => place ?? [])
    const indexCache = cacheOfIndexes(this.resources.shardIndexes, this.#cacheKey(chunk, undefined))
    const source = valueSource(this.store, chunk, signal)
    const loaded = await partial.read(source, wanted, { signal, indexCache })
    return loaded.map(one => one ?? null)
  }

  #keep(key: string, loaded: LoadedChunk): LoadedChunk {
    const own = loaded === null ? null : ownBytes(loaded)
    this.resources.chunks.set(key, own, own === null ? 0 : memoryOf(own))
    return own
  }

  /** Declared sizes are checked before any memory is taken for them. */
  #checkSize({ key, stat }: StoredChunk, decodedBytes: number): void {
    const limit = this.resources.limits.maxChunkBytes
    const isWhole = this.innerChunkShape === undefined
    const actual = Math.max(decodedBytes, isWhole ? (stat?.byteLength ?? 0) : 0)
    if (actual <= limit) return
    throw new ZipzarrError(
      'METADATA_UNSUPPORTED',
      `a chunk of ${actual} bytes, at most ${limit} are read at once`,
      {
        facts: { chunkKey: key, actual, limit },
      },
    )
  }

  #pipeline(shape: readonly number[]): CodecPipeline {
    const name = shape.join()
    const known = this.#pipelines.get(name)
    if (known !== undefined) return known
    const { codecs, dataType, fillValue } = this.metadata
    const spec: ChunkSpec = { shape, dataType, fillValue }
    const pipeline = CodecPipeline.resolve(codecs, spec)
    if (this.#pipelines.size >= MAX_PIPELINES) this.#pipelines.clear()
    this.#pipelines.set(name, pipeline)
    return pipeline
  }

  #chunkShape(coordinates: readonly number[]): readonly number[] {
    const { chunkShape, axes } = this.metadata.chunkGrid
    return chunkShape ?? axes.map((axis, dimension) => axis.sizeOf(coordinates[dimension]))
  }

  /** Of the first chunk; an empty dimension of a rectilinear grid has none and counts as 1. */
  #anyChunkShape(): readonly number[] {
    const { chunkShape, axes } = this.metadata.chunkGrid
    return chunkShape ?? axes.map(axis => (axis.chunkCount > 0 ? axis.sizeOf(0) : 1))
  }

  /** Content, not place in time: the tag moves with the bytes, so nothing stale is ever found. */
  #cacheKey({ key, stat }: StoredChunk, place: Place): string {
    const inner = place === undefined ? '' : place.join()
    return `${this.store.id}\n${key}\n${stat?.tag}\n${this.#metadataTag}\n${inner}`
  }
}

/** The same failure, naming the chunk it happened in. */
function atChunk(error: unknown, key: StoreKey): unknown {
  if (!(error instanceof ZipzarrError) || error.facts.chunkKey !== undefined) return error
  return new ZipzarrError(error.code, `chunk ${key}: ${error.message}`, {
    cause: error,
    facts: { ...error.facts, chunkKey: key },
  })
}

/** A small view into a large buffer would keep all of it alive in the cache. */
function ownBytes(chunk: DecodedChunk): DecodedChunk {
  if (chunk.kind === 'variable') return chunk
  const { bytes } = chunk
  return bytes.buffer.byteLength <= 2 * bytes.byteLength ? chunk : { kind: 'fixed', bytes: bytes.slice() }
}

function memoryOf(chunk: DecodedChunk): number {
  return chunk.kind === 'fixed' ? chunk.bytes.buffer.byteLength : valuesByteLength(chunk.values)
}
