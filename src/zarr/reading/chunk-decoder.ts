// From stored values to decoded chunks of one array. Knows nothing of caches, selections or who else wants the chunk.
import { ZipzarrError } from '../../errors.js'
import { uninitialized } from '../../kernels/kernels.js'
import { BorrowedMemory } from '../../memory/borrowed-memory.js'
import { type MaybePromise, recover, settled, then } from '../../memory/maybe-promise.js'
import type { Flight } from '../../memory/single-flight.js'
import type { SlabPool } from '../../memory/slab-pool.js'
import type { StoreKey } from '../../store/keys.js'
import type { Allocate, ReadableStore, ValueStat } from '../../store/store.js'
import { CodecPipeline } from '../codecs/codec-pipeline.js'
import type {
  ChunkSpec,
  DecodedChunk,
  ItemSpan,
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
}

export interface ReadChunkOptions {
  readonly flight: Flight
  /** In memory of its own, for a chunk that stays in the cache; false: the slab pool's. */
  readonly isOwned: boolean
  /** The only items that will be looked at, where that is known. */
  readonly needed: ItemSpan | undefined
}

export interface ReadPartsOptions {
  readonly signal: AbortSignal
  readonly shard: ShardInUse
  readonly indexCache: ShardIndexCache
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

  /** Whether a whole chunk would be had at once, if nothing is waited for before. */
  isImmediate(chunk: StoredChunk): boolean {
    const { stat } = chunk
    if (stat === undefined || this.innerChunkShape !== undefined) return false
    return !this.#pipelineOf(chunk).mayWait && this.#store.isImmediate(stat)
  }

  /** The whole chunk. Bytes of the slab pool go back to it when they are released. */
  read(chunk: StoredChunk, { flight, isOwned, needed }: ReadChunkOptions): MaybePromise<DecodedChunk> {
    this.#checkStored(chunk)
    const pipeline = this.#pipelineOf(chunk)
    const memory = new BorrowedMemory(this.#pool)
    const allocate = isOwned ? uninitialized : memory.acquire
    // Making a signal takes longer than decoding a small chunk, and nothing that is had at once can be stopped.
    const signal = this.isImmediate(chunk) ? undefined : flight.signal
    const options = { signal, allocate: this.#allocateEncoded(pipeline, memory, allocate) }
    const read = (): MaybePromise<DecodedChunk> =>
      then(readValue(this.#store, chunk.key, options), encoded => {
        const decoding = { signal, allocate, offload: this.#offload, needed }
        return then(pipeline.decode(encoded, decoding), decoded => {
          if (decoded.kind === 'fixed') memory.pass(decoded.bytes)
          return decoded
        })
      })
    return settled(
      () => named(chunk, read),
      () => memory.releaseAll(),
    )
  }

  /**
   * Where the encoded bytes go. Fresh memory (undefined) where decoded values are views of them, or where they may be
   * transferred to a thread, which would take the pool's away. Where nothing is compressed the decoded chunk is a part
   * of them, so they go where it shall lie; else they are only needed until they are decoded.
   */
  #allocateEncoded(
    pipeline: CodecPipeline,
    memory: BorrowedMemory,
    forChunk: Allocate,
  ): Allocate | undefined {
    if (this.#metadata.fillValue.kind === 'variable' || pipeline.mayOffload) return undefined
    const isCompressed = pipeline.encodedByteLength === undefined
    return isCompressed ? memory.acquire : forChunk
  }

  /** Inner chunks at places within a shard, in that order; null for one that is not stored. */
  async readParts(
    chunk: StoredChunk,
    places: readonly (readonly number[])[],
    { signal, shard, indexCache }: ReadPartsOptions,
  ): Promise<(DecodedChunk | null)[]> {
    const { partial } = this.#pipelineOf(chunk)
    if (partial === undefined) throw new ZipzarrError('INTERNAL', `chunk ${chunk.key} has no parts`)
    // Inside a compressed entry a shard has to be read whole.
    if (chunk.stat?.isStored === false) this.#checkStored(chunk)
    const source = valueSource(this.#store, chunk, shard)
    const options = { signal, indexCache, offload: copying(this.#offload) }
    const loaded = await named(chunk, () => partial.read(source, places, options))
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

function named<T>({ key }: StoredChunk, work: () => MaybePromise<T>): MaybePromise<T> {
  return recover(work, error => {
    throw atChunk(error, key)
  })
}

/** The same failure, naming the chunk it happened in. */
function atChunk(error: unknown, key: StoreKey): unknown {
  if (!(error instanceof ZipzarrError) || error.facts.chunkKey !== undefined) return error
  return new ZipzarrError(error.code, `chunk ${key}: ${error.message}`, {
    cause: error,
    facts: { ...error.facts, chunkKey: key },
  })
}
