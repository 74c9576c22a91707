// The only place where a Fastify instance is made: limits, plugins and routes in their order.
import { createRequire } from 'node:module'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import type { DestinationStream } from 'pino'
import { registerRoutes } from '../routes/index.js'
import { COMPONENTS } from '../routes/schemas/components.js'
import type { Config } from './config.js'
import { type Logger, processFactsOf } from './logger.js'
import { CacheBudget } from './memory/lru.js'
import { problemPage } from './pages/problem-page.js'
import { accessPlugin } from './plugins/access.js'
import { accessLogPlugin } from './plugins/access-log.js'
import { answerHeadersPlugin } from './plugins/answer-headers.js'
import { clientErrorsPlugin } from './plugins/client-errors.js'
import { describeInvalid, errorsPlugin, sendUnroutable } from './plugins/errors.js'
import { openApiPlugin } from './plugins/openapi.js'
import { pipeliningPlugin } from './plugins/pipelining.js'
import { requestIdMaker } from './plugins/request-id.js'
import { type Health, servicesPlugin } from './plugins/services.js'
import type { StoreMutations, Stores } from './registry/stores.js'
import { OpenArrays } from './responses/open-array.js'
import { type ReadLimits, ReadResources } from './zarr/reading/read-resources.js'

export interface AppOptions {
  readonly config: Config
  readonly stores: Stores
  /** Absent: stores cannot be registered or removed here. */
  readonly mutations?: StoreMutations
  readonly logger: Logger
  readonly health: Health
  /** What all caches but those with an option of their own share; absent: as the configuration says. */
  readonly caches?: CacheBudget
  /** Caches and limits of reading; absent: as the configuration says. */
  readonly resources?: ReadResources
  /** Where the access log goes when it is on; absent: standard output. */
  readonly accessLogStream?: DestinationStream
}

/** Of the URL and the headers together. */
const MAX_HEADER_BYTES = 16 * 1024
const MAX_BODY_BYTES = 64 * 1024
/** How often Node looks for requests over their time. */
const CHECK_INTERVAL_MS = 1000

/** The service, not listening yet. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { config, stores, mutations, logger, health } = options
  const requestId = requestIdMaker()
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger of its own for every request costs more than finding the value. Who logs says `requestId` itself.
    childLoggerFactory: parent => parent,
    genReqId: requestId,
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    // Of a socket on which nothing moves, in either direction: a client that stops reading is cut off.
    connectionTimeout: config.writeStallMs,
    bodyLimit: MAX_BODY_BYTES,
    http: {
      headersTimeout: config.headersTimeoutMs,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Checked by errorsPlugin, which answers with a problem.
      requireHostHeader: false,
    },
    // None of the router's own: an id that is longer than any store's is an unknown one.
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    // A stripped parameter would be a guess: `?slce=0` must not answer the whole array.
    // The schemas are our own: checking them against JSON Schema's would cost every worker's start 0.1 s.
    ajv: { customOptions: { removeAdditional: false, validateSchema: false, keywords: ['documented'] } },
    schemaErrorFormatter: describeInvalid,
    clientErrorHandler: (error, socket) => app.answerClientError(error, socket),
    frameworkErrors: sendUnroutable,
    // What comes while the service closes is answered as before; every such answer closes its connection.
    return503OnClosing: false,
  }).withTypeProvider<TypeBoxTypeProvider>()
  if (config.maxConnections !== undefined) app.server.maxConnections = config.maxConnections
  // JSON is the only body there is.
  app.removeContentTypeParser('text/plain')
  // Answers are written as they are: a serializer made from a schema drops what the schema does not name.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
  for (const component of COMPONENTS) app.addSchema(component)
  await app.register(servicesPlugin, { config, stores, mutations, health })
  await app.register(answerHeadersPlugin)
  await app.register(clientErrorsPlugin, { requestId })
  await app.register(errorsPlugin, { problemPage })
  await app.register(pipeliningPlugin)
  await app.register(accessPlugin)
  await app.register(accessLogPlugin, { stream: options.accessLogStream, facts: processFactsOf(logger) })
  await app.register(openApiPlugin, { version: packageVersion() })
  const resources =
    options.resources ??
    new ReadResources(readLimits(config), options.caches ?? new CacheBudget(config.metadataCacheBytes))
  await registerRoutes(app, { arrays: new OpenArrays(resources) })
  await app.ready()
  return app
}

function readLimits({ chunkCacheBytes, maxChunkBytes }: Config): Partial<ReadLimits> {
  return { chunkCacheBytes, maxChunkBytes }
}

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('#package.json') as { version: string }
  return version
}
