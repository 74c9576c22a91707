// What travels from the owner of the registry to its replicas. Plain JSON data, nothing of how it travels.
import type { StoreId } from '../store/keys.js'
import type { StoreRecord } from './stores.js'

/** One step of the registry: exactly one revision further than the step before it. */
export type RegistryChange =
  | { readonly kind: 'put'; readonly epoch: string; readonly revision: number; readonly record: StoreRecord }
  | { readonly kind: 'remove'; readonly epoch: string; readonly revision: number; readonly id: StoreId }

/** The whole registry at one revision. */
export interface RegistrySnapshot {
  /** Tells one life of a registry from the next: revisions of two epochs are not comparable. */
  readonly epoch: string
  readonly revision: number
  readonly records: readonly StoreRecord[]
}

/** What became of a change: in place, already known, or unusable without a new snapshot. */
export type ApplyResult = 'applied' | 'stale' | 'gap'
