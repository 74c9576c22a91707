// Undoes an array's codecs on one chunk: resolved once per array, used for every chunk. Knows nothing of
// stores, grids or requests.
import { ZipzarrError } from '../../errors.js'
import { type ByteSpan, uninitialized } from '../../kernels/kernels.js'
import { type MaybePromise, recover, then } from '../../memory/maybe-promise.js'
import { isVariableLength } from '../data-types/data-type.js'
import type { CodecSpec } from '../metadata/metadata.js'
import { rearrange } from './array-to-array/transpose.js'
import { type BoundedCodec, boundCodecs, type Chain, encodedLength, resolveChain } from './chain.js'
import { arrayCostMs, stepCostMs } from './decode-cost.js'
import { permutationBox } from './interface/boxes.js'
import type {
  Allocate,
  ArrayToArrayCodec,
  ArrayToBytesCodec,
  ChunkSpec,
  CodecChain,
  DecodedChunk,
  DecodeOptions,
  ItemSpan,
  Output,
  PartialAccess,
  PartialReadOptions,
  ShardIndex,
  ShardIndexCache,
  ValueSource,
} from './interface/codec.js'
import { codecFailed, codecUnsupported } from './interface/failures.js'
import { checkBound, decodedByteLength, itemCount } from './interface/sizes.js'

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

/** What takes longer to decode is not for the event loop. */
const MAX_LOOP_MS = 20
const OWN: Output = { allocate: uninitialized }
/** Shards within shards: each level is one more index on the way to a value. */
const MAX_LEVELS = 8

/** A chain of codecs resolved for chunks of one shape and type. Rectilinear grids need one per chunk shape. */
export class CodecPipeline implements CodecChain {
  readonly spec: ChunkSpec
  readonly encodedByteLength: number | undefined
  /** No stored chunk can have more bytes and be one of these. */
  readonly maxEncodedByteLength: number
  /** Present when single inner chunks can be read out of a stored chunk (sharding outermost). */
  readonly partial?: PartialAccess
  readonly mayWait: boolean
  readonly decodeMs: number
  readonly #codecs: readonly CodecSpec[]
  /** Of `decodeMs`, what is the same for every chunk. */
  readonly #arrayCostMs: number
  readonly #arrayToArray: readonly ArrayToArrayCodec[]
  readonly #arrayToBytes: ArrayToBytesCodec
  readonly #bytesToBytes: readonly BoundedCodec[]

  private constructor(codecs: readonly CodecSpec[], spec: ChunkSpec, chain: Chain) {
    this.#codecs = codecs
    this.spec = spec
    this.#arrayToArray = chain.arrayToArray
    this.#arrayToBytes = chain.arrayToBytes
    const { steps, maxEncodedByteLength } = boundCodecs(chain)
    this.#bytesToBytes = steps
    this.maxEncodedByteLength = maxEncodedByteLength
    this.encodedByteLength = encodedLength(chain)
    this.#arrayCostMs = arrayCostMs(chain, spec)
    this.decodeMs = this.#bytesToBytes.reduce((ms, step) => ms + stepCostMs(step), this.#arrayCostMs)
    this.mayWait =
      this.decodeMs > MAX_LOOP_MS ||
      chain.arrayToBytes.mayWait === true ||
      this.#bytesToBytes.some(({ codec, bound }) => codec.mayWait?.(bound) === true)
    const partial = partialAccess(spec, chain)
    if (partial !== undefined) this.partial = partial
  }

  /**
   * Throws CODEC_UNSUPPORTED naming the codec, or METADATA_INVALID for a chain that cannot be. `level` counts
   * the chains around this one.
   */
  static resolve(codecs: readonly CodecSpec[], spec: ChunkSpec, level = 0): CodecPipeline {
    if (level > MAX_LEVELS) codecUnsupported(codecs[0].name, `chains more than ${MAX_LEVELS} levels deep`)
    decodedByteLength(spec)
    const resolveInner = (inner: readonly CodecSpec[], innerSpec: ChunkSpec) =>
      CodecPipeline.resolve(inner, innerSpec, level + 1)
    return new CodecPipeline(codecs, spec, resolveChain(codecs, spec, resolveInner))
  }

  /** Throws CODEC_FAILED or CHECKSUM_MISMATCH with fact `codec`; the result is always exactly one chunk. */
  decode(encoded: Uint8Array, options: DecodeOptions = {}): MaybePromise<DecodedChunk> {
    const { allocate = uninitialized, offload, signal } = options
    if (offload !== undefined && this.#isLong(encoded)) {
      return offload.decode(
        { codecs: this.#codecs, spec: this.spec, encoded: plain(encoded), needed: options.needed },
        signal,
      )
    }
    let bytes: MaybePromise<Uint8Array> = plain(encoded)
    const { name } = this.#arrayToBytes
    for (const [i, step] of this.#bytesToBytes.entries()) {
      // Only the last step's output can be the chunk; memory lent for others would not come back.
      const isLast = i === this.#bytesToBytes.length - 1 && this.#arrayToArray.length === 0
      const output = isLast ? { allocate, needed: this.#neededBytes(options.needed) } : OWN
      bytes = then(bytes, input => runBounded(step, input, output))
    }
    const inner = this.#arrayToArray.length === 0 ? options : forInner(options)
    const chunk = then(bytes, input => guarded(name, () => this.#arrayToBytes.decode(input, inner)))
    return then(chunk, decoded => this.#undoArrayCodecs(decoded, allocate))
  }

  /** Whether there may be chunks that are decoded elsewhere. */
  get mayOffload(): boolean {
    return this.decodeMs > MAX_LOOP_MS
  }

  #isLong(encoded: Uint8Array): boolean {
    if (this.decodeMs <= MAX_LOOP_MS) return false
    const cost = (ms: number, step: BoundedCodec, i: number): number =>
      ms + stepCostMs(step, i === 0 ? encoded : undefined)
    return this.#bytesToBytes.reduce(cost, this.#arrayCostMs) > MAX_LOOP_MS
  }

  /** Only where the decoded bytes are the items. */
  #neededBytes(items: ItemSpan | undefined): ByteSpan | undefined {
    if (items === undefined || this.#arrayToBytes.name !== 'bytes') return undefined
    const { itemSize } = this.spec.dataType
    return { from: items.from * itemSize, to: items.to * itemSize }
  }

  #undoArrayCodecs(decoded: DecodedChunk, allocate: Allocate): DecodedChunk {
    let chunk = decoded
    for (let i = this.#arrayToArray.length - 1; i >= 0; i--) {
      const codec = this.#arrayToArray[i]
      const input = chunk
      chunk = guardedSync(codec.name, () => codec.decode(input, i === 0 ? allocate : uninitialized))
    }
    return checkedChunk(chunk, this.spec)
  }
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
      const chunks = await partial.read(source, stored, options && forInner(options))
      const allocate = options?.allocate ?? uninitialized
      return chunks.map(chunk =>
        chunk === undefined ? undefined : rearrange(chunk, { box, itemSize, allocate }),
      )
    },
  }
}

/** Memory and items are those of what the caller gets, not of what leads to it. */
function forInner<T extends DecodeOptions>(options: T): T {
  const { allocate: _pool, needed: _items, ...others } = options
  return others as T
}

function runBounded(
  { codec, bound }: BoundedCodec,
  input: Uint8Array,
  output: Output,
): MaybePromise<Uint8Array> {
  return then(
    guarded(codec.name, () => codec.decode(input, bound, output)),
    decoded => {
      checkBound(codec.name, decoded.length, bound)
      return plain(decoded)
    },
  )
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

/** Runs a codec; whatever it throws that is not an error of ours is a defect of the chunk, not of the service. */
function guarded<T>(name: string, run: () => MaybePromise<T>): MaybePromise<T> {
  return recover(run, cause => refuse(name, cause))
}

/** The same for a codec that never waits. */
function guardedSync<T>(name: string, run: () => T): T {
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
