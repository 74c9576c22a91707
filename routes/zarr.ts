// The raw Zarr store protocol: stored values byte for byte. 404 is said only of a canonical key that the fully
// indexed archive does not hold; whatever exists and cannot be read is a 5xx.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { JSON_TYPE, OCTET_STREAM } from '../src/http/media-types.js'
import { type MaybePromise, then } from '../src/memory/maybe-promise.js'
import { answerIndexPage } from '../src/pages/index-page.js'
import type { OpenArrays } from '../src/responses/open-array.js'
import { send } from '../src/responses/send.js'
import { withStore } from '../src/responses/store-access.js'
import { StoreKeys } from '../src/responses/store-key.js'
import {
  pathOf,
  redirectTo,
  redirectToStore,
  singleSlashed,
  type ZarrRequest,
} from '../src/responses/zarr-url.js'
import { RANGED, StoreParams } from './schemas/parameters.js'
import { ZarrParams, ZarrQuery } from './schemas/requests.js'
import { binary, NOT_MODIFIED, problems, storedValue, VALUE_CODES } from './schemas/responses.js'

const MOVED = {
  type: 'null',
  description:
    'A folder asked for without its slash, or slashes doubled further on than after the store’s id: the same with the right slashes',
  headers: { Location: { type: 'string', description: 'Relative, so that it holds behind a proxy' } },
}

const RESPONSES = {
  200: storedValue('The value; JSON for metadata documents; for a path ending in `/` an HTML index'),
  206: binary('The asked range of the value', [OCTET_STREAM, JSON_TYPE]),
  304: NOT_MODIFIED,
  308: MOVED,
  ...problems([
    ...VALUE_CODES,
    'INVALID_KEY',
    'KEY_NOT_FOUND',
    'PRECONDITION_FAILED',
    'RANGE_NOT_SATISFIABLE',
    'RESPONSE_TOO_LARGE',
    'METADATA_INVALID',
  ]),
}

export const zarrRoutes: FastifyPluginAsyncTypebox<{ arrays: OpenArrays }> = async (app, { arrays }) => {
  const { caches, slabPool } = arrays.resources
  const keys = new StoreKeys({ config: app.services.config, caches, slabPool })

  const handler = (request: ZarrRequest, reply: FastifyReply): MaybePromise<FastifyReply> => {
    const path = pathOf(request)
    const canonical = singleSlashed(request, path)
    if (canonical !== undefined) return redirectTo(request, reply, canonical)
    const context = { app, request, reply }
    return withStore(app, request.params.storeId, lease => {
      if (path === '' || path.endsWith('/')) return answerIndexPage(context, lease, path)
      return then(keys.respond(context, lease.store, path), response =>
        response === undefined ? redirectTo(request, reply, `${path}/`) : send(reply, response),
      )
    })
  }

  const describe = (operationId: string, summary: string) => ({
    operationId,
    description:
      'Stored values, byte for byte, for zarr-python, xarray, zarrita, TensorStore and Neuroglancer. One byte range is honoured; several, malformed or foreign ones are ignored. `HEAD` answers size and tag from the index alone. What the store lacks and clients look for is made from the index, and marked `Zarr-Key-Stored: false`: `.zmetadata`, and the `.zgroup` or `zarr.json` of a folder that is a group because nodes lie in it (an archive without a group at its root).',
    tags: ['zarr'],
    summary,
    params: ZarrParams,
    querystring: ZarrQuery,
    documentedHeaders: RANGED,
    response: RESPONSES,
  })
  const url = '/zarr/:storeId/*'
  // HEAD first: Fastify makes one of its own for a GET that has none.
  app.route({ method: 'HEAD', url, schema: describe('headValue', 'Size and tag of a stored value'), handler })
  app.route({ method: 'GET', url, schema: describe('getValue', 'A stored value, whole or a range'), handler })
  app.get('/zarr/:storeId', {
    schema: { hide: true, params: StoreParams },
    handler: async (request, reply) => redirectTo(request, reply, ''),
  })
  app.get('/zarr//*', {
    schema: { hide: true },
    handler: async (request, reply) => redirectToStore(request, reply),
  })
}
