// The stores themselves: list, describe, register, remove.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ZipzarrError } from '../src/errors.js'
import { requireAdmin } from '../src/plugins/access.js'
import type { StoreMutations, StoreRecord } from '../src/registry/stores.js'
import { storeDocument } from '../src/responses/documents/store-document.js'
import { countOf, LIMIT, StoreParams } from './schemas/parameters.js'
import { KeyQuery, RegisterBody, StoresQuery } from './schemas/requests.js'
import { json, problems } from './schemas/responses.js'

const ADMIN = [{ bearer: [] }]

export const storesRoutes: FastifyPluginAsyncTypebox = async app => {
  const { stores, mutations } = app.services
  const asAdmin = requireAdmin(app)

  app.get('/v1/stores', {
    schema: {
      operationId: 'listStores',
      description:
        'One page of the stores, in id order. A store that is being indexed or could not be indexed is listed with its state.',
      tags: ['stores'],
      summary: 'Stores in id order',
      querystring: StoresQuery,
      response: { 200: json('One page of stores', 'StoreList'), ...problems([]) },
    },
    handler: async ({ query }) => {
      const limit = countOf(query.limit, 'limit', LIMIT)
      const { cursor } = query
      const after = stores.list().filter(record => cursor === undefined || record.id > cursor)
      const page = after.slice(0, limit)
      const next = after.length > limit ? page.at(-1)?.id : undefined
      return { stores: page.map(summaryOf), ...(next !== undefined && { nextCursor: next }) }
    },
  })

  app.post('/v1/stores', {
    onRequest: asAdmin,
    schema: {
      operationId: 'registerStore',
      description:
        'Needs an admin key. The location must lie below a configured data root; an archive that cannot be used is refused with the reason, and so is a root or a file that is not there (422): only the service’s disk knows which are. An `id` of other characters than described is a 400. `location.path` names a file, not a node: it is no `path` of the other operations.',
      tags: ['stores'],
      summary: 'Register an archive below a data root; every worker serves it once this has answered',
      security: ADMIN,
      body: RegisterBody,
      response: {
        201: json('Registered', 'Store'),
        ...problems([
          'ADMIN_DISABLED',
          'FORBIDDEN',
          'STORE_EXISTS',
          'BODY_TOO_LARGE',
          'UNSUPPORTED_MEDIA_TYPE',
          'ARCHIVE_REFUSED',
          'STORE_UNAVAILABLE',
          'STATE_UNAVAILABLE',
        ]),
      },
    },
    handler: async ({ body }, reply) => {
      const record = await (mutations as StoreMutations).register(body)
      reply.code(201).header('location', `/v1/stores/${encodeURIComponent(record.id)}`)
      return storeDocument(app, record)
    },
  })

  app.get('/v1/stores/:storeId', {
    schema: {
      operationId: 'getStore',
      description:
        'Answers for stores that are still being indexed (`progress`) and for failed ones (`error`) too. Nodes are counted only in stores of moderate size.',
      tags: ['stores'],
      summary: 'What is known of one store, ready or not',
      params: StoreParams,
      querystring: KeyQuery,
      response: { 200: json('The store', 'Store'), ...problems(['STORE_NOT_FOUND']) },
    },
    handler: async ({ params }) => {
      const record = stores.get(params.storeId)
      if (record === undefined) throw new ZipzarrError('STORE_NOT_FOUND', 'no store has this id')
      return storeDocument(app, record)
    },
  })

  app.delete('/v1/stores/:storeId', {
    onRequest: asAdmin,
    schema: {
      operationId: 'removeStore',
      description:
        'Needs an admin key. The archive itself is left alone; it is served again when it changes or the service restarts.',
      tags: ['stores'],
      summary: 'Stop serving a store; gone on every worker once this has answered',
      security: ADMIN,
      params: StoreParams,
      response: {
        204: Type.Unsafe<undefined>({ type: 'null', description: 'Removed' }),
        ...problems([
          'ADMIN_DISABLED',
          'FORBIDDEN',
          'STORE_NOT_FOUND',
          'STORE_UNAVAILABLE',
          'STATE_UNAVAILABLE',
        ]),
      },
    },
    handler: async ({ params }, reply) => {
      await (mutations as StoreMutations).remove(params.storeId)
      return reply.code(204).send(undefined)
    },
  })
}

function summaryOf(record: StoreRecord) {
  const { id, state, revision, location } = record
  const emptyReason = record.contents?.emptyReason ?? undefined
  return {
    id,
    state,
    zarrFormat: record.descriptor?.zarrFormat ?? null,
    revision,
    location,
    ...(emptyReason !== undefined && { emptyReason }),
  }
}
