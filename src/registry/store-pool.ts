// A worker's side of the registry: its replica of the records and the stores it has open. Opens from
// descriptors only, on first use, at most once at a time, and never asks another process while serving.
import { ZipzarrError } from '../errors.js'
import type { StoreId } from '../store/keys.js'
import type { ApplyResult, RegistryChange, RegistrySnapshot } from './changes.js'
import type { StoreLease, StoreRecord, Stores } from './stores.js'

export interface StorePoolOptions {
  /** Data roots by name, absolute (RegistryService.dataRoots). */
  readonly dataRoots: ReadonlyMap<string, string>
  /** RegistryService.cacheDir. */
  readonly cacheDir?: string
  /** Stores kept open at most, leases beyond it excepted. Default 256. */
  readonly maxOpenStores?: number
  /** Longest time an open may take. Default 5,000. */
  readonly openDeadlineMs?: number
  /** How often a store in use is compared with its file. Default 1,000. */
  readonly checkIntervalMs?: number
  /** Told once per descriptor that no longer fits its archive; the primary should `noteChanged(id, revision)`. */
  readonly onChanged?: (id: StoreId, revision: number) => void
}

export class StorePool implements Stores {
  constructor(options: StorePoolOptions) {
    void options
  }

  get revision(): number {
    return 0
  }

  /** Epoch of the snapshot in place; '' before the first one. */
  get epoch(): string {
    return ''
  }

  applySnapshot(_snapshot: RegistrySnapshot): void {}

  /** `gap`: ask the owner for a snapshot; what is in place goes on being served meanwhile. */
  applyChange(_change: RegistryChange): ApplyResult {
    return 'applied'
  }

  list(): readonly StoreRecord[] {
    return []
  }

  get(_id: string): StoreRecord | undefined {
    return undefined
  }

  async lease(_id: string): Promise<StoreLease> {
    throw new ZipzarrError('STORE_NOT_FOUND', 'not built yet')
  }

  leaseNow(_id: string): StoreLease | undefined {
    return undefined
  }

  /** Closes every store; those under a lease when it is released. */
  async close(): Promise<void> {}
}
