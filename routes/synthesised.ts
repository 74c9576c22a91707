// Consolidated metadata for stores that have none, as documents under the keys where clients look for it.
import type { NodePath, StoreKey } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { consolidateV2, consolidateV3 } from '../src/zarr/consolidate.js'

/** Documents made for one open store; its content never changes, so neither do they. */
const made = new WeakMap<ReadableStore, Map<StoreKey, Promise<string | undefined>>>()
const MAX_KEPT = 16

/**
 * The text of `.zmetadata` when the store has none, and of a group's `zarr.json` with consolidated metadata when
 * it is asked for; undefined for every other key.
 */
export async function synthesisedDocument(
  store: ReadableStore,
  key: StoreKey,
  { isAsked }: { isAsked: boolean },
): Promise<string | undefined> {
  const slash = key.lastIndexOf('/')
  const path = key.slice(0, Math.max(slash, 0)) as NodePath
  const name = key.slice(slash + 1)
  if (name === '.zmetadata' && store.stat(key) === undefined) {
    return kept(store, key, () => consolidateV2(store, path))
  }
  return isAsked && name === 'zarr.json' ? kept(store, key, () => consolidateV3(store, path)) : undefined
}

/** Made at most once at a time; a failure is never kept. */
function kept(
  store: ReadableStore,
  key: StoreKey,
  make: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const documents = made.get(store) ?? new Map()
  made.set(store, documents)
  const present = documents.get(key)
  if (present !== undefined) return present
  const document = make()
  document.catch(() => documents.delete(key))
  if (documents.size >= MAX_KEPT) documents.delete(documents.keys().next().value as StoreKey)
  documents.set(key, document)
  return document
}
