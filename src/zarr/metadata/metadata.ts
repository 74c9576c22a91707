// One model for v2 and v3 metadata. The parsers (metadata-v2.ts, metadata-v3.ts) fill it; nothing else reads
// zarr.json or .zarray.
import type { NodePath } from '../../store/keys.js'
import type { DataType } from '../data-types/data-type.js'
import type { FillValue } from '../data-types/fill-value.js'
import type { JsonObject } from '../json/json.js'
import type { ChunkGrid } from './chunk-grid.js'
import type { ChunkKeyEncoding } from './chunk-key-encoding.js'

export type { Json, JsonObject } from '../json/json.js'

/** A codec as the metadata names it, in v3 words. v2 ids are kept as `numcodecs.<id>` configurations. */
export interface CodecSpec {
  readonly name: string
  readonly configuration: JsonObject
}

export interface ArrayMetadata {
  readonly nodeType: 'array'
  readonly zarrFormat: 2 | 3
  readonly path: NodePath
  readonly shape: readonly number[]
  readonly dataType: DataType
  readonly chunkGrid: ChunkGrid
  readonly chunkKeyEncoding: ChunkKeyEncoding
  /**
   * The pipeline in encoding order, array→array, array→bytes, bytes→bytes. v2 is translated: order "F"
   * becomes a `transpose`, the byte order of the typestring a `bytes` codec, then filters and compressor
   * (v2 filters work on flat buffers of their own dtype and are bytes→bytes here).
   */
  readonly codecs: readonly CodecSpec[]
  readonly fillValue: FillValue
  /** One per dimension, null where unnamed; v2 takes `_ARRAY_DIMENSIONS`. Undefined when there are none. */
  readonly dimensionNames?: readonly (string | null)[]
  readonly attributes: JsonObject
}

export interface GroupMetadata {
  readonly nodeType: 'group'
  readonly zarrFormat: 2 | 3
  readonly path: NodePath
  readonly attributes: JsonObject
  /** True when no document says so: a folder on the way to other nodes. */
  readonly isImplicit: boolean
}

export type NodeMetadata = ArrayMetadata | GroupMetadata
