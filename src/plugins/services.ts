// What the routes may use, as decorators of the one Fastify instance: configuration, the registry as this
// process sees it, and the state of the process. Made by whoever calls buildApp.
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Config } from '../config.js'
import type { StoreMutations, Stores } from '../registry/stores.js'

/** The state of the process, read at every request: plain getters, never I/O. */
export interface Health {
  /** Requests can be answered, and every archive of the first scan is indexed or has failed. */
  readonly isReady: boolean
  /** The process is about to stop: every answer asks the client to close its connection. */
  readonly isDraining: boolean
}

export interface Services {
  readonly config: Config
  readonly stores: Stores
  /** Absent: this process cannot register or remove stores. */
  readonly mutations?: StoreMutations | undefined
  readonly health: Health
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly services: Services
  }
}

export const servicesPlugin = fastifyPlugin(
  async (app: FastifyInstance, services: Services) => {
    app.decorate('services', services)
  },
  { name: 'services' },
)
