// Consolidated metadata, made from the documents of a store that has none.
import type { NodePath } from '../store/keys.js'
import type { GetOptions, ReadableStore } from '../store/store.js'

export interface ConsolidateOptions extends GetOptions {
  maxNodes?: number
  maxBytes?: number
}
/** The text of `<path>/.zmetadata`; undefined when the node is no v2 group, or the document would be too large. */
export async function consolidateV2(
  _store: ReadableStore,
  _path: NodePath,
  _options: ConsolidateOptions = {},
): Promise<string | undefined> {
  throw new Error('stub')
}
/** The text of `<path>/zarr.json` with consolidated metadata in it; undefined when the node is no v3 group, or too large. */
export async function consolidateV3(
  _store: ReadableStore,
  _path: NodePath,
  _options: ConsolidateOptions = {},
): Promise<string | undefined> {
  throw new Error('stub')
}
