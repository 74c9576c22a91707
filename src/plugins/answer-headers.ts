// Headers every answer carries, errors included: request id, CORS, timing, content sniffing off. Added when the
// answer is sent, by one synchronous hook, or by who writes an answer past Fastify (responses/send.ts).
import type { FastifyInstance, FastifyReply } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

/**
 * What a browser may send to us beyond the safelisted headers. `*` is any, because what we do not know does nothing;
 * it does not cover Authorization, and old browsers do not know it.
 */
const ALLOW_HEADERS = [
  '*',
  'Range',
  'If-Range',
  'If-Match',
  'If-None-Match',
  'If-Modified-Since',
  'If-Unmodified-Since',
  'Cache-Control',
  'Pragma',
  'Authorization',
  'Content-Type',
  'X-Requested-With',
  'X-Request-Id',
  // Tracing: https://www.w3.org/TR/trace-context/ and https://www.w3.org/TR/baggage/
  'traceparent',
  'tracestate',
  'baggage',
].join(', ')
/** What a page may read of an answer. `*` counts as a wildcard only without credentials, so names are listed. */
const EXPOSE_HEADERS = [
  'Allow',
  'ETag',
  'Content-Range',
  'Content-Length',
  'Content-Disposition',
  'Accept-Ranges',
  'Content-Encoding',
  'Location',
  'Retry-After',
  'Server-Timing',
  'WWW-Authenticate',
  'X-Request-Id',
  'Zarr-Chunk-Stored',
  'Zarr-Chunks-Touched',
  'Zarr-Data-Type',
  'Zarr-Dimensions',
  'Zarr-Fill-Value',
  'Zarr-Key-Stored',
  'Zarr-Selection',
  'Zarr-Shape',
].join(', ')
const ALLOW_METHODS = 'GET, HEAD, POST, DELETE, OPTIONS'
const PREFLIGHT_MAX_AGE_SECONDS = '86400'

declare module 'fastify' {
  interface FastifyInstance {
    /** What the answer to a request of this id carries whatever it is: name, value, name, value … */
    readonly commonHead?: (requestId: string) => string[]
  }
  interface FastifyReply {
    /** The head of an answer that was written past Fastify: name, value, name, value … */
    sentHead?: readonly string[] | undefined
  }
}

/** `*`, one origin, or nothing at all when it is `none`. */
function corsHeaders(origin: string): Record<string, string> {
  if (origin === 'none') return {}
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSE_HEADERS }
}

/** Adds to Vary without losing what is there. */
export function addVary(reply: FastifyReply, field: string): void {
  const present = reply.getHeader('vary')
  reply.header('vary', present === undefined ? field : `${String(present)}, ${field}`)
}

export const answerHeadersPlugin = fastifyPlugin(
  async (app: FastifyInstance) => {
    const { config, health } = app.services
    const fixed = { 'x-content-type-options': 'nosniff', ...corsHeaders(config.corsOrigin) }
    // The answer differs by origin unless anybody may read it (Fetch, "CORS protocol and HTTP caches").
    const variesByOrigin = config.corsOrigin !== '*' && config.corsOrigin !== 'none'
    const fixedHead = [...Object.entries(fixed), ...(variesByOrigin ? [['vary', 'Origin']] : [])].flat()
    app.decorateReply('sentHead', undefined)
    app.decorate('commonHead', (requestId: string) => {
      const head = [...fixedHead, 'x-request-id', requestId]
      if (health.isDraining) head.push('connection', 'close')
      return head
    })
    // Data routes say where their time went; for all other answers the whole is told.
    app.addHook('onSend', (request, reply, payload, done) => {
      reply.headers(fixed).header('x-request-id', request.id)
      if (variesByOrigin) addVary(reply, 'Origin')
      if (health.isDraining) reply.header('connection', 'close')
      if (!reply.hasHeader('server-timing')) {
        reply.header('server-timing', `total;dur=${reply.elapsedTime.toFixed(2)}`)
      }
      done(null, payload)
    })
    app.options('*', { schema: { hide: true } }, async (request, reply) => {
      if (config.corsOrigin !== 'none') {
        reply.headers({
          'access-control-allow-methods': ALLOW_METHODS,
          'access-control-allow-headers': ALLOW_HEADERS,
          'access-control-max-age': PREFLIGHT_MAX_AGE_SECONDS,
        })
        // https://wicg.github.io/private-network-access: a public page asks for a service on localhost or a LAN.
        if (request.headers['access-control-request-private-network'] === 'true') {
          reply.header('access-control-allow-private-network', 'true')
        }
      }
      return reply.code(204).send()
    })
  },
  { name: 'answer-headers', dependencies: ['services'] },
)
