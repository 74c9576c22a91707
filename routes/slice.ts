// Any region of an array.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { ErrorCode } from '../src/errors.js'
import { FORMATS } from '../src/formats/index.js'
import { ServerTiming } from '../src/http/server-timing.js'
import {
  arrayResponse,
  type OutputOptions,
  type PreparedPart,
  prepareArrayPart,
} from '../src/responses/array-response.js'
import type { OpenArrays } from '../src/responses/open-array.js'
import { PerStoreCache } from '../src/responses/per-store-cache.js'
import type { RequestContext } from '../src/responses/request-context.js'
import { send } from '../src/responses/send.js'
import { withStore } from '../src/responses/store-access.js'
import { parseNodePath } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { parseSelection, parseSelectionJson, type SelectionPart } from '../src/zarr/indexing/selection.js'
import type { ZarrArray } from '../src/zarr/reading/array.js'
import { SliceBody, SliceQuery } from './schemas/array-requests.js'
import { CONDITIONAL, StoreParams } from './schemas/parameters.js'
import { ARRAY_CODES, arrayAnswer, NOT_MODIFIED, problems } from './schemas/responses.js'

/** Index lists are long; beyond this a client should ask in parts. */
const BODY_LIMIT_BYTES = 1024 * 1024

const CODES: readonly ErrorCode[] = [...ARRAY_CODES, 'INVALID_SELECTION', 'SHAPE_MISMATCH']
const ANSWER = arrayAnswer('The selected region', FORMATS)

interface SliceRequest {
  readonly storeId: string
  readonly path: string | undefined
  readonly parts: readonly SelectionPart[]
  readonly output: OutputOptions
}

/** What is kept of a slice that was asked for lately, about. */
const PREPARED_BYTES = 2048
const PIECE_BYTES = 1024
/** A longer URL is hardly asked for twice. */
const MAX_KEPT_NAME = 1024

interface KeptSlice {
  readonly array: ZarrArray
  readonly prepared: PreparedPart
}

export const sliceRoutes: FastifyPluginAsyncTypebox<{ arrays: OpenArrays }> = async (app, { arrays }) => {
  const { config } = app.services
  const kept = new PerStoreCache<KeptSlice>(arrays.resources.caches)

  const answer = (context: RequestContext, slice: SliceRequest) =>
    withStore(app, slice.storeId, async ({ store }) => {
      const timing = new ServerTiming()
      const { array, prepared } = knownSlice(store, context) ?? (await prepare(store, context, slice))
      return send(context.reply, await arrayResponse(context, { array, prepared, timing }))
    })

  /** What was asked for lately is not looked up again, so whether the archive changed is asked here. */
  const knownSlice = (store: ReadableStore, { request }: RequestContext) => {
    const known = kept.get(store, nameOf(request))
    if (request.method === 'POST' || known === undefined) return undefined
    store.requireUnchanged?.()
    return known
  }

  const prepare = async (
    store: ReadableStore,
    { request }: RequestContext,
    { path, parts, output }: SliceRequest,
  ) => {
    const array = await arrays.open(store, parseNodePath(path))
    const { accept } = request.headers
    const prepared = prepareArrayPart({ array, selection: array.resolve(parts), output, accept, config })
    const name = nameOf(request)
    if (request.method !== 'POST' && name.length <= MAX_KEPT_NAME) {
      const byteLength = PREPARED_BYTES + 8 * name.length + PIECE_BYTES * (prepared.small?.chunkCount ?? 0)
      kept.set(store, name, { array, prepared }, byteLength)
    }
    return { array, prepared }
  }

  app.route({
    // HEAD is answered here too: its Content-Length must be that of the body which is not read.
    method: ['HEAD', 'GET'],
    url: '/v1/stores/:storeId/slice',
    schema: {
      operationId: 'getSlice',
      description:
        'The answer’s size is known before anything is read: beyond the limit it is a 413 with `limit`, `actual` and a `hint` naming a slice that fits. Large answers are streamed; a failure after the first byte cuts the connection, so a short body never looks whole. Refused although it fits the schema: a `path` that is a group or nothing (422, 404), a `slice` that does not fit the shape (400), a format the data type has no form in (422), a shape other than expected (409).',
      tags: ['arrays'],
      summary: 'A region of an array',
      params: StoreParams,
      querystring: SliceQuery,
      documentedHeaders: CONDITIONAL,
      response: { 200: ANSWER, 304: NOT_MODIFIED, ...problems(CODES) },
    },
    handler: (request, reply) => {
      const { storeId } = request.params
      const { path, slice, expectedShape, ...rest } = request.query
      const output = { ...rest, expectedShape: shapeOf(expectedShape) }
      return answer({ app, request, reply }, { storeId, path, parts: parseSelection(slice), output })
    },
  })

  app.post('/v1/stores/:storeId/slice', {
    bodyLimit: BODY_LIMIT_BYTES,
    schema: {
      operationId: 'postSlice',
      description: 'As `getSlice`, with the parameters in a JSON body, and refused for the same reasons.',
      tags: ['arrays'],
      summary: 'A region of an array, for selections too long for a URL',
      params: StoreParams,
      body: SliceBody,
      response: { 200: ANSWER, ...problems([...CODES, 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']) },
    },
    handler: (request, reply) => {
      const { path, slice, ...output } = request.body
      const { storeId } = request.params
      return answer({ app, request, reply }, { storeId, path, parts: parseSelectionJson(slice), output })
    },
  })
}

/** What the answer depends on, beside the store. */
function nameOf({ url, headers: { accept } }: FastifyRequest): string {
  return accept === undefined ? url : `${url}\n${accept}`
}

/** `''` is the shape of a 0-d result; the schema has checked the digits. */
function shapeOf(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined
  return text === '' ? [] : text.split(',').map(Number)
}
