// `sharding_indexed`: a chunk (the shard) holds inner chunks, each encoded by itself, and an index. Inner
// chunks are read by themselves wherever nothing outside of the shard stands in the way.

import { uninitialized } from '../../../kernels/kernels.js'
import { copyItems, copyValues, fillItems } from '../../copying/copy.js'
import { isVariableLength } from '../../data-types/data-type.js'
import type { VariableValue } from '../../data-types/fill-value.js'
import { parseCodecSpecs } from '../../metadata/codec-spec.js'
import type { JsonObject } from '../../metadata/metadata.js'
import { placementBox } from '../interface/boxes.js'
import type {
  Allocate,
  ArrayToBytesCodec,
  ChunkSpec,
  CodecContext,
  DecodedChunk,
  DecodeOptions,
} from '../interface/codec.js'
import { choice, integers } from '../interface/configuration.js'
import { codecFailed, codecMisconfigured, codecUnsupported } from '../interface/failures.js'
import { decodedByteLength, itemCount } from '../interface/sizes.js'
import { bytesSource } from '../interface/value-source.js'
import { shardAccess } from './shard-access.js'
import { SHARDING as NAME, readShardIndex, type ShardLayout } from './shard-layout.js'

const MAX_VARIABLE_SHARD_BYTES = 128 * 2 ** 20
const INNER_CHUNK_OVERHEAD = 4096
/** Finding one and putting it in its place. */
const INNER_CHUNK_MS = 0.005
/** Inner chunks of one shard: its index is read as a whole, 16 bytes for each of them. */
const MAX_INNER_CHUNKS = 2 ** 20

export function shardingCodec(
  members: JsonObject,
  spec: ChunkSpec,
  context: CodecContext,
): ArrayToBytesCodec {
  const layout = readLayout(members, spec, context)
  return {
    kind: 'array-bytes',
    name: NAME,
    encodedByteLength: undefined,
    maxEncodedByteLength: maxShardByteLength(layout),
    partial: shardAccess(layout),
    mayWait: true,
    decodeMs: itemCount(layout.gridShape) * (layout.innerChain.decodeMs + INNER_CHUNK_MS),
    decode: (encoded, options) => decodeShard(layout, encoded, options),
  }
}

function readLayout(members: JsonObject, spec: ChunkSpec, context: CodecContext): ShardLayout {
  const configuration = { codec: NAME, members }
  const innerShape = integers(configuration, 'chunk_shape', 1)
  if (
    innerShape.length !== spec.shape.length ||
    innerShape.some((length, axis) => spec.shape[axis] % length !== 0)
  ) {
    codecMisconfigured(
      NAME,
      `inner chunks of shape [${innerShape.join(', ')}] do not divide a shard of shape [${spec.shape.join(', ')}]`,
    )
  }
  const gridShape = spec.shape.map((length, axis) => length / innerShape[axis])
  const innerCount = itemCount(gridShape)
  if (innerCount > MAX_INNER_CHUNKS) {
    codecUnsupported(NAME, `shards of ${innerCount} inner chunks; at most ${MAX_INNER_CHUNKS} are read`, {
      limit: MAX_INNER_CHUNKS,
      actual: innerCount,
    })
  }
  const innerSpec = { ...spec, shape: innerShape }
  const innerChain = context.resolveChain(
    parseCodecSpecs(members.codecs, { path: '', member: `codecs.${NAME}.codecs` }),
    innerSpec,
  )
  const indexChain = context.resolveChain(
    parseCodecSpecs(members.index_codecs, { path: '', member: `codecs.${NAME}.index_codecs` }),
    indexSpec(gridShape),
  )
  if (indexChain.encodedByteLength === undefined) {
    return codecUnsupported(NAME, 'an index whose length depends on its content cannot be found')
  }
  return {
    spec,
    innerSpec,
    gridShape,
    innerChain,
    indexChain,
    indexByteLength: indexChain.encodedByteLength,
    isIndexAtStart: choice(configuration, 'index_location', ['end', 'start']) === 'start',
  }
}

/** Bounds what a compressor around shards may decode to: twice the items, and room for overheads. */
function maxShardByteLength({ spec, gridShape, indexByteLength }: ShardLayout): number {
  const items = isVariableLength(spec.dataType) ? MAX_VARIABLE_SHARD_BYTES : decodedByteLength(spec)
  return 2 * items + indexByteLength + itemCount(gridShape) * INNER_CHUNK_OVERHEAD
}

/** The index is itself an array: offset and length of every inner chunk. */
function indexSpec(gridShape: readonly number[]): ChunkSpec {
  return {
    shape: [...gridShape, 2],
    dataType: { name: 'uint64', kind: 'uint', itemSize: 8, swapSize: 8, numpyDescr: '<u8' },
    fillValue: { kind: 'fixed', bytes: new Uint8Array(8).fill(255), isDefined: true },
  }
}

async function decodeShard(
  layout: ShardLayout,
  encoded: Uint8Array,
  options: DecodeOptions,
): Promise<DecodedChunk> {
  const index = await readShardIndex(layout, bytesSource(encoded))
  const { signal, allocate } = options
  const assembly = startAssembly(layout.spec, allocate ?? uninitialized)
  const count = itemCount(layout.gridShape)
  const position = layout.gridShape.map(() => 0)
  for (let slot = 0; slot < count; slot++) {
    signal?.throwIfAborted()
    const found = index.slot(slot)
    const inner =
      found === undefined
        ? undefined
        : await layout.innerChain.decode(
            encoded.subarray(found.byteOffset, found.byteOffset + found.byteLength),
            signal === undefined ? {} : { signal },
          )
    place(assembly, layout, { inner, position })
    advance(position, layout.gridShape)
  }
  return assembly
}

type Assembly =
  | { readonly kind: 'fixed'; readonly bytes: Uint8Array }
  | { readonly kind: 'variable'; readonly values: VariableValue[] }

function startAssembly({ shape, dataType }: ChunkSpec, allocate: Allocate): Assembly {
  const count = itemCount(shape)
  if (isVariableLength(dataType)) return { kind: 'variable', values: new Array<VariableValue>(count) }
  return { kind: 'fixed', bytes: allocate(count * dataType.itemSize) }
}

interface Placement {
  /** Undefined: not stored, the fill value takes its place. */
  readonly inner: DecodedChunk | undefined
  /** In inner chunks. */
  readonly position: readonly number[]
}

function place(assembly: Assembly, { spec, innerSpec }: ShardLayout, { inner, position }: Placement): void {
  const { fillValue, dataType } = spec
  const start = position.map((number, axis) => number * innerSpec.shape[axis])
  const box = placementBox(innerSpec.shape, start, spec.shape)
  if (inner === undefined && !fillValue.isDefined) {
    // A codec between the array and the shard would have to encode the fill value first.
    codecUnsupported(
      NAME,
      'an inner chunk is not stored, and its fill value is not known behind the codecs before it',
    )
  }
  if (assembly.kind === 'fixed' && inner?.kind !== 'variable' && fillValue.kind === 'fixed') {
    if (inner === undefined) fillItems(fillValue.bytes, assembly.bytes, box)
    else copyItems(inner.bytes, assembly.bytes, { box, itemSize: dataType.itemSize })
  } else if (assembly.kind === 'variable' && inner?.kind !== 'fixed' && fillValue.kind === 'variable') {
    const values = inner?.values ?? new Array<VariableValue>(itemCount(innerSpec.shape)).fill(fillValue.value)
    copyValues(values, assembly.values, box)
  } else {
    codecFailed(NAME, 'inner chunks and fill value are not of one kind')
  }
}

/** The next position in C order. */
function advance(position: number[], gridShape: readonly number[]): void {
  for (let axis = position.length - 1; axis >= 0; axis--) {
    if (++position[axis] < gridShape[axis]) return
    position[axis] = 0
  }
}
