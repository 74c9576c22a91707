// Nodes of a store: opening one, listing those below one.

import type { ZipzarrError } from '../errors.js'
import type { NodePath } from '../store/keys.js'
import type { GetOptions, ReadableStore } from '../store/store.js'
import type { NodeMetadata } from './metadata.js'

/** @throws ZipzarrError NODE_NOT_FOUND, METADATA_INVALID, METADATA_UNSUPPORTED, DATA_TYPE_UNSUPPORTED */
export async function openNode(
  _store: ReadableStore,
  _path: NodePath,
  _options?: GetOptions,
): Promise<NodeMetadata> {
  throw new Error('stub')
}

export interface ListNodesOptions extends GetOptions {
  /** Node whose descendants are listed; the root when absent. */
  path?: NodePath
  /** Levels below `path`; 1 = children only; absent = all. */
  depth?: number
  limit?: number
  /** The last node path of the page before. */
  after?: NodePath
}
/** One listed node. A node whose metadata can not be read is listed with the error instead. */
export type ListedNode =
  | { readonly path: NodePath; readonly metadata: NodeMetadata }
  | { readonly path: NodePath; readonly error: ZipzarrError }
export interface NodePage {
  readonly nodes: readonly ListedNode[]
  /** `after` of the next page; undefined when this is the last. */
  readonly next?: NodePath
}
export async function listNodes(_store: ReadableStore, _options: ListNodesOptions = {}): Promise<NodePage> {
  throw new Error('stub')
}
