// The nodes below a path, page by page.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { parseNodePath } from '../src/store/keys.js'
import { listNodes } from '../src/zarr/hierarchy.js'
import { nodeDocument } from './documents.js'
import { countOf, DEPTH, LIMIT, NodesQuery, StoreParams } from './schemas/requests.js'
import { json, NODE_CODES, problems } from './schemas/responses.js'
import { withStore } from './store-access.js'

export const nodesRoutes: FastifyPluginAsyncTypebox = async app => {
  app.get('/v1/stores/:storeId/nodes', {
    schema: {
      operationId: 'listNodes',
      description:
        'Nodes below `path` in path order, the node itself not included. A node whose metadata cannot be read is listed with the error.',
      tags: ['nodes'],
      summary: 'Groups and arrays below a node, in path order',
      params: StoreParams,
      querystring: NodesQuery,
      response: { 200: json('One page of nodes', 'NodeList'), ...problems(NODE_CODES) },
    },
    handler: ({ params, query }) =>
      withStore(app, params.storeId, async ({ store }) => {
        const page = await listNodes(store, {
          path: parseNodePath(query.path),
          depth: countOf(query.depth, 'depth', DEPTH),
          limit: countOf(query.limit, 'limit', LIMIT),
          ...(query.cursor !== undefined && { after: parseNodePath(query.cursor) }),
        })
        const nodes = page.nodes.map(nodeDocument)
        return { nodes, ...(page.next !== undefined && { nextCursor: `/${page.next}` }) }
      }),
  })
}
