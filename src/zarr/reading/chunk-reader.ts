// The chunks of one array through the worker's cache: what is in memory is not read, what is asked for twice at
// once is decoded once, what a single reading was given comes back to the pool. Knows nothing of selections.
import { ZipzarrError } from '../../errors.js'
import { uninitialized } from '../../kernels/kernels.js'
import { joinKey } from '../../store/keys.js'
import type { GetOptions, ReadableStore } from '../../store/store.js'
import type { Allocate, DecodedChunk } from '../codecs/interface/codec.js'
import type { ItemSpan } from '../indexing/chunk-tasks.js'
import { encodeChunkKey } from '../metadata/chunk-key-encoding.js'
import type { ArrayMetadata } from '../metadata/metadata.js'
import { ChunkDecoder, type StoredChunk, type UseOptions } from './chunk-decoder.js'
import { copyOf, memoryOf, outOfScratch, ownBytes } from './chunk-memory.js'
import { cacheOfIndexes } from './chunk-source.js'
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

export interface LoadOptions extends GetOptions {
  /** False: the chunk does not go into the cache. */
  readonly mayKeep?: boolean
}

export interface NowOptions {
  /** Most stored bytes that are read within this turn. */
  readonly maxStoredBytes: number
  readonly mayKeep: boolean
}

interface Wanted {
  readonly keys: readonly string[]
  readonly places: readonly InnerChunkCoordinates[]
  readonly mayKeep: boolean
}

/** Decoded bytes of a chunk that are made within one turn of the event loop. */
const MAX_NOW_DECODED_BYTES = 16 * 1024 * 1024

/** A chunk decoded no faster than this costs more to decode again than the memory to keep it. */
const SLOW_BYTES_PER_MS = 1024 * 1024

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
    return { coordinates, key, stat, cacheKey: `${this.#cachePrefix}${key}\n${stat?.tag}`, shard: {} }
  }

  /** The chunk if it is in memory; undefined says nothing of the store. */
  cached(chunk: StoredChunk, place: InnerChunkCoordinates): LoadedChunk | undefined {
    return this.resources.chunks.get(cacheKey(chunk, place))
  }

  decodedByteLength(chunk: StoredChunk): number {
    return this.#decoder.decodedByteLength(chunk)
  }

  /** The read chunks at `places` of a stored chunk whose stat is known, in that order. */
  async load(
    chunk: StoredChunk,
    places: readonly InnerChunkCoordinates[],
    options: LoadOptions,
  ): Promise<LoadedChunk[]> {
    const keys = places.map(place => cacheKey(chunk, place))
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
  loadNow(chunk: StoredChunk, options: NowOptions): LoadedChunk | undefined {
    if (!this.isImmediate(chunk)) return undefined
    const { allocate } = this.#memory(false)
    return this.#decodeNow(chunk, { ...options, allocate }, (decoded, isKept) =>
      isKept ? decoded : outOfScratch(decoded, allocate),
    )
  }

  /**
   * Gives such a chunk to `use`, which copies what it wants of the needed items, and looks at no others: bytes
   * that are not kept are nobody's after that. False says nothing but "ask `load`".
   */
  useNow(
    chunk: StoredChunk,
    options: NowOptions & { readonly neededItems: ItemSpan },
    use: (chunk: DecodedChunk) => void,
  ): boolean {
    if (!this.isImmediate(chunk)) return false
    const { from, to } = options.neededItems
    const { itemSize } = this.metadata.dataType
    const needed = { from: from * itemSize, to: to * itemSize }
    const isUsed = this.#decodeNow(chunk, { ...options, needed }, decoded => {
      use(decoded)
      return true
    })
    return isUsed === true
  }

  /** Takes back the memory of a loaded chunk that was copied, if it is the pool's and nobody else has it. */
  release(chunk: LoadedChunk): void {
    if (this.isOwn(chunk) && chunk?.kind === 'fixed') this.resources.slabPool.release(chunk.bytes)
  }

  /** True when no other reading has been given the same chunk. */
  isOwn(chunk: LoadedChunk): boolean {
    return chunk === null || !this.resources.loads.isShared(chunk)
  }

  /** Whether nothing but a slow read keeps it from being had at once. One on its way already is waited for. */
  isImmediate(chunk: StoredChunk): boolean {
    if (!this.#decoder.isImmediate(chunk) || this.decodedByteLength(chunk) > MAX_NOW_DECODED_BYTES)
      return false
    return !this.resources.loads.has(chunk.cacheKey)
  }

  /**
   * Decodes into memory that the cache keeps, where it takes the chunk in. Fresh memory takes longer than a fast
   * codec, so the others are decoded where there is memory already, and kept only if that was slow.
   */
  #decodeNow<T>(
    chunk: StoredChunk,
    { maxStoredBytes, mayKeep, allocate, needed }: NowOptions & UseOptions,
    use: (decoded: DecodedChunk, isKept: boolean) => T,
  ): T | undefined {
    const { chunks } = this.resources
    const byteLength = this.decodedByteLength(chunk)
    const mayBeKept = mayKeep && chunks.isKept(byteLength)
    if (mayBeKept && chunks.admits(byteLength)) {
      return this.#decoder.useNow(chunk, { maxStoredBytes, allocate: uninitialized }, decoded =>
        use(this.#keep(chunk.cacheKey, outOfScratch(decoded, uninitialized)), true),
      )
    }
    // What may be kept is decoded whole.
    if (!mayBeKept) {
      return this.#decoder.useNow(chunk, { maxStoredBytes, allocate, needed }, decoded => use(decoded, false))
    }
    const startMs = performance.now()
    return this.#decoder.useNow(chunk, { maxStoredBytes, allocate }, decoded => {
      const isSlow = (performance.now() - startMs) * SLOW_BYTES_PER_MS > byteLength
      // A copy: the bytes go back to where they were lent.
      if (isSlow) this.#keep(chunk.cacheKey, copyOf(decoded))
      return use(decoded, false)
    })
  }

  #isKept(chunk: StoredChunk): boolean {
    return this.resources.chunks.isKept(this.decodedByteLength(chunk))
  }

  /** Chunks that are not kept are decoded into pooled memory; kept ones are never the pool's. */
  #memory(isKept: boolean): { allocate: Allocate } {
    const { slabPool } = this.resources
    return { allocate: isKept ? uninitialized : byteLength => slabPool.acquire(byteLength) }
  }

  #start(
    chunk: StoredChunk,
    asked: { keys: readonly string[]; places: readonly InnerChunkCoordinates[]; missing: readonly number[] },
    options: LoadOptions,
    pending: Map<string, Promise<LoadedChunk> | LoadedChunk>,
  ): void {
    const keys = asked.missing.map(i => asked.keys[i])
    const places = asked.missing.map(i => asked.places[i])
    const started = this.resources.loads.start(
      keys,
      signal => this.#loadAndKeep(chunk, { keys, places, mayKeep: options.mayKeep !== false }, signal),
      options.signal,
    )
    keys.forEach((key, i) => {
      pending.set(
        key,
        started.then(loaded => loaded[i]),
      )
    })
  }

  async #loadAndKeep(chunk: StoredChunk, wanted: Wanted, signal: AbortSignal): Promise<LoadedChunk[]> {
    const decodedBytes = this.decodedByteLength(chunk)
    this.#checkSize(chunk, decodedBytes)
    const encodedBytes = wanted.places[0] === undefined ? (chunk.stat?.byteLength ?? 0) : 0
    const cost = decodedBytes * wanted.places.length + encodedBytes
    return this.resources.budget.run(cost, signal, async () => {
      const loaded = await this.#decode(chunk, wanted, signal)
      return wanted.mayKeep ? loaded.map((one, i) => this.#keep(wanted.keys[i], one)) : loaded
    })
  }

  async #decode(
    chunk: StoredChunk,
    { places, mayKeep }: Wanted,
    signal: AbortSignal,
  ): Promise<LoadedChunk[]> {
    if (this.innerChunkShape === undefined) {
      const isKept = mayKeep && this.#isKept(chunk)
      return [await this.#decoder.read(chunk, { signal, ...this.#memory(isKept) })]
    }
    const wanted = places.map(place => place ?? [])
    const indexCache = cacheOfIndexes(this.resources.shardIndexes, chunk)
    return this.#decoder.readParts(chunk, wanted, { signal, indexCache })
  }

  /** Not null, an inner chunk that is not stored: the shard's index says so already. */
  #keep<T extends LoadedChunk>(key: string, loaded: T): T {
    if (loaded === null) return loaded
    const own = ownBytes(loaded) as T & DecodedChunk
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

/** Of a read chunk: the stored one, or an inner one of it. */
function cacheKey(chunk: StoredChunk, place: InnerChunkCoordinates): string {
  return place === undefined ? chunk.cacheKey : `${chunk.cacheKey}\n${place.join()}`
}
