// One normalised metadata document for v2 and v3 nodes.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { JSON_TYPE } from '../src/http/media-types.js'
import { type NodePath, parseNodePath } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { describeNode } from '../src/zarr/describe.js'
import { openNode } from '../src/zarr/hierarchy.js'
import { stringifyJson } from '../src/zarr/json.js'
import { answerDocument } from './conditional.js'
import { KeptPerStore } from './kept-per-store.js'
import { nodeLinks } from './links.js'
import { PathQuery, StoreParams } from './schemas/requests.js'
import { json, NODE_CODES, NOT_MODIFIED, problems } from './schemas/responses.js'
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
        const path = parseNodePath(request.query.path)
        const text = await documents.get(store, path, () => describe(store, path))
        return answerDocument({ app, request, reply }, { text, mediaType: JSON_TYPE })
      }),
  })
}

/** Counting the stored chunks of a large array is worth keeping. */
const MAX_KEPT_PER_STORE = 256
const documents = new KeptPerStore<string>(MAX_KEPT_PER_STORE)

async function describe(store: ReadableStore, path: NodePath): Promise<string> {
  const node = await openNode(store, path)
  const description = await describeNode(store, node)
  return stringifyJson({ ...description, links: nodeLinks(store.id, node) })
}
