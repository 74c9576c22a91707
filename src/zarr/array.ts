// A Zarr array over a store: which chunks a selection touches, reading them, assembling the result in slabs.
// Knows nothing of ZIP or HTTP.

import type { NodePath, StoreKey } from '../store/keys.js'
import type { GetOptions, ReadableStore, ValueStat } from '../store/store.js'
import type { ArrayMetadata } from './metadata.js'
import type { ReadResources } from './read-resources.js'
import type { ResolvedSelection } from './resolved-selection.js'
import type { SelectionPart } from './selection.js'
import type { Slab } from './slab.js'

export interface ChunkState {
  readonly key: StoreKey
  /** False when the chunk is the fill value: nothing is stored for it. */
  readonly isStored: boolean
  readonly stat?: ValueStat
}

export declare class ZarrArray {
  /** @throws ZipzarrError NODE_NOT_FOUND, NOT_AN_ARRAY, METADATA_*, CODEC_UNSUPPORTED, DATA_TYPE_UNSUPPORTED */
  static open(
    store: ReadableStore,
    path: NodePath,
    options?: GetOptions & { resources?: ReadResources },
  ): Promise<ZarrArray>
  readonly metadata: ArrayMetadata
  /** @throws INVALID_SELECTION */
  resolve(parts: readonly SelectionPart[]): ResolvedSelection
  /** Bytes of the result; undefined for variable-length items. @throws RESPONSE_TOO_LARGE beyond 2^53 */
  byteLengthOf(selection: ResolvedSelection): number | undefined
  chunksTouched(selection: ResolvedSelection): number
  /** Strong tag without quotes, from the index alone; `variant` is whatever else the answer depends on. */
  entityTag(selection: ResolvedSelection, variant?: string): string
  /** The items of one chunk of the chunk grid (inner chunks where sharded), cut to the array's edge. */
  chunkSelection(index: readonly number[]): ResolvedSelection
  chunkState(index: readonly number[], options?: GetOptions): Promise<ChunkState>
  /** The stored bytes of a chunk; undefined when it is not stored. */
  readEncodedChunk(index: readonly number[], options?: GetOptions): Promise<Uint8Array | undefined>
  /** Slabs in C order. Aborting stops the reads. */
  read(selection: ResolvedSelection, options?: GetOptions): AsyncIterable<Slab>
}
