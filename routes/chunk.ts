// One chunk of an array, decoded or as it is stored.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ZipzarrError } from '../src/errors.js'
import { FORMATS } from '../src/formats/index.js'
import { OCTET_STREAM } from '../src/http/media-types.js'
import { ServerTiming } from '../src/http/server-timing.js'
import type { MaybePromise } from '../src/memory/maybe-promise.js'
import { stopOf } from '../src/plugins/client.js'
import { arrayResponse, prepareArrayPart } from '../src/responses/array-response.js'
import type { OpenArrays } from '../src/responses/open-array.js'
import type { RequestContext } from '../src/responses/request-context.js'
import type { Response } from '../src/responses/response.js'
import { send } from '../src/responses/send.js'
import { withStore } from '../src/responses/store-access.js'
import { valueHead, valueResponse } from '../src/responses/value.js'
import { parseNodePath } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import type { ZarrArray } from '../src/zarr/reading/array.js'
import { ChunkQuery } from './schemas/array-requests.js'
import { CONDITIONAL, StoreParams } from './schemas/parameters.js'
import { ARRAY_CODES, arrayAnswer, NOT_MODIFIED, problems } from './schemas/responses.js'

export const chunkRoutes: FastifyPluginAsyncTypebox<{ arrays: OpenArrays }> = async (app, { arrays }) => {
  app.route({
    // HEAD is answered here too: its Content-Length must be that of the body which is not read.
    method: ['HEAD', 'GET'],
    url: '/v1/stores/:storeId/chunk',
    schema: {
      operationId: 'getChunk',
      description:
        'The chunk is cut to the array’s edge. A chunk of the grid that is not stored is made of fill values and marked `Zarr-Chunk-Stored: false`. Shards: the index is that of the inner chunk. Refused although it fits the schema: a `path` that is a group or nothing (422, 404), an `index` of other dimensions than the chunk grid or outside it (400), a format the data type has no form in (422).',
      tags: ['arrays'],
      summary: 'One chunk, cut to the array’s edge; `Zarr-Chunk-Stored: false` marks a chunk of fill values',
      params: StoreParams,
      querystring: ChunkQuery,
      documentedHeaders: CONDITIONAL,
      response: {
        200: arrayAnswer('The chunk', FORMATS),
        304: NOT_MODIFIED,
        ...problems([...ARRAY_CODES, 'INVALID_CHUNK_INDEX', 'KEY_NOT_FOUND']),
      },
    },
    handler: (request, reply) =>
      withStore(app, request.params.storeId, async ({ store }) => {
        const timing = new ServerTiming()
        const { path, index, encoded, ...output } = request.query
        const array = await arrays.open(store, parseNodePath(path))
        const coordinates = index === undefined || index === '' ? [] : index.split(',').map(Number)
        const context = { app, request, reply }
        if (encoded === 'true')
          return send(reply, await encodedResponse(context, array, { store, coordinates }))
        const { isStored } = await array.chunkState(coordinates)
        const selection = array.chunkSelection(coordinates)
        const head = ['zarr-chunk-stored', String(isStored)]
        const { config } = app.services
        const { accept } = request.headers
        const prepared = prepareArrayPart({ array, selection, output, accept, config, head })
        return send(reply, await arrayResponse(context, { array, prepared, timing }))
      }),
  })
}

/** A chunk that is not stored has no stored bytes, which is what a 404 asserts. */
function encodedResponse(
  { app, request, reply }: RequestContext,
  array: ZarrArray,
  { store, coordinates }: { store: ReadableStore; coordinates: readonly number[] },
): MaybePromise<Response> {
  const { key, stat } = array.encodedChunk(coordinates)
  if (stat === undefined) throw new ZipzarrError('KEY_NOT_FOUND', `the chunk ${key} is not stored`)
  const { cacheControl, maxResponseBytes } = app.services.config
  const head = ['zarr-chunk-stored', 'true']
  const value = valueHead(key, stat, { mediaType: OCTET_STREAM, cacheControl, hasForms: false, head })
  return valueResponse(value, request, {
    store,
    slabPool: array.resources.slabPool,
    maxInflatedBytes: maxResponseBytes,
    stop: stopOf(reply),
  })
}
