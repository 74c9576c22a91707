// One normalised metadata document for v2 and v3 nodes.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { documentResponse } from '../src/responses/documents/document-response.js'
import { nodeLinks } from '../src/responses/documents/links.js'
import type { OpenArrays } from '../src/responses/open-array.js'
import { PerStoreCache, textBytes } from '../src/responses/per-store-cache.js'
import { send } from '../src/responses/send.js'
import { withStore } from '../src/responses/store-access.js'
import { type NodePath, parseNodePath } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { describeNode } from '../src/zarr/hierarchy/describe.js'
import { openNode } from '../src/zarr/hierarchy/hierarchy.js'
import { documentCost } from '../src/zarr/hierarchy/node-documents.js'
import { stringifyJsonInTurns } from '../src/zarr/json/json.js'
import { CONDITIONAL, StoreParams } from './schemas/parameters.js'
import { PathQuery } from './schemas/requests.js'
import { NODE_CODES, NOT_MODIFIED, problems, taggedJson } from './schemas/responses.js'

export const metadataRoutes: FastifyPluginAsyncTypebox<{ arrays: OpenArrays }> = async (app, { arrays }) => {
  const { caches, budget } = arrays.resources
  // Counting the stored chunks of a large array is worth keeping.
  const documents = new PerStoreCache<string>(caches)
  app.get('/v1/stores/:storeId/metadata', {
    schema: {
      operationId: 'getMetadata',
      description:
        'The same document for Zarr v2 and v3. Integers beyond 2^53 keep their exact digits; non-finite numbers are strings.',
      tags: ['nodes'],
      summary: 'Shape, chunks, data type, codecs and attributes of one node',
      params: StoreParams,
      querystring: PathQuery,
      documentedHeaders: CONDITIONAL,
      response: {
        200: taggedJson('The node', 'Metadata'),
        304: NOT_MODIFIED,
        ...problems([...NODE_CODES, 'PRECONDITION_FAILED']),
      },
    },
    handler: (request, reply) =>
      withStore(app, request.params.storeId, async ({ store }) => {
        const path = parseNodePath(request.query.path)
        const make = () => budget.run(documentCost(store, path), () => describe(store, path))
        const text = await documents.load(store, path, { make, weigh: textBytes })
        return send(reply, documentResponse(request, text, app.services.config))
      }),
  })
}

async function describe(store: ReadableStore, path: NodePath): Promise<string> {
  const node = await openNode(store, path)
  const description = await describeNode(store, node)
  return stringifyJsonInTurns({ ...description, links: nodeLinks(store.id, node) })
}
