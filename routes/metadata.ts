// One normalised metadata document for v2 and v3 nodes.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { JSON_TYPE } from '../src/http/media-types.js'
import { parseNodePath } from '../src/store/keys.js'
import { describeNode } from '../src/zarr/describe.js'
import { openNode } from '../src/zarr/hierarchy.js'
import { stringifyJson } from '../src/zarr/json.js'
import { answerDocument } from './conditional.js'
import { nodeLinks } from './links.js'
import { json, NODE_CODES, NOT_MODIFIED, PathQuery, problems, StoreParams } from './schemas.js'
import { withStore } from './store-access.js'

export const metadataRoutes: FastifyPluginAsyncTypebox = async app => {
  app.get('/v1/stores/:storeId/metadata', {
    schema: {
      operationId: 'getMetadata',
      description:
        'The same document for Zarr v2 and v3. Integers beyond 2^53 keep their exact digits; non-finite numbers are strings.',
      tags: ['nodes'],
      summary: 'Shape, chunks, data type, codecs and attributes of one node',
      params: StoreParams,
      querystring: PathQuery,
      response: {
        200: json('The node', 'Metadata'),
        304: NOT_MODIFIED,
        ...problems([...NODE_CODES, 'PRECONDITION_FAILED']),
      },
    },
    handler: (request, reply) =>
      withStore(app, request.params.storeId, async ({ store }) => {
        const node = await openNode(store, parseNodePath(request.query.path))
        const description = await describeNode(store, node)
        const links = nodeLinks(request.params.storeId, node)
        const text = stringifyJson({ ...description, links })
        return answerDocument({ app, request, reply }, { text, mediaType: JSON_TYPE })
      }),
  })
}
