// Stored values of chunks as the codecs read them: whole, or in parts out of a shard.
import { ZipzarrError } from '../../errors.js'
import type { Lru } from '../../memory/lru.js'
import type { StoreKey } from '../../store/keys.js'
import type { GetOptions, ReadableStore, ValueStat } from '../../store/store.js'
import type { ShardIndex, ShardIndexCache, ValueSource } from '../codecs/interface/codec.js'

/**
 * A value that the index knows. If the store does not hold it all the same, that is a failure and not the
 * fill value.
 * @throws ZipzarrError STORE_CHANGED, and what the store throws
 */
export async function readValue(
  store: ReadableStore,
  key: StoreKey,
  options: GetOptions,
): Promise<Uint8Array> {
  return present(await store.get(key, options), key)
}

/**
 * What one reading keeps of a shard for as long as it reads inner chunks of it, group by group: the value of a
 * compressed archive entry, which would be inflated for each group, and an index too large for the cache.
 */
export interface ShardInUse {
  whole?: Promise<Uint8Array>
  index?: { readonly name: string; readonly index: ShardIndex }
}

/** A value inside a compressed archive entry is read once, not inflated anew for every range. */
export function valueSource(
  store: ReadableStore,
  { key, stat, shard }: ShardOfStore,
  signal: AbortSignal,
): ValueSource {
  const readAll = (): Promise<Uint8Array> => {
    // Without the signal: whoever asked first may leave while others wait for the same value.
    shard.whole ??= readValue(store, key, {})
    return shard.whole
  }
  const readRange = async (byteOffset: number, byteLength: number): Promise<Uint8Array> => {
    if (stat?.isStored !== true) return (await readAll()).subarray(byteOffset, byteOffset + byteLength)
    const range = { byteOffset, byteLength }
    const part = present(await store.getRange(key, range, { signal }), key)
    if (part.byteLength === byteLength) return part
    throw new ZipzarrError('READ_FAILED', `expected ${byteLength} bytes of ${key}, found ${part.byteLength}`)
  }
  return { byteLength: stat?.byteLength ?? 0, readRange, readAll }
}

interface ShardOfStore {
  readonly key: StoreKey
  readonly stat: ValueStat | undefined
  readonly shard: ShardInUse
}

/** The part of the worker's cache that holds the indexes of one shard. */
export function cacheOfIndexes(
  cache: Lru<string, ShardIndex>,
  { cacheKey, shard }: { readonly cacheKey: string; readonly shard: ShardInUse },
): ShardIndexCache {
  return {
    get: name =>
      cache.get(`${cacheKey}#${name}`) ?? (shard.index?.name === name ? shard.index.index : undefined),
    set: (name, index) => {
      cache.set(`${cacheKey}#${name}`, index, index.byteLength)
      if (!cache.budget.isKept(index.byteLength)) shard.index = { name, index }
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
