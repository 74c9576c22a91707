// The nodes below a node, in path order, page by page. The cost grows with the page, not with the archive:
// nothing is read of nodes that are not listed, and arrays are never descended into.
import { isZipzarrError, type ZipzarrError } from '../../errors.js'
import { LoopYield } from '../../memory/loop-yield.js'
import { joinKey, joinPath, type NodePath } from '../../store/keys.js'
import type { DirectoryEntry, GetOptions, ReadableStore } from '../../store/store.js'
import type { NodeMetadata } from '../metadata/metadata.js'
import { openNode, readNode } from './open-node.js'

export { openNode } from './open-node.js'

export interface ListNodesOptions extends GetOptions {
  /** Node whose descendants are listed; the root when absent. */
  path?: NodePath
  /** Levels below `path`; 1 = children only; absent = all. */
  depth?: number
  /** Nodes of a page; absent = all. */
  limit?: number
  /** Metadata documents read for a page: it ends with the node that goes beyond. */
  maxDocumentBytes?: number
  /** The last node path of the page before. */
  after?: NodePath
}

/** One listed node. A node whose metadata can not be read is listed with the error instead. */
export type ListedNode =
  | { readonly path: NodePath; readonly metadata: NodeMetadata }
  | { readonly path: NodePath; readonly error: ZipzarrError }

export interface NodePage<T = ListedNode> {
  readonly nodes: readonly T[]
  /** `after` of the next page; undefined when this is the last. */
  readonly next?: NodePath
}

/** Errors that say something of one node; all others end the listing. */
const NODE_ERRORS = new Set([
  'METADATA_INVALID',
  'METADATA_UNSUPPORTED',
  'DATA_TYPE_UNSUPPORTED',
  'CODEC_UNSUPPORTED',
  'ENTRY_INVALID',
  'ENTRY_UNSUPPORTED',
  'CHECKSUM_MISMATCH',
])

/**
 * A page of the nodes below `path`: a parent before its children, siblings in the store's order of names. An
 * array has none. `keep` says what of each node the page holds: documents may be large, and those of a whole page
 * are not to be in memory at once.
 * @throws ZipzarrError NODE_NOT_FOUND, and what makes the store unreadable as a whole.
 */
export async function listNodes<T = ListedNode>(
  store: ReadableStore,
  options: ListNodesOptions = {},
  keep = (node: ListedNode): T => node as T,
): Promise<NodePage<T>> {
  const { path = '' as NodePath, limit = Number.POSITIVE_INFINITY } = options
  const nodes: T[] = []
  const top = await openNode(store, path, options)
  if (top.nodeType === 'array') return { nodes }
  let last = path
  let bytesLeft = options.maxDocumentBytes ?? Number.POSITIVE_INFINITY
  for await (const next of walk(store, { ...options, path })) {
    if (nodes.length >= limit || bytesLeft < 0) return { nodes, next: last }
    nodes.push(keep(await next.read()))
    last = next.path
    bytesLeft -= next.documentBytes
  }
  return { nodes }
}

/** A node that was found and is read when it is asked for: the page's end is known without reading on. */
interface FoundNode {
  readonly path: NodePath
  readonly documentBytes: number
  readonly read: () => Promise<ListedNode>
}

/** One folder on the way down: its child folders, and how far they have been walked. */
interface Level {
  readonly path: NodePath
  /** Levels still to be listed below it, its children included. */
  readonly depth: number
  readonly children: readonly DirectoryEntry[]
  /** The last node of the page before, if it lies below. */
  readonly after: NodePath | undefined
  place: number
}

/**
 * All nodes below a group that come after `after`, in the order of `listNodes`. A list of levels and no recursion:
 * hundreds of nested generators would pass every node up through all of them.
 */
async function* walk(store: ReadableStore, options: ListNodesOptions): AsyncGenerator<FoundNode> {
  const { path = '' as NodePath, depth = Number.POSITIVE_INFINITY, after } = options
  const loop = new LoopYield()
  const levels = [await levelAt(store, { path, depth, after })]
  while (levels.length > 0) {
    if (loop.isDue) await loop.yield()
    options.signal?.throwIfAborted()
    const level = levels[levels.length - 1]
    const entry = level.children[level.place++]
    if (entry === undefined || level.depth < 1) {
      levels.pop()
      continue
    }
    const child = foundNode(store, { path: joinPath(level.path, entry.name), entry }, options)
    const wasListed = level.after !== undefined && segmentBelow(level.path, level.after) === entry.name
    if (!wasListed) yield child
    const node = await child.read()
    if (!('metadata' in node) || node.metadata.nodeType === 'array' || level.depth < 2) continue
    const below = { path: child.path, depth: level.depth - 1, after: wasListed ? level.after : undefined }
    levels.push(await levelAt(store, below))
  }
}

async function levelAt(store: ReadableStore, level: Pick<Level, 'path' | 'depth' | 'after'>): Promise<Level> {
  const children = await store.listDirectories(level.path)
  const resumeAt = level.after === undefined ? undefined : segmentBelow(level.path, level.after)
  const first = resumeAt === undefined ? 0 : children.findIndex(({ name }) => !isBefore(name, resumeAt))
  return { ...level, children, place: first < 0 ? children.length : first }
}

function foundNode(
  store: ReadableStore,
  child: { path: NodePath; entry: DirectoryEntry },
  options: GetOptions,
): FoundNode {
  let node: Promise<ListedNode> | undefined
  const read = (): Promise<ListedNode> => {
    node ??= readListed(store, child, options)
    return node
  }
  return { path: child.path, documentBytes: documentBytes(store, child), read }
}

function documentBytes(
  store: ReadableStore,
  { path, entry }: { path: NodePath; entry: DirectoryEntry },
): number {
  let byteLength = 0
  try {
    for (const name of entry.metadata) byteLength += store.stat(joinKey(path, name))?.byteLength ?? 0
  } catch (error) {
    // Of an unreadable document: reading it says the same, for the listing.
    if (!isZipzarrError(error) || !NODE_ERRORS.has(error.code)) throw error
  }
  return byteLength
}

async function readListed(
  store: ReadableStore,
  child: { path: NodePath; entry: DirectoryEntry },
  options: GetOptions,
): Promise<ListedNode> {
  const { path, entry } = child
  try {
    return { path, metadata: await readNode({ store, path }, entry.metadata, options) }
  } catch (error) {
    if (isZipzarrError(error) && NODE_ERRORS.has(error.code)) return { path, error }
    throw error
  }
}

/** The name at which `after` lies below `path`: `b` for `a/b/c` below `a`; undefined when it does not. */
function segmentBelow(path: NodePath, after: NodePath): string | undefined {
  const prefix = path === '' ? '' : `${path}/`
  if (!after.startsWith(prefix)) return undefined
  return after.slice(prefix.length).split('/')[0]
}

/** Byte order of the names in UTF-8, which is the order of their code points and not of UTF-16 units. */
function isBefore(name: string, other: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(other)) < 0
}
