// From the codecs of the metadata to a chain that can be undone: every codec made for its place, every bound
// known. Nothing is decoded here.
import { ZipzarrError } from '../../errors.js'
import { MAX_CODECS } from '../metadata/codec-spec.js'
import type { CodecSpec } from '../metadata/metadata.js'
import { CODECS, REFUSED_CODECS } from './index.js'
import type {
  ArrayToArrayCodec,
  ArrayToBytesCodec,
  BytesToBytesCodec,
  ChunkSpec,
  CodecContext,
  CodecFactory,
  OutputBound,
} from './interface/codec.js'
import { codecMisconfigured, codecUnsupported } from './interface/failures.js'

/** Bound on decoded chunks whose length the metadata does not tell (variable-length items). */
const MAX_UNKNOWN_BYTES = 256 * 2 ** 20

/** Codecs of one chain, in encoding order. */
export interface Chain {
  readonly arrayToArray: readonly ArrayToArrayCodec[]
  readonly arrayToBytes: ArrayToBytesCodec
  readonly bytesToBytes: readonly BytesToBytesCodec[]
}

type ResolveInner = CodecContext['resolveChain']

/** Throws CODEC_UNSUPPORTED naming the codec, or METADATA_INVALID for a chain that cannot be. */
export function resolveChain(
  codecs: readonly CodecSpec[],
  spec: ChunkSpec,
  resolveInner: ResolveInner,
): Chain {
  if (codecs.length > MAX_CODECS) {
    codecUnsupported(codecs[MAX_CODECS].name, `a chain of ${codecs.length} codecs is longer than any in use`)
  }
  const arrayToArray: ArrayToArrayCodec[] = []
  const bytesToBytes: BytesToBytesCodec[] = []
  let arrayToBytes: ArrayToBytesCodec | undefined
  let current = spec
  for (const { name, configuration } of codecs) {
    const stage = arrayToBytes === undefined ? 'array' : 'bytes'
    const codec = factoryOf(name)(configuration, current, { stage, resolveChain: resolveInner })
    if (codec.kind === 'array-array' && arrayToBytes === undefined) {
      arrayToArray.push(codec)
      current = codec.encodedSpec
    } else if (codec.kind === 'array-bytes' && arrayToBytes === undefined) {
      arrayToBytes = codec
    } else if (codec.kind === 'bytes-bytes' && arrayToBytes !== undefined) {
      bytesToBytes.push(codec)
    } else {
      codecMisconfigured(name, `a codec of kind ${codec.kind} cannot stand here in the chain`)
    }
  }
  if (arrayToBytes === undefined) {
    throw new ZipzarrError('METADATA_INVALID', 'the codecs contain none that turns an array into bytes')
  }
  return { arrayToArray, arrayToBytes, bytesToBytes }
}

function factoryOf(name: string): CodecFactory {
  return CODECS.get(name) ?? codecUnsupported(name, REFUSED_CODECS.get(name) ?? 'is not known')
}

/** A bytes→bytes codec with what is known of its output. */
export interface BoundedCodec {
  readonly codec: BytesToBytesCodec
  readonly bound: OutputBound
}

export interface BoundedChain {
  /** In decoding order. */
  readonly steps: readonly BoundedCodec[]
  /** The most bytes that a stored chunk can have: nothing beyond them could be used. */
  readonly maxEncodedByteLength: number
}

/** Lengths are known up to the first compressor, from there on they are only bounded. */
export function boundCodecs({ arrayToBytes, bytesToBytes }: Chain): BoundedChain {
  const bounded: BoundedCodec[] = []
  let bound = firstBound(arrayToBytes)
  for (const codec of bytesToBytes) {
    bounded.unshift({ codec, bound })
    const encoded = codec.encodedByteLength(bound.maxByteLength)
    bound =
      encoded === undefined
        ? { maxByteLength: 2 * bound.maxByteLength + 65_536, isExact: false }
        : { maxByteLength: encoded, isExact: bound.isExact }
  }
  return { steps: bounded, maxEncodedByteLength: bound.maxByteLength }
}

function firstBound({ encodedByteLength, maxEncodedByteLength }: ArrayToBytesCodec): OutputBound {
  if (encodedByteLength !== undefined) return { maxByteLength: encodedByteLength, isExact: true }
  return { maxByteLength: maxEncodedByteLength ?? MAX_UNKNOWN_BYTES, isExact: false }
}

/** Bytes of the encoded form if fixed by the spec alone. */
export function encodedLength({ arrayToBytes, bytesToBytes }: Chain): number | undefined {
  let length = arrayToBytes.encodedByteLength
  for (const codec of bytesToBytes)
    length = length === undefined ? undefined : codec.encodedByteLength(length)
  return length
}
