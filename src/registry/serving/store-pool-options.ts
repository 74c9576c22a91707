// What a worker's store pool is told.
import type { CacheBudget } from '../../memory/lru.js'
import type { StoreId } from '../../store/keys.js'
import type { RegistryLog } from '../registry-log.js'

export interface StorePoolOptions {
  /** Data roots by name, absolute (RegistryService.dataRoots). */
  readonly dataRoots: ReadonlyMap<string, string>
  /** RegistryService.cacheDir. */
  readonly cacheDir?: string | undefined
  /** What the caches of all stores share; absent: every store has a budget of its own. */
  readonly caches?: CacheBudget
  /** Stores kept open at most, leases beyond it excepted. Default 256. */
  readonly maxOpenStores?: number
  /** Longest time an open may take. Default 5,000. */
  readonly openDeadlineMs?: number
  /** How often a store in use is compared with its archive. Default 1,000. */
  readonly checkIntervalMs?: number
  /**
   * Told, at most once per check interval, of a descriptor that no longer fits its archive; the owner of the
   * registry should `noteChanged(id, revision)`.
   */
  readonly onChanged?: (id: StoreId, revision: number) => void
  /**
   * Told, once a descriptor, that its index file is damaged; the owner should `noteIndexDamaged(id, revision)`. The
   * store is served from an index in memory meanwhile.
   */
  readonly onIndexDamaged?: (id: StoreId, revision: number) => void
  readonly log?: RegistryLog
}
