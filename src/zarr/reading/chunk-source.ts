// Stored values of chunks as the codecs read them: whole, or in parts out of a shard.
import { ZipzarrError } from '../../errors.js'
import type { Lru } from '../../memory/lru.js'
import { type MaybePromise, then } from '../../memory/maybe-promise.js'
import type { StoreKey } from '../../store/keys.js'
import type { GetOptions, ReadableStore, ValueStat } from '../../store/store.js'
import type { ShardIndex, ShardIndexCache, ValueSource } from '../codecs/interface/codec.js'

/**
 * A value that the index knows. If the store does not hold it all the same, that is a failure and not the
 * fill value.
 * @throws ZipzarrError STORE_CHANGED, and what the store throws
 */
export function readValue(
  store: ReadableStore,
  key: StoreKey,
  options: GetOptions,
): MaybePromise<Uint8Array> {
  return then(store.get(key, options), value => present(value, key))
}

/**
 * What one reading keeps of a shard for as long as it reads inner chunks of it, group by group: the value of a
 * compressed archive entry, which would be inflated for each group, and the index it read last.
 */
export interface ShardInUse {
  whole?: Promise<Uint8Array>
  index?: { readonly name: string; readonly index: Promise<ShardIndex> }
  /** Of that index, once it is read. */
  indexByteLength?: number
}

/** The shard that a reading reads inner chunks of: they come one shard after the other. */
export class CurrentShard {
  #chunk: ShardOfStore | undefined
  #inUse: ShardInUse = {}

  /** What is there of the shard already. */
  of(chunk: ShardOfStore): ShardInUse {
    if (chunk.key !== this.#chunk?.key) this.#inUse = {}
    this.#chunk = chunk
    return this.#inUse
  }

  /** Forgets what is there if it is more than `maxBytes`: it is read again then. Answers how many bytes are held. */
  forgetAbove(maxBytes: number): number {
    const { whole, indexByteLength = 0 } = this.#inUse
    const byteLength = indexByteLength + (whole === undefined ? 0 : (this.#chunk?.stat?.byteLength ?? 0))
    if (byteLength <= maxBytes) return byteLength
    this.#inUse = {}
    return 0
  }
}

/** A value inside a compressed archive entry is read once, not inflated anew for every range. */
export function valueSource(
  store: ReadableStore,
  { key, stat }: ShardOfStore,
  shard: ShardInUse,
): ValueSource {
  const byteLength = stat?.byteLength ?? 0
  if (stat?.isStored !== true) {
    // Without a signal: whoever asked first may leave while others wait for the same value.
    const whole = async (): Promise<Uint8Array> =>
      (shard.whole ??= Promise.resolve(readValue(store, key, {})))
    return {
      byteLength,
      readRange: async (byteOffset, length) => (await whole()).subarray(byteOffset, byteOffset + length),
    }
  }
  return {
    byteLength,
    async readRange(byteOffset, length, signal) {
      const part = present(await store.getRange(key, { byteOffset, byteLength: length }, { signal }), key)
      if (part.byteLength === length) return part
      throw new ZipzarrError('READ_FAILED', `expected ${length} bytes of ${key}, found ${part.byteLength}`)
    },
  }
}

interface ShardOfStore {
  readonly key: StoreKey
  readonly stat: ValueStat | undefined
}

/** The part of the worker's cache that holds the indexes of one shard. */
export function cacheOfIndexes(
  cache: Lru<string, ShardIndex>,
  { cacheKey }: { readonly cacheKey: string },
  shard: ShardInUse,
): ShardIndexCache {
  const readAndKeep = async (key: string, read: () => Promise<ShardIndex>): Promise<ShardIndex> => {
    const index = await read()
    shard.indexByteLength = index.byteLength
    cache.set(key, index, index.byteLength)
    return index
  }
  return {
    get(name, read) {
      const key = `${cacheKey}#${name}`
      const kept = cache.get(key)
      if (kept !== undefined) return kept
      if (shard.index?.name !== name) shard.index = { name, index: readAndKeep(key, read) }
      return shard.index.index
    },
  }
}

function present(value: Uint8Array | undefined, key: StoreKey): Uint8Array {
  if (value !== undefined) return value
  throw new ZipzarrError(
    'STORE_CHANGED',
    `the store's index knows ${key}, the store does not hold it any more`,
  )
}
