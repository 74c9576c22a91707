// API keys. Reading is open unless a read key is configured; registering and removing stores always needs an
// admin key. The check comes before any store work and takes the same time for every key.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { ApiKey } from '../config.js'
import { ZipzarrError } from '../errors.js'

type Scope = ApiKey['scope']

/** Open whatever the keys: probes, documentation, preflights. They tell nothing of the stores. */
const OPEN_ROUTES = /^\/(?:health|healthz|livez|readyz|docs|errors|openapi\.(?:json|yaml))(?:[/?]|$)/

export const accessPlugin = fastifyPlugin(
  async (app: FastifyInstance) => {
    const keys = app.services.config.apiKeys
    if (!keys.some(key => key.scope === 'read')) return
    const find = keyFinder(keys)
    app.addHook('onRequest', (request, reply, done) => {
      if (request.method === 'OPTIONS' || OPEN_ROUTES.test(request.url)) return done()
      if (find(presentedKey(request)) !== undefined) return done()
      done(unauthorized(reply))
    })
  },
  { name: 'access', dependencies: ['services', 'errors'] },
)

/**
 * Hook for the routes that change the registry.
 * @throws ZipzarrError ADMIN_DISABLED, UNAUTHORIZED, FORBIDDEN
 */
export function requireAdmin(app: FastifyInstance) {
  const keys = app.services.config.apiKeys
  const isEnabled = keys.some(key => key.scope === 'admin') && app.services.mutations !== undefined
  const find = keyFinder(keys)
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (!isEnabled) throw disabled()
    const scope = find(presentedKey(request))
    if (scope === undefined) throw unauthorized(reply)
    if (scope !== 'admin') throw new ZipzarrError('FORBIDDEN', 'this key may read; an admin key is needed')
  }
}

function disabled(): ZipzarrError {
  return new ZipzarrError(
    'ADMIN_DISABLED',
    'stores cannot be registered or removed over HTTP: start the service with --api-key admin:KEY ' +
      '(or API_KEYS=admin:KEY) and send the key as "Authorization: Bearer KEY"',
  )
}

function unauthorized(reply: FastifyReply): ZipzarrError {
  reply.header('www-authenticate', 'Bearer')
  return new ZipzarrError('UNAUTHORIZED', 'send an API key as "Authorization: Bearer KEY" or ?api_key=KEY')
}

/** The header first; the query for clients that cannot set headers (Neuroglancer, vizarr). */
function presentedKey(request: FastifyRequest): string {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')
  if (bearer !== null) return bearer[1] as string
  const query = request.query as { api_key?: unknown }
  return typeof query.api_key === 'string' ? query.api_key : ''
}

/** Compares digests, which are equally long, and all of them: neither a match nor its place shows in the time. */
function keyFinder(keys: readonly ApiKey[]): (presented: string) => Scope | undefined {
  const known = keys.map(({ scope, key }) => ({ scope, digest: digestOf(key) }))
  return presented => {
    const digest = digestOf(presented)
    let found: Scope | undefined
    for (const key of known) if (timingSafeEqual(key.digest, digest)) found = key.scope
    return found
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
