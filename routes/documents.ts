// The JSON documents of stores and nodes, from registry records and node metadata.
import type { FastifyInstance } from 'fastify'
import type { StoreRecord } from '../src/registry/stores.js'
import type { NodePath } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { type ListedNode, listNodes, openNode } from '../src/zarr/hierarchy.js'
import { KeptPerStore } from './kept-per-store.js'
import { withStore } from './store-access.js'

/** Beyond this many nodes they are not counted: counting reads every metadata document. */
const MAX_COUNTED_NODES = 2000

interface NodeCounts {
  readonly arrayCount: number
  readonly groupCount: number
}

const counts = new KeptPerStore<NodeCounts | undefined>(1)

/** The document of getStore. A store that cannot be opened now is described without its counts. */
export async function storeDocument(app: FastifyInstance, record: StoreRecord): Promise<object> {
  const { id, state, revision, location, descriptor, progress, error } = record
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
    ...nodes,
    ...(progress !== undefined && { progress }),
    ...(error !== undefined && { error }),
  }
}

async function countNodes(app: FastifyInstance, id: string): Promise<NodeCounts | undefined> {
  try {
    return await withStore(app, id, ({ store }) => counts.get(store, '', () => countIn(store)))
  } catch (error) {
    app.log.debug({ err: error, storeId: id }, 'nodes not counted')
    return undefined
  }
}

async function countIn(store: ReadableStore): Promise<NodeCounts | undefined> {
  const page = await listNodes(store, { limit: MAX_COUNTED_NODES })
  if (page.next !== undefined) return undefined
  const below = page.nodes.map(node => ('metadata' in node ? node.metadata.nodeType : undefined))
  // The root node is not among those below it.
  const root = await openNode(store, '' as NodePath)
  const types = [root.nodeType, ...below]
  const countOf = (type: string): number => types.filter(found => found === type).length
  return { arrayCount: countOf('array'), groupCount: countOf('group') }
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
