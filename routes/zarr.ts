// The raw Zarr store protocol: stored values byte for byte. 404 is said only of a canonical key that the fully
// indexed archive does not hold; whatever exists and cannot be read is a 5xx.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { JSON_TYPE, OCTET_STREAM } from '../src/http/media-types.js'
import { answerIndexPage } from '../src/pages/index-page.js'
import { answerDocument, type Exchange } from '../src/responses/conditional.js'
import { KeptAnswers } from '../src/responses/kept-answers.js'
import { KeptPerStore, textBytes } from '../src/responses/kept-per-store.js'
import type { OpenArrays } from '../src/responses/open-array.js'
import { withStore } from '../src/responses/store-access.js'
import { synthesisedDocument } from '../src/responses/synthesised.js'
import { answerValue, type ValueExchange } from '../src/responses/value-answer.js'
import { answerValueNow, type KeptValues } from '../src/responses/value-now.js'
import {
  pathOf,
  redirectTo,
  redirectToStore,
  singleSlashed,
  type ZarrRequest,
} from '../src/responses/zarr-url.js'
import { type NodePath, parseStoreKey, type StoreKey } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { RANGED, StoreParams, ZarrParams, ZarrQuery } from './schemas/requests.js'
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
  const { stores, config } = app.services
  const { slabPool } = arrays.resources
  const documents = new KeptPerStore<string | undefined>(arrays.resources.caches, textBytes)
  const kept: KeptValues = {
    heads: new KeptAnswers(arrays.resources.caches),
    bodies: new KeptAnswers(config.valueCacheBytes),
  }

  const answer = async (exchange: ZarrExchange, storeId: string, path: string): Promise<FastifyReply> =>
    withStore(app, storeId, async lease => {
      if (path === '' || path.endsWith('/')) return answerIndexPage(exchange, lease, path)
      const key = parseStoreKey(path)
      const made = await answerMade(exchange, lease.store, { key, documents })
      if (made !== undefined) return made
      if (isFolder(lease.store, key)) return redirectTo(exchange.request, exchange.reply, `${path}/`)
      return answerValue(exchange, lease.store, key)
    })

  const handler = (request: ZarrRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> => {
    const { storeId } = request.params
    const path = pathOf(request)
    const canonical = singleSlashed(request, path)
    if (canonical !== undefined) return redirectTo(request, reply, canonical)
    const exchange = { app, request, reply, kept, slabPool }
    // The hot path: a value of an open store that is in memory, or small and warm, is answered within this turn.
    const lease = path.endsWith('/') ? undefined : stores.leaseNow(storeId)
    if (lease !== undefined) {
      try {
        if (answerValueNow(exchange, lease.store, path)) return reply
      } finally {
        lease.release()
      }
    }
    return answer(exchange, storeId, path)
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

interface ZarrExchange extends ValueExchange {
  readonly request: ZarrRequest
}

/** A key wins over a folder of the same name. */
function isFolder(store: ReadableStore, key: StoreKey): boolean {
  return store.stat(key) === undefined && store.metadataAt(key as string as NodePath) !== undefined
}

/** A document the store does not hold but which can be made from it; undefined: take the stored value. */
async function answerMade(
  exchange: Exchange,
  store: ReadableStore,
  { key, documents }: { key: StoreKey; documents: KeptPerStore<string | undefined> },
): Promise<FastifyReply | undefined> {
  const { consolidated } = exchange.request.query as { consolidated?: string }
  const text = await synthesisedDocument(store, key, {
    isAsked: consolidated === 'true',
    documents,
  })
  if (text === undefined) return undefined
  exchange.reply.header('zarr-key-stored', 'false')
  return answerDocument(exchange, { text, mediaType: JSON_TYPE })
}
