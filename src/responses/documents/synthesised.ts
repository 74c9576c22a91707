// Documents that are made where clients look for them: consolidated metadata, and those of groups that have none.
import type { NodePath, StoreKey } from '../../store/keys.js'
import type { ReadableStore } from '../../store/store.js'
import { consolidateV2, consolidateV3, IMPLICIT_V2, IMPLICIT_V3 } from '../../zarr/hierarchy/consolidate.js'
import { implicitFormats } from '../../zarr/hierarchy/open-node.js'
import { type PerStoreCache, textBytes } from '../per-store-cache.js'

const MADE_NAMES: ReadonlySet<string> = new Set(['.zmetadata', '.zgroup', 'zarr.json'])

/** True when the key is one whose value may be made although the store has none. */
export function mayBeMade(key: string): boolean {
  return MADE_NAMES.has(key.slice(key.lastIndexOf('/') + 1))
}

/**
 * The text of a document that is not stored: `.zmetadata` of a v2 group, `.zgroup` and `zarr.json` of a folder
 * that is a group only because nodes of that format lie in it. With consolidated metadata asked for also that of a
 * stored `.zmetadata` or a v3 group's `zarr.json`, as strict JSON. Undefined for every other key.
 */
export async function synthesisedDocument(
  store: ReadableStore,
  key: StoreKey,
  { isAsked, documents }: { isAsked: boolean; documents: PerStoreCache<string | undefined> },
): Promise<string | undefined> {
  if (!mayBeMade(key)) return undefined
  const slash = key.lastIndexOf('/')
  const path = key.slice(0, Math.max(slash, 0)) as NodePath
  const name = key.slice(slash + 1)
  const isStored = store.stat(key) !== undefined
  if (name === '.zmetadata' && (isAsked || !isStored)) {
    const nonFinite = isAsked ? 'string' : 'python'
    const make = () => consolidateV2(store, path, { nonFinite })
    return documents.load(store, `${nonFinite} ${key}`, { make, weigh: textBytes })
  }
  if (name === 'zarr.json' && isAsked) {
    const make = () => consolidateV3(store, path, { nonFinite: 'string' })
    return documents.load(store, key, { make, weigh: textBytes })
  }
  if (isStored || name === '.zmetadata') return undefined
  const formats = await implicitFormats(store, path)
  if (name === '.zgroup') return formats.has(2) ? IMPLICIT_V2 : undefined
  return formats.has(3) ? IMPLICIT_V3 : undefined
}
