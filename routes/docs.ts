// The OpenAPI document itself. The page that shows it is at /docs (src/plugins/openapi.ts).
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { JSON_TYPE } from '../src/http/media-types.js'

export const docsRoutes: FastifyPluginAsyncTypebox = async app => {
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('content-type', JSON_TYPE).header('cache-control', 'no-cache').send(app.swagger()),
  )
  app.get('/openapi.yaml', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .header('content-type', 'application/yaml')
      .header('cache-control', 'no-cache')
      .send(app.swagger({ yaml: true })),
  )
}
