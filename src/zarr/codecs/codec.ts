// What a codec is to the pipeline. One file per codec beside this one; index.ts lists them.
import type { DataType } from '../data-type.js'
import type { FillValue, VariableValue } from '../fill-value.js'
import type { JsonObject } from '../metadata.js'

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
  decode(input: DecodedChunk): DecodedChunk
}

/** Turns bytes into a chunk: bytes, vlen-utf8, packbits, sharding_indexed … */
export interface ArrayToBytesCodec {
  readonly kind: 'array-bytes'
  readonly name: string
  /** Bytes of the encoded form if fixed by the spec alone; undefined when it depends on the values. */
  readonly encodedByteLength: number | undefined
  decode(encoded: Uint8Array, options: DecodeOptions): DecodedChunk | Promise<DecodedChunk>
}

/** Undoes one bytes→bytes step (a compressor, a checksum). */
export interface BytesToBytesCodec {
  readonly kind: 'bytes-bytes'
  readonly name: string
  /** Encoded length for a known decoded length, undefined for compressors. */
  encodedByteLength(decodedByteLength: number): number | undefined
  /**
   * `maxByteLength` bounds the output: exact when `isExact`. Declared sizes are checked before memory is
   * taken (a chunk that says 1.5 GB must not get it). Never returns bytes it did not decode.
   */
  decode(encoded: Uint8Array, bound: OutputBound): Uint8Array | Promise<Uint8Array>
}

export type Codec = ArrayToArrayCodec | ArrayToBytesCodec | BytesToBytesCodec

export interface OutputBound {
  readonly maxByteLength: number
  readonly isExact: boolean
}

export interface DecodeOptions {
  signal?: AbortSignal
}

/**
 * Builds a codec for its place in a chain. Throws CODEC_UNSUPPORTED for a known codec in an unreadable
 * configuration and METADATA_INVALID for a malformed one.
 */
export type CodecFactory = (configuration: JsonObject, spec: ChunkSpec) => Codec
