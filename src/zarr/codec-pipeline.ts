// Undoes an array's codecs on one chunk: resolved once per array, used for every chunk. Knows nothing of
// stores, grids or requests.
import { ZipzarrError } from '../errors.js'
import { permutationBox } from './codecs/boxes.js'
import type {
  Allocate,
  ArrayToArrayCodec,
  ArrayToBytesCodec,
  BytesToBytesCodec,
  ChunkSpec,
  Codec,
  CodecChain,
  DecodedChunk,
  DecodeOptions,
  OutputBound,
  PartialAccess,
  PartialReadOptions,
  ShardIndex,
  ShardIndexCache,
  ValueSource,
} from './codecs/codec.js'
import { codecFailed, codecMisconfigured, codecUnsupported } from './codecs/failures.js'
import { CODECS, REFUSED_CODECS } from './codecs/index.js'
import { checkBound, decodedByteLength, itemCount } from './codecs/sizes.js'
import { rearrange } from './codecs/transpose.js'
import { isVariableLength } from './data-type.js'
import { uninitialized } from './kernels/kernels.js'
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

/** More codecs than any writer chains; each one multiplies what a small hostile chunk can cost. */
const MAX_CHAIN_LENGTH = 16
/** Bound on decoded chunks whose length the metadata does not tell (variable-length items). */
const MAX_UNKNOWN_BYTES = 256 * 2 ** 20

/** A chain of codecs resolved for chunks of one shape and type. Rectilinear grids need one per chunk shape. */
export class CodecPipeline implements CodecChain {
  readonly spec: ChunkSpec
  readonly encodedByteLength: number | undefined
  /** Present when single inner chunks can be read out of a stored chunk (sharding outermost). */
  readonly partial?: PartialAccess
  readonly #arrayToArray: readonly ArrayToArrayCodec[]
  readonly #arrayToBytes: ArrayToBytesCodec
  readonly #bytesToBytes: readonly BoundedCodec[]

  private constructor(spec: ChunkSpec, chain: Chain) {
    this.spec = spec
    this.#arrayToArray = chain.arrayToArray
    this.#arrayToBytes = chain.arrayToBytes
    this.#bytesToBytes = boundCodecs(chain)
    this.encodedByteLength = encodedLength(chain)
    const partial = partialAccess(spec, chain)
    if (partial !== undefined) this.partial = partial
  }

  /** Throws CODEC_UNSUPPORTED naming the codec, or METADATA_INVALID for a chain that cannot be. */
  static resolve(codecs: readonly CodecSpec[], spec: ChunkSpec): CodecPipeline {
    decodedByteLength(spec)
    return new CodecPipeline(spec, resolveChain(codecs, spec))
  }

  /** Throws CODEC_FAILED or CHECKSUM_MISMATCH with fact `codec`; the result is always exactly one chunk. */
  decode(encoded: Uint8Array, options: DecodeOptions = {}): DecodedChunk | Promise<DecodedChunk> {
    let bytes: Uint8Array | Promise<Uint8Array> = plain(encoded)
    const { allocate = uninitialized } = options
    for (const [i, step] of this.#bytesToBytes.entries()) {
      // Only the last step's output can be the chunk; memory lent for others would not come back.
      const isLast = i === this.#bytesToBytes.length - 1 && this.#arrayToArray.length === 0
      bytes = after(bytes, input => runBounded(step, input, isLast ? allocate : uninitialized))
    }
    const { name } = this.#arrayToBytes
    const inner = this.#arrayToArray.length === 0 ? options : withoutPool(options)
    const chunk = after(bytes, input => guarded(name, () => this.#arrayToBytes.decode(input, inner)))
    return after(chunk, decoded => this.#undoArrayCodecs(decoded, allocate))
  }

  #undoArrayCodecs(decoded: DecodedChunk, allocate: Allocate): DecodedChunk {
    let chunk = decoded
    for (let i = this.#arrayToArray.length - 1; i >= 0; i--) {
      const codec = this.#arrayToArray[i]
      const input = chunk
      chunk = guardedNow(codec.name, () => codec.decode(input, i === 0 ? allocate : uninitialized))
    }
    return checkedChunk(chunk, this.spec)
  }
}

interface Chain {
  readonly arrayToArray: readonly ArrayToArrayCodec[]
  readonly arrayToBytes: ArrayToBytesCodec
  readonly bytesToBytes: readonly BytesToBytesCodec[]
}

function resolveChain(codecs: readonly CodecSpec[], spec: ChunkSpec): Chain {
  if (codecs.length > MAX_CHAIN_LENGTH) {
    codecUnsupported(
      codecs[MAX_CHAIN_LENGTH].name,
      `a chain of ${codecs.length} codecs is longer than any in use`,
    )
  }
  const arrayToArray: ArrayToArrayCodec[] = []
  const bytesToBytes: BytesToBytesCodec[] = []
  let arrayToBytes: ArrayToBytesCodec | undefined
  let current = spec
  for (const { name, configuration } of codecs) {
    const codec = makeCodec(name, { configuration, spec: current, isAfterBytes: arrayToBytes !== undefined })
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

interface CodecPlace {
  readonly configuration: CodecSpec['configuration']
  readonly spec: ChunkSpec
  readonly isAfterBytes: boolean
}

function makeCodec(name: string, { configuration, spec, isAfterBytes }: CodecPlace): Codec {
  const factory = CODECS.get(name)
  if (factory === undefined) {
    const reason = REFUSED_CODECS.get(name) ?? 'is not known'
    return codecUnsupported(name, reason)
  }
  return factory(configuration, spec, {
    stage: isAfterBytes ? 'bytes' : 'array',
    resolveChain: (codecs, inner) => CodecPipeline.resolve(codecs, inner),
  })
}

/** A bytes→bytes codec with what is known of its output. */
interface BoundedCodec {
  readonly codec: BytesToBytesCodec
  readonly bound: OutputBound
}

/** In decoding order. Lengths are known up to the first compressor, from there on they are only bounded. */
function boundCodecs({ arrayToBytes, bytesToBytes }: Chain): BoundedCodec[] {
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
  return bounded
}

function firstBound({ encodedByteLength, maxEncodedByteLength }: ArrayToBytesCodec): OutputBound {
  if (encodedByteLength !== undefined) return { maxByteLength: encodedByteLength, isExact: true }
  return { maxByteLength: maxEncodedByteLength ?? MAX_UNKNOWN_BYTES, isExact: false }
}

function encodedLength({ arrayToBytes, bytesToBytes }: Chain): number | undefined {
  let length = arrayToBytes.encodedByteLength
  for (const codec of bytesToBytes)
    length = length === undefined ? undefined : codec.encodedByteLength(length)
  return length
}

/** Possible when the shard is what is stored, and its axes are at most in another order. */
function partialAccess(spec: ChunkSpec, chain: Chain): PartialAccess | undefined {
  const { partial } = chain.arrayToBytes
  if (partial === undefined || chain.bytesToBytes.length > 0) return undefined
  let order = spec.shape.map((_, axis) => axis)
  for (const { axisOrder } of chain.arrayToArray) {
    if (axisOrder === undefined) return undefined
    order = axisOrder.map(axis => order[axis])
  }
  const isIdentity = order.every((axis, i) => axis === i)
  return isIdentity ? partial : reorderAccess(partial, order, spec.dataType.itemSize)
}

/** Stored axis `i` is the array's axis `order[i]`. */
function reorderAccess(partial: PartialAccess, order: readonly number[], itemSize: number): PartialAccess {
  const toArray = (stored: readonly number[]) => order.map((_, axis) => stored[order.indexOf(axis)])
  const box = permutationBox(partial.innerChunkShape, order)
  return {
    innerChunkShape: toArray(partial.innerChunkShape),
    gridShape: toArray(partial.gridShape),
    async read(source, wanted, options) {
      const stored = wanted.map(coordinates => order.map(axis => coordinates[axis]))
      const chunks = await partial.read(source, stored, options && withoutPool(options))
      const allocate = options?.allocate ?? uninitialized
      return chunks.map(chunk =>
        chunk === undefined ? undefined : rearrange(chunk, { box, itemSize, allocate }),
      )
    },
  }
}

/** Memory of the caller's pool is for what the caller gets, not for what leads to it. */
function withoutPool<T extends DecodeOptions>(options: T): T {
  const { allocate: _pool, ...others } = options
  return others as T
}

function runBounded(
  { codec, bound }: BoundedCodec,
  input: Uint8Array,
  allocate: Allocate,
): Uint8Array | Promise<Uint8Array> {
  const output = guarded(codec.name, () => codec.decode(input, bound, allocate))
  return after(output, decoded => {
    checkBound(codec.name, decoded.length, bound)
    return plain(decoded)
  })
}

function checkedChunk(chunk: DecodedChunk, spec: ChunkSpec): DecodedChunk {
  const isVariable = isVariableLength(spec.dataType)
  const expected = isVariable ? itemCount(spec.shape) : decodedByteLength(spec)
  const actual = chunk.kind === 'fixed' ? chunk.bytes.length : chunk.values.length
  if (chunk.kind === (isVariable ? 'variable' : 'fixed') && actual === expected) return chunk
  const unit = isVariable ? 'values' : 'bytes'
  throw new ZipzarrError('CODEC_FAILED', `expected a chunk of ${expected} ${unit}, found ${actual}`, {
    facts: { expected, actual },
  })
}

/** Continues at once with a value, later with a promise: most chunks are decoded without a turn of the loop. */
function after<T, R>(value: T | Promise<T>, use: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(use) : use(value)
}

/** Runs a codec; whatever it throws that is not an error of ours is a defect of the chunk, not of the service. */
function guarded<T>(name: string, run: () => T | Promise<T>): T | Promise<T> {
  const result = guardedNow(name, run)
  return result instanceof Promise ? result.catch(cause => refuse(name, cause)) : result
}

function guardedNow<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    return refuse(name, cause)
  }
}

function refuse(name: string, cause: unknown): never {
  if (cause instanceof ZipzarrError) throw cause
  if (cause instanceof Error && cause.name === 'AbortError') throw cause
  return codecFailed(name, 'the chunk cannot be decoded', {}, cause)
}

/** Without Buffer's own `slice`, which shares memory where Uint8Array's copies. */
function plain(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes
}
