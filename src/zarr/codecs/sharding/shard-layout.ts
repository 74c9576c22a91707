// What a shard is made of, and reading its index.
import type { ChunkSpec, CodecChain, Offload, ShardIndex, ValueSource } from '../interface/codec.js'
import { codecFailed } from '../interface/failures.js'
import { fixedBytes } from '../interface/sizes.js'
import { StoredShardIndex } from './shard-index.js'

export const SHARDING = 'sharding_indexed'

/** A shard's make-up, the same for every shard of an array. */
export interface ShardLayout {
  readonly spec: ChunkSpec
  readonly innerSpec: ChunkSpec
  /** Inner chunks along each axis. */
  readonly gridShape: readonly number[]
  readonly innerChain: CodecChain
  readonly indexChain: CodecChain
  readonly indexByteLength: number
  readonly isIndexAtStart: boolean
}

export async function readShardIndex(
  layout: ShardLayout,
  source: ValueSource,
  offload?: Offload,
): Promise<ShardIndex> {
  const { indexByteLength, isIndexAtStart, indexChain } = layout
  if (source.byteLength < indexByteLength) {
    codecFailed(SHARDING, `a shard of ${source.byteLength} bytes cannot hold its index of ${indexByteLength}`)
  }
  const start = isIndexAtStart ? 0 : source.byteLength - indexByteLength
  const decoded = await indexChain.decode(await source.readRange(start, indexByteLength), { offload })
  return new StoredShardIndex(fixedBytes(SHARDING, decoded), source.byteLength)
}
