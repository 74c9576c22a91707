// Consolidated metadata for stores that have none, as documents under the keys where clients look for it.
import type { NodePath, StoreKey } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { consolidateV2, consolidateV3 } from '../src/zarr/consolidate.js'
import { KeptPerStore } from './kept-per-store.js'

const MAX_KEPT_PER_STORE = 16
const documents = new KeptPerStore<string | undefined>(MAX_KEPT_PER_STORE)

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
    return documents.get(store, key, () => consolidateV2(store, path))
  }
  if (!isAsked || name !== 'zarr.json') return undefined
  return documents.get(store, key, () => consolidateV3(store, path))
}
