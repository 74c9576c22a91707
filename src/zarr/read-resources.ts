// What all readings of one worker share: decoded chunks, slab buffers, the budget of bytes in flight.
import { SlabPool } from './slab-pool.js'

export interface ReadLimits {
  /** Decoded chunks kept per worker; 0 keeps none. */
  readonly chunkCacheBytes: number
  /** Encoded and decoded bytes of chunks being read at once, per worker. */
  readonly inFlightBytes: number
  /** A slab is aimed at this size, and grows to `maxSlabBytes` only to avoid decoding chunks twice. */
  readonly slabBytes: number
  readonly maxSlabBytes: number
  /** A chunk that decodes to more is refused. */
  readonly maxChunkBytes: number
}

const MIB = 1024 * 1024

export const DEFAULT_READ_LIMITS: ReadLimits = {
  chunkCacheBytes: 64 * MIB,
  inFlightBytes: 64 * MIB,
  slabBytes: 8 * MIB,
  maxSlabBytes: 32 * MIB,
  maxChunkBytes: 1024 * MIB,
}

/** Made once per worker and handed to every `ZarrArray.open`. */
export class ReadResources {
  readonly limits: ReadLimits
  readonly slabPool: SlabPool

  constructor(limits: Partial<ReadLimits> = {}) {
    this.limits = { ...DEFAULT_READ_LIMITS, ...limits }
    this.slabPool = new SlabPool({ maxIdleBytes: 2 * this.limits.maxSlabBytes })
  }
}
