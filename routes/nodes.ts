// The nodes below a path, page by page.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { stopOf } from '../src/plugins/client.js'
import { nodeDocument } from '../src/responses/documents/store-document.js'
import { withStore } from '../src/responses/store-access.js'
import { parseNodePath } from '../src/store/keys.js'
import { listNodes } from '../src/zarr/hierarchy/hierarchy.js'
import { countOf, DEPTH, LIMIT, StoreParams } from './schemas/parameters.js'
import { NodesQuery } from './schemas/requests.js'
import { json, NODE_CODES, problems } from './schemas/responses.js'

/** Metadata documents that are read for one page; the page ends early then. */
const MAX_PAGE_DOCUMENT_BYTES = 16 * 1024 * 1024

export const nodesRoutes: FastifyPluginAsyncTypebox = async app => {
  app.get('/v1/stores/:storeId/nodes', {
    schema: {
      operationId: 'listNodes',
      description:
        'Nodes below `path` in path order, the node itself not included. A node whose metadata cannot be read is listed with the error. A page of large documents ends before `limit`: `nextCursor` alone says whether there are more.',
      tags: ['nodes'],
      summary: 'Groups and arrays below a node, in path order',
      params: StoreParams,
      querystring: NodesQuery,
      response: { 200: json('One page of nodes', 'NodeList'), ...problems(NODE_CODES) },
    },
    handler: ({ params, query }, reply) =>
      withStore(app, params.storeId, async ({ store }) => {
        const options = {
          path: parseNodePath(query.path),
          depth: countOf(query.depth, 'depth', DEPTH),
          limit: countOf(query.limit, 'limit', LIMIT),
          maxDocumentBytes: MAX_PAGE_DOCUMENT_BYTES,
          signal: stopOf(reply).signal,
          ...(query.cursor !== undefined && { after: parseNodePath(query.cursor) }),
        }
        const page = await listNodes(store, options, nodeDocument)
        return { nodes: page.nodes, ...(page.next !== undefined && { nextCursor: `/${page.next}` }) }
      }),
  })
}
