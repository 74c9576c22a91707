// `zipzarr openapi`: prints the OpenAPI document of this version, without listening anywhere.
import { buildApp } from '../app.js'
import { resolveConfig } from '../config.js'
import { createLogger } from '../logger.js'
import { StorePool } from '../registry/serving/store-pool.js'

/** The document as YAML, made by the application itself from its route schemas. */
export async function renderOpenapi(): Promise<string> {
  const config = resolveConfig({ logLevel: 'silent' })
  const stores = new StorePool({ dataRoots: new Map() })
  const app = await buildApp({
    config,
    stores,
    logger: createLogger(config, { role: 'cli' }),
    health: { isReady: false, isDraining: false },
  })
  try {
    await app.ready()
    return app.swagger({ yaml: true })
  } finally {
    await app.close()
    await stores.close()
  }
}
