// From stored values to decoded chunks of one array: at once in scratch memory where nothing has to wait, else
// asynchronously. Knows nothing of caches, selections or who else wants the chunk.
import { ZipzarrError } from '../../errors.js'
import { withScratch } from '../../kernels/kernels.js'
import { BorrowedMemory } from '../../memory/borrowed-memory.js'
import type { SlabPool } from '../../memory/slab-pool.js'
import type { StoreKey } from '../../store/keys.js'
import type { Allocate, ReadableStore, ValueStat } from '../../store/store.js'
import { CodecPipeline } from '../codecs/codec-pipeline.js'
import type {
  ByteSpan,
  ChunkSpec,
  DecodedChunk,
  DecodeOptions,
  Offload,
  ShardIndexCache,
} from '../codecs/interface/codec.js'
import { VALUE_OVERHEAD } from '../data-types/value-size.js'
import { safeProduct } from '../indexing/resolved-selection.js'
import type { ArrayMetadata } from '../metadata/metadata.js'
import { readValue, type ShardInUse, valueSource } from './chunk-source.js'
import type { ReadResources } from './read-resources.js'

/** A stored chunk (a shard where the array is sharded) as the store's index knows it. */
export interface StoredChunk {
  readonly coordinates: readonly number[]
  readonly key: StoreKey
  /** Undefined when the store holds nothing under the key: all of it is the fill value. */
  readonly stat: ValueStat | undefined
  /** Its name in the worker's caches. Content, not place in time: nothing stale is ever found. */
  readonly cacheKey: string
  readonly shard: ShardInUse
}

export interface UseOptions {
  readonly maxStoredBytes: number
  readonly allocate?: Allocate | undefined
  readonly needed?: ByteSpan | undefined
}

/** Pipelines kept for grids whose chunks differ in shape. */
const MAX_PIPELINES = 256

export class ChunkDecoder {
  /** Shape of the inner chunks where shards can be read in parts. */
  readonly innerChunkShape: readonly number[] | undefined
  readonly #store: ReadableStore
  readonly #metadata: ArrayMetadata
  readonly #pool: SlabPool
  readonly #offload: Offload
  readonly #pipelines = new Map<string, CodecPipeline>()
  /** The only one where all chunks have one shape. */
  readonly #onlyPipeline: CodecPipeline | undefined

  /** @throws ZipzarrError CODEC_UNSUPPORTED, METADATA_INVALID: a pipeline nobody can undo is known at once */
  constructor(store: ReadableStore, metadata: ArrayMetadata, { slabPool, decodePool }: ReadResources) {
    this.#store = store
    this.#metadata = metadata
    this.#pool = slabPool
    this.#offload = decodePool
    const pipeline = this.#resolve(anyChunkShape(metadata))
    this.innerChunkShape = pipeline.partial?.innerChunkShape
    this.#onlyPipeline = metadata.chunkGrid.chunkShape === undefined ? undefined : pipeline
  }

  /** Bytes of one decoded read chunk; for variable-length items a guess from the stored size. */
  decodedByteLength(chunk: StoredChunk): number {
    const { itemSize } = this.#metadata.dataType
    const items = safeProduct(this.innerChunkShape ?? this.#chunkShape(chunk))
    return itemSize > 0 ? items * itemSize : items * VALUE_OVERHEAD + (chunk.stat?.byteLength ?? 0)
  }

  /** Whether a whole chunk can be decoded without waiting. */
  isImmediate(chunk: StoredChunk): boolean {
    const isFixed = this.#metadata.fillValue.kind === 'fixed'
    return isFixed && this.innerChunkShape === undefined && !this.#pipelineOf(chunk).mayWait
  }

  /**
   * Gives `use` the decoded chunk within this turn, and answers what it answers; undefined when the stored bytes
   * cannot be had at once. The bytes are scratch unless `allocate` lends others for them: `use` must copy them, and
   * look at no others than it said are `needed`. Expects `isImmediate`.
   */
  useNow<T>(
    chunk: StoredChunk,
    { maxStoredBytes, allocate, needed }: UseOptions,
    use: (decoded: DecodedChunk) => T,
  ): T | undefined {
    this.#checkStored(chunk)
    return withScratch(lend => {
      const { stat } = chunk
      if (stat === undefined || stat.byteLength > maxStoredBytes || !this.#store.isImmediate(stat))
        return undefined
      const encoded = this.#store.get(chunk.key, { allocate: lend })
      // A failure, or a file that became slow between two reads: asked again, the chunk is loaded with waiting.
      if (encoded instanceof Promise) encoded.catch(() => undefined)
      if (encoded === undefined || encoded instanceof Promise) return undefined
      const decoded = this.#decode(chunk, encoded, { allocate: allocate ?? lend, needed })
      if (!(decoded instanceof Promise)) return use(decoded)
      decoded.catch(() => undefined)
      throw new ZipzarrError('INTERNAL', `chunk ${chunk.key}: a codec waits that said it would not`)
    })
  }

  /** The whole chunk. Its bytes are `allocate`'s, or memory of their own. */
  async read(chunk: StoredChunk, options: DecodeOptions & { signal: AbortSignal }): Promise<DecodedChunk> {
    const { signal } = options
    this.#checkStored(chunk)
    // Values of variable length may be views of what was read: that memory is theirs then. What may go to a thread
    // is not the pool's either.
    const isFixed = this.#metadata.fillValue.kind === 'fixed'
    const isLent = isFixed && !this.#pipelineOf(chunk).mayOffload
    const memory = new BorrowedMemory(this.#pool)
    try {
      const lender = isLent ? { allocate: memory.acquire } : {}
      const encoded = await named(chunk, readValue(this.#store, chunk.key, { signal, ...lender }))
      const decoded = await this.#decode(chunk, encoded, { ...options, offload: this.#offload })
      if (decoded.kind === 'fixed') memory.keep(decoded.bytes)
      return decoded
    } finally {
      memory.releaseAll()
    }
  }

  /** Inner chunks at places within a shard, in that order; null for one that is not stored. */
  async readParts(
    chunk: StoredChunk,
    places: readonly (readonly number[])[],
    options: { signal: AbortSignal; indexCache: ShardIndexCache },
  ): Promise<(DecodedChunk | null)[]> {
    const { partial } = this.#pipelineOf(chunk)
    if (partial === undefined) throw new ZipzarrError('INTERNAL', `chunk ${chunk.key} has no parts`)
    // Inside a compressed entry a shard has to be read whole.
    if (chunk.stat?.isStored === false) this.#checkStored(chunk)
    const source = valueSource(this.#store, chunk, options.signal)
    const loaded = await named(
      chunk,
      partial.read(source, places, { ...options, offload: copying(this.#offload) }),
    )
    return loaded.map(one => one ?? null)
  }

  /** Before anything is read or inflated: more bytes than the codecs can use are a defect, or a bomb. */
  #checkStored(chunk: StoredChunk): void {
    const limit = this.#pipelineOf(chunk).maxEncodedByteLength
    const actual = chunk.stat?.byteLength ?? 0
    if (actual <= limit) return
    const message = `chunk ${chunk.key}: ${actual} bytes are stored, a chunk of this array has at most ${limit}`
    throw new ZipzarrError('CODEC_FAILED', message, { facts: { chunkKey: chunk.key, limit, actual } })
  }

  #decode(
    chunk: StoredChunk,
    encoded: Uint8Array,
    options: DecodeOptions,
  ): DecodedChunk | Promise<DecodedChunk> {
    try {
      const decoded = this.#pipelineOf(chunk).decode(encoded, options)
      return decoded instanceof Promise ? named(chunk, decoded) : decoded
    } catch (error) {
      throw atChunk(error, chunk.key)
    }
  }

  #pipelineOf(chunk: StoredChunk): CodecPipeline {
    if (this.#onlyPipeline !== undefined) return this.#onlyPipeline
    const shape = this.#chunkShape(chunk)
    return this.#pipelines.get(shape.join()) ?? this.#resolve(shape)
  }

  #resolve(shape: readonly number[]): CodecPipeline {
    const { codecs, dataType, fillValue } = this.#metadata
    const spec: ChunkSpec = { shape, dataType, fillValue }
    const pipeline = CodecPipeline.resolve(codecs, spec)
    if (this.#pipelines.size >= MAX_PIPELINES) this.#pipelines.clear()
    this.#pipelines.set(shape.join(), pipeline)
    return pipeline
  }

  #chunkShape({ coordinates }: StoredChunk): readonly number[] {
    const { chunkShape, axes } = this.#metadata.chunkGrid
    return chunkShape ?? axes.map((axis, dimension) => axis.sizeOf(coordinates[dimension]))
  }
}

/** For encoded bytes that are part of a value which others read too. */
function copying(offload: Offload): Offload {
  return {
    decode: (task, signal) => offload.decode({ ...task, encoded: new Uint8Array(task.encoded) }, signal),
  }
}

/** Of the first chunk; an empty dimension of a rectilinear grid has none and counts as 1. */
function anyChunkShape({ chunkGrid: { chunkShape, axes } }: ArrayMetadata): readonly number[] {
  return chunkShape ?? axes.map(axis => (axis.chunkCount > 0 ? axis.sizeOf(0) : 1))
}

async function named<T>({ key }: StoredChunk, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw atChunk(error, key)
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
