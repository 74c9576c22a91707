// Any region of an array.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ErrorCode } from '../src/errors.js'
import { FORMATS } from '../src/formats/index.js'
import { ServerTiming } from '../src/http/server-timing.js'
import { parseNodePath } from '../src/store/keys.js'
import { parseSelection, parseSelectionJson, type SelectionPart } from '../src/zarr/selection.js'
import { answerArrayPart, type OutputWish } from './array-answer.js'
import type { Exchange } from './conditional.js'
import type { OpenArrays } from './open-array.js'
import { SliceBody, SliceQuery, StoreParams } from './schemas/requests.js'
import { ARRAY_CODES, arrayAnswer, NOT_MODIFIED, problems } from './schemas/responses.js'
import { withStore } from './store-access.js'

/** Index lists are long; beyond this a client should ask in parts. */
const BODY_LIMIT_BYTES = 1024 * 1024

const CODES: readonly ErrorCode[] = [...ARRAY_CODES, 'INVALID_SELECTION', 'SHAPE_MISMATCH']
const ANSWER = arrayAnswer('The selected region', FORMATS)

interface SliceRequest {
  readonly storeId: string
  readonly path: string | undefined
  readonly parts: readonly SelectionPart[]
  readonly wish: OutputWish
}

export const sliceRoutes: FastifyPluginAsyncTypebox<{ arrays: OpenArrays }> = async (app, { arrays }) => {
  const answer = (exchange: Exchange, { storeId, path, parts, wish }: SliceRequest) =>
    withStore(app, storeId, async ({ store }) => {
      const timing = new ServerTiming()
      const array = await arrays.open(store, parseNodePath(path))
      const { slabPool } = arrays.resources
      return answerArrayPart(exchange, { array, selection: array.resolve(parts), wish, slabPool, timing })
    })

  app.route({
    // HEAD is answered here too: its Content-Length must be that of the body which is not read.
    method: ['HEAD', 'GET'],
    url: '/v1/stores/:storeId/slice',
    schema: {
      operationId: 'getSlice',
      description:
        'The answer’s size is known before anything is read: beyond the limit it is a 413 with `limit`, `actual` and a `hint` naming a slice that fits. Large answers are streamed; a failure after the first byte cuts the connection, so a short body never looks whole.',
      tags: ['arrays'],
      summary: 'A region of an array',
      params: StoreParams,
      querystring: SliceQuery,
      response: { 200: ANSWER, 304: NOT_MODIFIED, ...problems(CODES) },
    },
    handler: (request, reply) => {
      const { path, slice, expectedShape, ...output } = request.query
      const wish = { ...output, expectedShape: shapeOf(expectedShape) }
      const { storeId } = request.params
      return answer({ app, request, reply }, { storeId, path, parts: parseSelection(slice), wish })
    },
  })

  app.post('/v1/stores/:storeId/slice', {
    bodyLimit: BODY_LIMIT_BYTES,
    schema: {
      operationId: 'postSlice',
      description: 'As `getSlice`, with the parameters in a JSON body.',
      tags: ['arrays'],
      summary: 'A region of an array, for selections too long for a URL',
      params: StoreParams,
      body: SliceBody,
      response: { 200: ANSWER, ...problems([...CODES, 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']) },
    },
    handler: (request, reply) => {
      const { path, slice, ...wish } = request.body
      const { storeId } = request.params
      return answer({ app, request, reply }, { storeId, path, parts: parseSelectionJson(slice), wish })
    },
  })
}

/** `''` is the shape of a 0-d result; the schema has checked the digits. */
function shapeOf(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined
  return text === '' ? [] : text.split(',').map(Number)
}
