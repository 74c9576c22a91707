// The admin listener of the primary: health of the whole cluster and its metrics, on a port of its own. A
// check through the service's port would only reach one worker. Serves no data and holds no request work.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bindProblem, type ListenAddress } from '../listen-address.js'
import { StartupError } from '../startup-error.js'

export interface AdminSource {
  /** Why the cluster is not ready; undefined when it is. */
  readonly notReadyReason: () => string | undefined
  /** Facts shown with the readiness. */
  readonly facts: () => Readonly<Record<string, unknown>>
  readonly metrics: () => string
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

export class AdminServer {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** @throws StartupError when the address cannot be bound */
  static async listen(address: ListenAddress, source: AdminSource): Promise<AdminServer> {
    const server = createServer({ requestTimeout: 5000, headersTimeout: 5000 }, (request, response) =>
      respond(request, response, source),
    )
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ ...address }, resolve)
      })
    } catch (error) {
      throw new StartupError(`admin listener: ${bindProblem(error, address)}`, { cause: error })
    }
    return new AdminServer(server)
  }

  get address(): ListenAddress {
    const { address, port } = this.#server.address() as AddressInfo
    return { host: address, port }
  }

  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }
}

function respond(request: IncomingMessage, response: ServerResponse, source: AdminSource): void {
  const { status, type, body } = answer(request, source)
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 405 && { allow: 'GET, HEAD' }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function answer(request: IncomingMessage, source: AdminSource): Answer {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return json(405, { status: 'method not allowed' })
  switch (request.url?.split('?', 1)[0]) {
    case '/health/live':
    case '/livez':
      return json(200, { status: 'live' })
    case '/health/ready':
    case '/readyz':
    case '/healthz':
      return readiness(source)
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: source.metrics() }
    default:
      return json(404, { status: 'no such page: /health/live, /health/ready, /metrics' })
  }
}

function readiness({ notReadyReason, facts }: AdminSource): Answer {
  const reason = notReadyReason()
  return reason === undefined
    ? json(200, { status: 'ready', ...facts() })
    : json(503, { status: 'not ready', reason, ...facts() })
}

function json(status: number, value: object): Answer {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` }
}
