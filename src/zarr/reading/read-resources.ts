// What all readings of one worker share: decoded chunks, slab buffers, the budget of bytes in flight.

import { ByteBudget } from '../../memory/byte-budget.js'
import { CacheBudget, Lru } from '../../memory/lru.js'
import { SingleFlight } from '../../memory/single-flight.js'
import { SlabBudget } from '../../memory/slab-budget.js'
import { SlabPool } from '../../memory/slab-pool.js'
import { DecodePool } from '../codecs/decode-pool.js'
import type { DecodedChunk, ShardIndex } from '../codecs/interface/codec.js'

export interface ReadLimits {
  /** Decoded chunks kept per worker; 0 keeps none. */
  readonly chunkCacheBytes: number
  /** Encoded and decoded bytes of chunks being read at once, per worker. */
  readonly inFlightBytes: number
  /** A slab is aimed at this size, and grows to `maxSlabBytes` only to avoid decoding chunks twice. */
  readonly slabBytes: number
  readonly maxSlabBytes: number
  /** Slabs held at once per worker; slabs become smaller as this is used up. */
  readonly slabBudgetBytes: number
  /** A chunk that is stored as, or decodes to more is refused. */
  readonly maxChunkBytes: number
}

const MIB = 1024 * 1024
/** As the option metadataCacheBytes. */
const DEFAULT_CACHE_BYTES = 64 * MIB

export const DEFAULT_READ_LIMITS: ReadLimits = {
  chunkCacheBytes: 64 * MIB,
  inFlightBytes: 64 * MIB,
  slabBytes: 8 * MIB,
  maxSlabBytes: 32 * MIB,
  slabBudgetBytes: 64 * MIB,
  maxChunkBytes: 512 * MIB,
}

/** A read chunk in memory; null for an inner chunk its shard does not hold (the fill value). */
export type LoadedChunk = DecodedChunk | null

/** Made once per worker and handed to every `ZarrArray.open`. */
export class ReadResources {
  readonly limits: ReadLimits
  readonly slabPool: SlabPool
  readonly chunks: Lru<string, LoadedChunk>
  readonly shardIndexes: Lru<string, ShardIndex>
  readonly loads: SingleFlight<LoadedChunk>
  readonly budget: ByteBudget
  readonly slabBudget: SlabBudget
  /** Where chunks are decoded that take long. */
  readonly decodePool = new DecodePool()
  /** What the worker's smaller caches share. */
  readonly caches: CacheBudget

  constructor(limits: Partial<ReadLimits> = {}, caches = new CacheBudget(DEFAULT_CACHE_BYTES)) {
    this.limits = { ...DEFAULT_READ_LIMITS, ...limits }
    this.caches = caches
    this.slabPool = new SlabPool({ maxIdleBytes: Math.max(this.limits.maxSlabBytes, MIB) })
    this.slabBudget = new SlabBudget(this.limits.slabBudgetBytes, this.limits)
    this.chunks = new Lru(this.limits.chunkCacheBytes)
    this.shardIndexes = new Lru(caches)
    this.loads = new SingleFlight(chunk => {
      if (chunk?.kind === 'fixed') this.slabPool.forget(chunk.bytes)
    })
    this.budget = new ByteBudget(this.limits.inFlightBytes)
  }
}
