// The JSON documents of stores and nodes, from registry records and node metadata.
import type { FastifyInstance } from 'fastify'
import type { StoreRecord } from '../../registry/stores.js'
import type { NodePath } from '../../store/keys.js'
import type { ReadableStore } from '../../store/store.js'
import { type ListedNode, listNodes, openNode } from '../../zarr/hierarchy/hierarchy.js'
import { countStoredChunks } from '../../zarr/hierarchy/stored-chunks.js'
import type { ArrayMetadata, NodeMetadata } from '../../zarr/metadata/metadata.js'
import { PerStoreCache } from '../per-store-cache.js'
import { withStore } from '../store-access.js'

/** Beyond these nodes are not counted: counting reads every metadata document. */
const MAX_COUNTED_NODES = 2000
const MAX_COUNTED_BYTES = 16 * 1024 * 1024

/** Chunk keys are looked at in arrays that have no more keys than this in all; getMetadata looks at any array. */
const MAX_COUNTED_KEYS = 50_000

interface NodeCounts {
  readonly arrayCount: number
  readonly groupCount: number
  /** Absent when none was found. */
  readonly unreachableKeys?: number
}

/** One small object a store. */
const counts = new PerStoreCache<NodeCounts | undefined>(1024 * 1024)
const COUNTS_BYTES = 64

/** The document of getStore. A store that cannot be opened now is described without its counts. */
export async function storeDocument(app: FastifyInstance, record: StoreRecord): Promise<object> {
  const { id, state, revision, location, descriptor, contents, progress, error } = record
  const nodes = state === 'ready' ? await countNodes(app, id) : undefined
  return {
    id,
    state,
    zarrFormat: descriptor?.zarrFormat ?? null,
    revision,
    location,
    ...(descriptor !== undefined && {
      rootPrefix: descriptor.rootPrefix,
      fingerprint: descriptor.fingerprint,
      entryCount: descriptor.directory.entryCount,
    }),
    ...(contents !== undefined && contentsDocument(contents)),
    ...nodes,
    ...(progress !== undefined && { progress }),
    ...(error !== undefined && { error }),
  }
}

function contentsDocument({
  emptyReason,
  keyCount,
  skippedNames,
  topNames,
}: NonNullable<StoreRecord['contents']>): object {
  return {
    keyCount,
    skippedNames,
    ...(emptyReason !== null && { emptyReason, topNames }),
  }
}

async function countNodes(app: FastifyInstance, id: string): Promise<NodeCounts | undefined> {
  try {
    return await withStore(app, id, ({ store }) =>
      counts.load(store, '', { make: () => countIn(store), weigh: found => found && COUNTS_BYTES }),
    )
  } catch (error) {
    app.log.debug({ err: error, storeId: id }, 'nodes not counted')
    return undefined
  }
}

async function countIn(store: ReadableStore): Promise<NodeCounts | undefined> {
  const limits = { limit: MAX_COUNTED_NODES, maxDocumentBytes: MAX_COUNTED_BYTES }
  const page = await listNodes(store, limits, withoutAttributes)
  if (page.next !== undefined) return undefined
  // The root node is not among those below it.
  const root = await openNode(store, '' as NodePath)
  const nodes = [root, ...page.nodes.filter(node => node !== undefined)]
  const arrays = nodes.filter(node => node.nodeType === 'array')
  const unreachableKeys = await countUnreachable(store, arrays)
  return {
    arrayCount: arrays.length,
    groupCount: nodes.length - arrays.length,
    ...(unreachableKeys > 0 && { unreachableKeys }),
  }
}

async function countUnreachable(store: ReadableStore, arrays: readonly ArrayMetadata[]): Promise<number> {
  let keysLeft = MAX_COUNTED_KEYS
  let unreachableKeys = 0
  for (const array of arrays) {
    const { values } = store.totals(array.path)
    if (values > keysLeft) continue
    keysLeft -= values
    unreachableKeys += (await countStoredChunks(store, array)).unreachableKeys
  }
  return unreachableKeys
}

/** Attributes may be large, and are not counted. */
function withoutAttributes(node: ListedNode): NodeMetadata | undefined {
  return 'metadata' in node ? { ...node.metadata, attributes: {} } : undefined
}

/** One line of listNodes. */
export function nodeDocument(node: ListedNode): object {
  const path = `/${node.path}`
  if ('error' in node) return { path, error: { code: node.error.code, message: node.error.message } }
  const { metadata } = node
  if (metadata.nodeType === 'group') {
    const { nodeType, zarrFormat, isImplicit } = metadata
    return { path, nodeType, zarrFormat, ...(isImplicit && { isImplicit }) }
  }
  const { nodeType, zarrFormat, shape, dataType, chunkGrid, dimensionNames } = metadata
  return {
    path,
    nodeType,
    zarrFormat,
    shape,
    dataType: dataType.name,
    ...(chunkGrid.chunkShape !== undefined && { chunkShape: chunkGrid.chunkShape }),
    ...(dimensionNames !== undefined && { dimensionNames }),
  }
}
