// A Zarr array over a store: which chunks a selection touches, reading them, assembling the result in slabs.
// Knows nothing of ZIP or HTTP.
import { ZipzarrError } from '../../errors.js'
import { LoopYield } from '../../memory/loop-yield.js'
import type { Stop } from '../../memory/single-flight.js'
import type { NodePath } from '../../store/keys.js'
import type { GetOptions, ReadableStore } from '../../store/store.js'
import { openNode } from '../hierarchy/hierarchy.js'
import { countAllChunks } from '../indexing/indexer.js'
import { type ReadAxis, readAxes } from '../indexing/read-grid.js'
import {
  type ResolvedSelection,
  resolvedSelection,
  resolveSelection,
  safeProduct,
} from '../indexing/resolved-selection.js'
import type { SelectionPart } from '../indexing/selection.js'
import type { ArrayMetadata } from '../metadata/metadata.js'
import { metadataTag, selectionTag } from './array-tag.js'
import { ChunkReader, type StoredChunk } from './chunk-reader.js'
import { CurrentShard } from './chunk-source.js'
import { type SmallResult, smallResult } from './planned-slab.js'
import { ReadResources } from './read-resources.js'
import type { Slab } from './slab.js'
import { readSlab, readSlabs, requireRoom } from './slab-reader.js'
import type { SlabSource } from './slab-target.js'

export interface OpenArrayOptions extends GetOptions {
  /** Caches and limits shared by a worker; without it the array has its own. */
  readonly resources?: ReadResources
}

export interface ChunkState extends StoredChunk {
  /** False when the chunk is the fill value: nothing is stored for it. */
  readonly isStored: boolean
}

export class ZarrArray {
  readonly metadata: ArrayMetadata
  readonly resources: ReadResources
  /** The chunks the array is read by: inner chunks where it is sharded. */
  readonly grid: readonly ReadAxis[]
  readonly #storedGrid: readonly ReadAxis[]
  readonly #reader: ChunkReader
  readonly #metadataTag: string

  private constructor(parts: { store: ReadableStore; metadata: ArrayMetadata; resources: ReadResources }) {
    const { store, metadata, resources } = parts
    this.metadata = metadata
    this.resources = resources
    this.#metadataTag = metadataTag(store, metadata.path)
    this.#reader = new ChunkReader({ store, metadata, resources, metadataTag: this.#metadataTag })
    this.grid = readAxes(metadata.chunkGrid, this.#reader.innerChunkShape)
    this.#storedGrid = readAxes(metadata.chunkGrid)
  }

  /** @throws ZipzarrError NODE_NOT_FOUND, NOT_AN_ARRAY, METADATA_*, CODEC_UNSUPPORTED, DATA_TYPE_UNSUPPORTED */
  static async open(
    store: ReadableStore,
    path: NodePath,
    options: OpenArrayOptions = {},
  ): Promise<ZarrArray> {
    const { resources, ...rest } = options
    const metadata = await openNode(store, path, rest)
    if (metadata.nodeType !== 'array') {
      throw new ZipzarrError('NOT_AN_ARRAY', `expected an array at /${path}, found a group`)
    }
    return ZarrArray.over(store, metadata, resources)
  }

  /** An array whose metadata is known already. */
  static over(store: ReadableStore, metadata: ArrayMetadata, resources = new ReadResources()): ZarrArray {
    return new ZarrArray({ store, metadata, resources })
  }

  /** @throws ZipzarrError INVALID_SELECTION */
  resolve(parts: readonly SelectionPart[]): ResolvedSelection {
    return resolveSelection(parts, this.metadata.shape)
  }

  /** Bytes of the result; undefined for variable-length items. @throws RESPONSE_TOO_LARGE beyond 2^53 */
  byteLengthOf(selection: ResolvedSelection): number | undefined {
    const { itemSize } = this.metadata.dataType
    return this.metadata.fillValue.kind === 'variable'
      ? undefined
      : safeProduct([selection.itemCount, itemSize])
  }

  /** Chunks to be read (inner chunks where sharded), stored or not. */
  chunksTouched(selection: ResolvedSelection): number {
    return countAllChunks(selection.axes, this.grid)
  }

  /** Strong tag without quotes, from the index alone; `variant` is whatever else the answer depends on. */
  entityTag(selection: ResolvedSelection, variant = ''): string {
    const parts = {
      reader: this.#reader,
      grid: this.#storedGrid,
      metadataTag: this.#metadataTag,
      storedChunks: countAllChunks(selection.axes, this.#storedGrid),
    }
    return selectionTag(parts, selection, variant)
  }

  /**
   * The items of one chunk of the grid, cut to the array's edge.
   * @throws ZipzarrError INVALID_CHUNK_INDEX
   */
  chunkSelection(index: readonly number[]): ResolvedSelection {
    this.#checkIndex(index)
    return resolvedSelection(
      this.grid.map((axis, dimension) => {
        const start = axis.startOf(index[dimension])
        const count = Math.min(axis.sizeOf(index[dimension]), axis.length - start)
        return { kind: 'range', start, step: 1, count, isDropped: false }
      }),
    )
  }

  /** Whether the chunk is stored, and under which key; only for an inner chunk is anything read. */
  async chunkState(index: readonly number[], options: GetOptions = {}): Promise<ChunkState> {
    const stored = this.#locate(index)
    if (stored.stat === undefined || this.#reader.innerChunkShape === undefined) {
      return { ...stored, isStored: stored.stat !== undefined }
    }
    const place = this.grid.map((axis, dimension) => axis.placeOf(index[dimension]))
    const [loaded] = await this.#reader.load(stored, [place], { stop: options })
    return { ...stored, isStored: loaded !== null }
  }

  /**
   * Under which key the bytes of a chunk are stored, if they are.
   * @throws ZipzarrError FORMAT_NOT_POSSIBLE where chunks lie in shards and have no value of their own
   */
  encodedChunk(index: readonly number[]): StoredChunk {
    const stored = this.#locate(index)
    if (this.#reader.innerChunkShape === undefined) return stored
    const { key } = stored
    throw new ZipzarrError(
      'FORMAT_NOT_POSSIBLE',
      `the chunk lies in a shard; its stored bytes are part of ${key}`,
      { facts: { key } },
    )
  }

  /** Slabs in C order. Aborting stops the reads. @throws ZipzarrError OVERLOADED, and read failures */
  read(selection: ResolvedSelection, stop: Stop = {}): AsyncIterable<Slab> {
    return readSlabs(this.#source, selection, stop)
  }

  /** What reading a small result needs to know, for as often as it is read. @throws ZipzarrError ENTRY_* */
  smallResult(selection: ResolvedSelection): SmallResult | undefined {
    return smallResult(this.#source, selection)
  }

  /**
   * The bytes of a small result, which nobody may write to; SlabPool.release takes them back where they are the
   * pool's. @throws ZipzarrError OVERLOADED, and read failures
   */
  async readSmall(result: SmallResult, stop: Stop = {}): Promise<Uint8Array> {
    requireRoom(this.#source)
    const content = await readSlab(this.#source, result, {
      mayKeep: true,
      stop,
      loop: new LoopYield(),
      shard: new CurrentShard(),
    })
    if (content.kind === 'fixed') return content.bytes
    throw new ZipzarrError('INTERNAL', 'a small result is of fixed size')
  }

  get #source(): SlabSource {
    return { reader: this.#reader, grid: this.grid }
  }

  #locate(index: readonly number[]): StoredChunk {
    this.#checkIndex(index)
    return this.#reader.locate(this.grid.map((axis, dimension) => axis.storedOf(index[dimension])))
  }

  #checkIndex(index: readonly number[]): void {
    const shape = this.grid.map(axis => axis.chunkCount)
    const isInside =
      index.length === shape.length &&
      index.every((chunk, dimension) => Number.isSafeInteger(chunk) && chunk >= 0 && chunk < shape[dimension])
    if (isInside) return
    throw new ZipzarrError(
      'INVALID_CHUNK_INDEX',
      `chunk index [${index.join(', ')}] lies outside the chunk grid of shape [${shape.join(', ')}]`,
      { facts: { chunkGridShape: shape } },
    )
  }
}
