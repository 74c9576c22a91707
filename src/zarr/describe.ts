// The normalised description of a node, the same for v2 and v3 (the answer of getMetadata without its links).
import type { GetOptions, ReadableStore } from '../store/store.js'
import type { JsonObject } from './json.js'
import type { NodeMetadata } from './metadata.js'

/** Plain JSON, to be written with stringifyJson (it may hold bigint and non-finite numbers). */
export async function describeNode(
  _store: ReadableStore,
  _node: NodeMetadata,
  _options?: GetOptions,
): Promise<JsonObject> {
  throw new Error('stub')
}
