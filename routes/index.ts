// The list of routes, one plugin per resource.
import type { FastifyInstance } from 'fastify'
import type { OpenArrays } from '../src/responses/open-array.js'
import { chunkRoutes } from './chunk.js'
import { docsRoutes } from './docs.js'
import { filesRoutes } from './files.js'
import { healthRoutes } from './health.js'
import { metadataRoutes } from './metadata.js'
import { nodesRoutes } from './nodes.js'
import { rootRoutes } from './root.js'
import { sliceRoutes } from './slice.js'
import { storesRoutes } from './stores.js'
import { zarrRoutes } from './zarr.js'

/** The order is that of the OpenAPI document. */
export async function registerRoutes(app: FastifyInstance, options: { arrays: OpenArrays }): Promise<void> {
  const { arrays } = options
  await app.register(storesRoutes)
  await app.register(nodesRoutes)
  await app.register(metadataRoutes, { arrays })
  await app.register(chunkRoutes, { arrays })
  await app.register(sliceRoutes, { arrays })
  await app.register(zarrRoutes, { arrays })
  await app.register(filesRoutes)
  await app.register(healthRoutes)
  await app.register(docsRoutes)
  await app.register(rootRoutes)
}
