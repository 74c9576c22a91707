// The production service in one process: registry, store pool and buildApp over real archives, as the cluster
// wires them, but without a fork.
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type AppOptions, buildApp } from '../../src/app.js'
import { type Config, resolveConfig } from '../../src/config.js'
import { createLogger } from '../../src/logger.js'
import { RegistryService } from '../../src/registry/catalog/registry-service.js'
import { StorePool } from '../../src/registry/serving/store-pool.js'

export interface TestService {
  readonly app: FastifyInstance
  readonly registry: RegistryService
  readonly pool: StorePool
  /** Written by the service's own logger at `warn` and above. */
  readonly logged: string[]
  /** Mutable: what the process says of itself. */
  readonly health: { isReady: boolean; isDraining: boolean }
  /** Listens on loopback; the base URL. */
  listen(): Promise<string>
  close(): Promise<void>
}

export async function startService(
  paths: readonly string[],
  given: Partial<Config> = {},
  options: Pick<AppOptions, 'resources' | 'accessLogStream'> = {},
): Promise<TestService> {
  const stateDir = await mkdtemp(join(tmpdir(), 'zipzarr-state-'))
  const registry = new RegistryService({ paths, stateDir, watch: false, settleMs: 0 })
  await registry.start()
  await registry.whenSettled()
  const pool = new StorePool({ dataRoots: registry.dataRoots })
  pool.applySnapshot(registry.snapshot())
  registry.onChange(change => pool.applyChange(change))
  const logged: string[] = []
  const stream = { write: (line: string) => void logged.push(line) }
  const logger = createLogger({ logLevel: 'warn' }, { role: 'worker', worker: 7 }, stream)
  const health = { isReady: true, isDraining: false }
  const config = resolveConfig(given)
  const app = await buildApp({ config, stores: pool, mutations: registry, logger, health, ...options })
  return {
    app,
    registry,
    pool,
    logged,
    health,
    listen: async () => {
      await app.listen({ host: '127.0.0.1', port: 0 })
      return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    },
    close: async () => {
      // Keep-alive connections of the tests' own clients would hold close() for their time-out.
      app.server.closeAllConnections()
      await app.close()
      await pool.close()
      await registry.close()
      await rm(stateDir, { recursive: true })
    },
  }
}
