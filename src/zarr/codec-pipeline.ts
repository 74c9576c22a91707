// Undoes an array's codecs on one chunk: resolved once per array, used for every chunk. Knows nothing of
// stores, grids or requests.
import { ZipzarrError } from '../errors.js'
import type {
  ChunkSpec,
  CodecChain,
  DecodedChunk,
  DecodeOptions,
  PartialAccess,
  PartialReadOptions,
  ShardIndex,
  ShardIndexCache,
  ValueSource,
} from './codecs/codec.js'
import type { CodecSpec } from './metadata.js'

export type {
  ChunkSpec,
  DecodedChunk,
  DecodeOptions,
  PartialAccess,
  PartialReadOptions,
  ShardIndex,
  ShardIndexCache,
  ValueSource,
}

/** A chain of codecs resolved for chunks of one shape and type. Rectilinear grids need one per chunk shape. */
export class CodecPipeline implements CodecChain {
  readonly spec: ChunkSpec
  readonly encodedByteLength: number | undefined
  /** Present when single inner chunks can be read out of a stored chunk (sharding outermost). */
  readonly partial?: PartialAccess

  private constructor(spec: ChunkSpec) {
    this.spec = spec
    this.encodedByteLength = undefined
  }

  /** Throws CODEC_UNSUPPORTED naming the codec, or METADATA_INVALID for a chain that cannot be. */
  static resolve(_codecs: readonly CodecSpec[], spec: ChunkSpec): CodecPipeline {
    return new CodecPipeline(spec)
  }

  /** Throws CODEC_FAILED or CHECKSUM_MISMATCH with fact `codec`; the result is always exactly one chunk. */
  decode(_encoded: Uint8Array, _options: DecodeOptions = {}): DecodedChunk | Promise<DecodedChunk> {
    throw new ZipzarrError('CODEC_UNSUPPORTED', 'no codec is implemented yet')
  }
}
