// One line per request, when asked for. Off by default: a line per chunk halves the rate of small chunks.
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

const MAX_LOGGED_URL = 512

export const accessLogPlugin = fastifyPlugin(
  async (app: FastifyInstance) => {
    if (!app.services.config.accessLog) return
    app.addHook('onResponse', (request, reply, done) => {
      const facts = {
        requestId: request.id,
        method: request.method,
        url: loggedUrl(request.url),
        status: reply.statusCode,
        bytes: Number(reply.raw.getHeader('content-length') ?? 0),
        milliseconds: Math.round(reply.elapsedTime * 100) / 100,
        remote: request.ip,
      }
      request.log.info(facts, 'request')
      done()
    })
  },
  { name: 'access-log', dependencies: ['services'] },
)

/** Keys in the query are secrets, and a URL may be 16 KiB long. */
export function loggedUrl(url: string): string {
  return url.replaceAll(/([?&]api_key=)[^&]*/g, '$1…').slice(0, MAX_LOGGED_URL)
}
