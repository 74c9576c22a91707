// What the registry says of stores, and what the HTTP layer may ask of it. Plain data and one interface.
import type { ErrorCode } from '../errors.js'
import type { MaybePromise } from '../memory/maybe-promise.js'
import type { ArchiveContents } from '../store/archive-contents.js'
import type { StoreDescriptor } from '../store/descriptor/descriptor.js'
import type { StoreId } from '../store/keys.js'
import type { ReadableStore } from '../store/store.js'

/** `ready` is served; `indexing` and `failed` answer 503 and their own error. */
export type StoreState = 'indexing' | 'ready' | 'failed'

/** Where an archive lies, in words that may be shown: never an absolute path. */
export interface StoreLocation {
  /** Name of the data root it lies below. */
  readonly root: string
  /** Path below that root, `/`-separated. */
  readonly path: string
}

/** One line of the registry. Plain JSON data: it travels to workers as it is. */
export interface StoreRecord {
  readonly id: StoreId
  readonly location: StoreLocation
  readonly state: StoreState
  /** Registry revision at which this line last changed. */
  readonly revision: number
  /** Present when ready, and kept while a changed archive is being indexed anew. */
  readonly descriptor?: StoreDescriptor
  /** What the archive holds; present when ready. */
  readonly contents?: ArchiveContents
  /** Entries seen so far and in all, while indexing. */
  readonly progress?: { readonly entries: number; readonly totalEntries: number }
  /** Why it failed. */
  readonly error?: { readonly code: ErrorCode; readonly message: string }
}

/** The registry as one process sees it. Serving never waits for another process. */
export interface Stores {
  readonly revision: number
  /** All records in id order. */
  list(): readonly StoreRecord[]
  get(id: string): StoreRecord | undefined
  /**
   * The open store, opened on first use and at most once at a time. Throws STORE_NOT_FOUND, STORE_INDEXING,
   * STORE_CHANGED, or the error the archive failed with; at once where it is open already. The lease keeps it open until released.
   */
  lease(id: string): MaybePromise<StoreLease>
}

export interface StoreLease {
  readonly store: ReadableStore
  readonly record: StoreRecord
  release(): void
}

/** What the registry does on request; answered when every live worker serves the change. */
export interface StoreMutations {
  register(request: { id?: string; location: StoreLocation; root?: string }): Promise<StoreRecord>
  remove(id: string): Promise<void>
}
