// What a codec is to the pipeline. Codecs lie in the folders beside this one, by their kind; ../index.ts lists them.
import type { Output } from '../../../kernels/kernels.js'
import type { MaybePromise } from '../../../memory/maybe-promise.js'
import type { Allocate } from '../../../store/store.js'
import type { ItemSpan } from '../../copying/copy.js'
import type { DataType } from '../../data-types/data-type.js'
import type { FillValue, VariableValue } from '../../data-types/fill-value.js'
import type { CodecSpec, JsonObject } from '../../metadata/metadata.js'

/** A chunk on its way out of the pipeline: C order, little-endian, of exactly `spec.shape` items. */
export type DecodedChunk =
  | { readonly kind: 'fixed'; readonly bytes: Uint8Array }
  | { readonly kind: 'variable'; readonly values: readonly VariableValue[] }

/** What an array→array or array→bytes codec sees: the shape and type of the chunk at its place. */
export interface ChunkSpec {
  readonly shape: readonly number[]
  readonly dataType: DataType
  readonly fillValue: FillValue
}

/** Undoes one array→array step (transpose, delta, …). `input` has the *encoded* side's spec. */
export interface ArrayToArrayCodec {
  readonly kind: 'array-array'
  readonly name: string
  /** The chunk as the next codec sees it (transposed shape, other data type). */
  readonly encodedSpec: ChunkSpec
  /** Only for a pure permutation of the axes: encoded axis `i` is the decoded axis `axisOrder[i]`. */
  readonly axisOrder?: readonly number[]
  decode(input: DecodedChunk, allocate: Allocate): DecodedChunk
}

/** Turns bytes into a chunk: bytes, vlen-utf8, packbits, sharding_indexed … */
export interface ArrayToBytesCodec {
  readonly kind: 'array-bytes'
  readonly name: string
  /** Bytes of the encoded form if fixed by the spec alone; undefined when it depends on the values. */
  readonly encodedByteLength: number | undefined
  /** The most bytes the encoded form can have, where its length depends on the values. */
  readonly maxEncodedByteLength?: number
  /** Present when parts of the chunk can be read without the rest (sharding). */
  readonly partial?: PartialAccess
  /** True when `decode` may answer a promise. */
  readonly mayWait?: boolean
  /** About how long `decode` takes; absent: what its name and the chunk's size say (decode-cost.ts). */
  readonly decodeMs?: number
  decode(encoded: Uint8Array, options: DecodeOptions): MaybePromise<DecodedChunk>
}

/** Undoes one bytes→bytes step (a compressor, a checksum). */
export interface BytesToBytesCodec {
  readonly kind: 'bytes-bytes'
  readonly name: string
  /** Encoded length for a known decoded length, undefined for compressors. */
  encodedByteLength(decodedByteLength: number): number | undefined
  /** What the encoded bytes say of their decoded length, if they do; unchecked. */
  declaredByteLength?(encoded: Uint8Array): number | undefined
  /** True when `decode` may answer a promise for outputs within this bound; absent: never. */
  mayWait?(bound: OutputBound): boolean
  /**
   * `bound` limits the output. Declared sizes are checked against it before memory is taken (a chunk that
   * says 1.5 GB must not get it). Never returns bytes it did not decode; may return a part of `encoded`, or
   * memory from `output` filled completely, or at least where it is needed.
   */
  decode(encoded: Uint8Array, bound: OutputBound, output: Output): MaybePromise<Uint8Array>
}

export type Codec = ArrayToArrayCodec | ArrayToBytesCodec | BytesToBytesCodec

/** What is known of a step's output: never more than `maxByteLength` bytes, and exactly so when `isExact`. */
export interface OutputBound {
  readonly maxByteLength: number
  readonly isExact: boolean
}

/** What is to be decoded: the encoded bytes, and all that says how. */
export interface DecodeTask {
  readonly codecs: readonly CodecSpec[]
  readonly spec: ChunkSpec
  readonly encoded: Uint8Array
  readonly needed?: ItemSpan | undefined
}

/** Decodes what would hold the event loop for long elsewhere; the memory of the encoded bytes goes along. */
export interface Offload {
  decode(task: DecodeTask, signal?: AbortSignal): Promise<DecodedChunk>
}

export interface DecodeOptions {
  readonly signal?: AbortSignal | undefined
  /** Absent: everything is decoded here. */
  readonly offload?: Offload | undefined
  /**
   * Where the memory for the decoded chunk comes from, if the caller has a pool. What it lends may hold old
   * data: every byte is overwritten. Whether the chunk's bytes are such a piece of memory depends on the
   * codecs: some can only return memory of their own.
   */
  readonly allocate?: Allocate
  /** Whether the memory of the encoded bytes is nobody else's, and may be decoded in. */
  readonly mayOverwrite?: boolean
  /** The only items of the decoded chunk that will be looked at, where that is known: others may be anything. */
  readonly needed?: ItemSpan | undefined
}

export type { Allocate, ItemSpan, Output }

/** A stored value that can be read in parts: exactly what was asked for, or it throws. */
export interface ValueSource {
  readonly byteLength: number
  readRange(byteOffset: number, byteLength: number, signal?: AbortSignal): Promise<Uint8Array>
}

/** Where one inner chunk lies in its shard. */
export interface ShardSlot {
  readonly byteOffset: number
  readonly byteLength: number
}

/** Offset and length of every inner chunk of a shard. */
export interface ShardIndex {
  /** What it takes in memory. */
  readonly byteLength: number
  /** Undefined for an inner chunk that is not stored. @throws ZipzarrError CODEC_FAILED for one outside the shard */
  slot(number: number): ShardSlot | undefined
}

/** Keeps the indexes of one shard. */
export interface ShardIndexCache {
  /**
   * The index, read if it is not there. `name` tells the levels of nested shards apart within that shard. The read
   * is shared, so nobody's signal stops it.
   */
  get(name: string, read: () => Promise<ShardIndex>): MaybePromise<ShardIndex>
}

export interface PartialReadOptions extends DecodeOptions {
  readonly indexCache?: ShardIndexCache
}

/** Reads single inner chunks of a shard. All shapes and coordinates are in the array's own axis order. */
export interface PartialAccess {
  /** Shape of the inner chunks at the deepest level that can be read by itself. */
  readonly innerChunkShape: readonly number[]
  /** How many of them the outer chunk holds along each axis. */
  readonly gridShape: readonly number[]
  /**
   * The inner chunks at `wanted` (coordinates within the outer chunk), in that order; undefined for one that
   * is not stored, which means the fill value. Nearby inner chunks are fetched together.
   */
  read(
    source: ValueSource,
    wanted: readonly (readonly number[])[],
    options?: PartialReadOptions,
  ): Promise<(DecodedChunk | undefined)[]>
}

/** Where in a chain a codec stands: on arrays before the array→bytes codec, or on bytes after it. */
export type CodecStage = 'array' | 'bytes'

export interface CodecContext {
  readonly stage: CodecStage
  /** Resolves a chain inside a codec (sharding's inner chunks and index). */
  resolveChain(codecs: readonly CodecSpec[], spec: ChunkSpec): CodecChain
}

/** A resolved chain of codecs: undoes all of them, last to first. */
export interface CodecChain {
  /** Bytes of the encoded form if fixed by the spec alone. */
  readonly encodedByteLength: number | undefined
  readonly partial?: PartialAccess
  /** False: `decode` always answers at once, and nothing reads `encoded` after it. */
  readonly mayWait: boolean
  /** About how long `decode` takes at most. */
  readonly decodeMs: number
  decode(encoded: Uint8Array, options?: DecodeOptions): MaybePromise<DecodedChunk>
}

/**
 * Builds a codec for its place in a chain. Throws CODEC_UNSUPPORTED for a known codec in an unreadable
 * configuration and METADATA_INVALID for a malformed one. `spec` is the chunk as the codec's decoded side
 * sees it (at the bytes stage: as the array→bytes codec saw it).
 */
export type CodecFactory = (configuration: JsonObject, spec: ChunkSpec, context: CodecContext) => Codec
