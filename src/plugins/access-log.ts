// One line per request, when asked for. Off by default: a line per chunk halves the rate of small chunks. Written
// through a buffer of its own, unlike the service's log, whose last line must be there after a crash.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { type DestinationStream, destination } from 'pino'
import { loggedUrl } from '../http/logged-url.js'
import { createLogger, forReaders, type ProcessFacts } from '../logger.js'

export interface AccessLogOptions {
  readonly stream?: DestinationStream | undefined
  readonly facts: ProcessFacts
}

const BUFFER_BYTES = 4096
/** A quiet service shows its lines at least this often. */
const FLUSH_EVERY_MS = 1000

declare module 'fastify' {
  interface FastifyInstance {
    /** For the requests whose answer no hook sees; absent: there is no access log. */
    readonly logAccess?: (request: FastifyRequest, reply: FastifyReply) => void
  }
}

export const accessLogPlugin = fastifyPlugin(
  async (app: FastifyInstance, { stream, facts: process }: AccessLogOptions) => {
    if (!app.services.config.accessLog) return
    const log = createLogger({ logLevel: 'info' }, process, stream ?? forReaders(bufferedOutput(app)))
    const write = (request: FastifyRequest, reply: FastifyReply) => {
      const facts = {
        requestId: request.id,
        method: request.method,
        url: loggedUrl(request.url),
        status: reply.statusCode,
        bytes: Number(contentLength(reply) ?? 0),
        milliseconds: Math.round(reply.elapsedTime * 100) / 100,
        remote: request.ip,
      }
      log.info(facts, 'request')
    }
    app.decorate('logAccess', (request: FastifyRequest, reply: FastifyReply) => {
      reply.raw.once('finish', () => write(request, reply))
    })
    app.addHook('onResponse', (request, reply, done) => {
      write(request, reply)
      done()
    })
  },
  { name: 'access-log', dependencies: ['services'] },
)

function bufferedOutput(app: FastifyInstance): DestinationStream {
  const output = destination({ fd: 1, sync: false, minLength: BUFFER_BYTES })
  const timer = setInterval(() => output.flush(), FLUSH_EVERY_MS)
  timer.unref()
  app.addHook('onClose', async () => {
    clearInterval(timer)
    output.flushSync()
  })
  return output
}

/** Most data is written past Fastify (responses/send.ts), which then knows nothing of its head. */
function contentLength(reply: FastifyReply): unknown {
  const { sentHead } = reply
  if (sentHead === undefined) return reply.getHeader('content-length')
  const place = sentHead.indexOf('content-length')
  return place < 0 ? undefined : sentHead[place + 1]
}
