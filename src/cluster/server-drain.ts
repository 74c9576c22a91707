// Takes an HTTP server out of service without a failed request: lame duck, then close, then deadline.
// Works on any node:http server and knows nothing of what it serves.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const REAP_EVERY_MS = 50
/** A connection that sent nothing for this long after the last accept is not about to send a request. */
const SILENT_FOR_MS = 1000

export interface DrainOptions {
  /** How long to go on listening while every answer says `Connection: close`. */
  readonly lameDuckMs: number
  /** How long running answers may take after that. */
  readonly deadlineMs: number
  /** Closes the listening socket and resolves when the last connection is gone (`app.close()`). */
  readonly close: () => Promise<unknown>
}

interface OpenConnection {
  readonly sinceMs: number
  response?: ServerResponse
}

/** Follows the connections of one server from its start on, so that it can be drained at any time. */
export class ServerDrain {
  readonly #server: Server
  readonly #connections = new Map<Socket, OpenConnection>()
  #isDraining = false
  #requestCount = 0

  constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#connections.set(socket, { sinceMs: performance.now() })
      socket.once('close', () => this.#connections.delete(socket))
    })
    // Before the handler: it may send the headers at once.
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#requestCount++
      if (this.#isDraining) response.shouldKeepAlive = false
      const connection = this.#connections.get(request.socket)
      if (connection !== undefined) connection.response = response
    })
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  get requestCount(): number {
    return this.#requestCount
  }

  /** Resolves when everything is closed; answers how many connections were cut at the deadline. */
  async drain(options: DrainOptions): Promise<number> {
    this.#isDraining = true
    for (const { response } of this.#connections.values()) {
      if (response !== undefined && !response.headersSent) response.shouldKeepAlive = false
    }
    await delay(options.lameDuckMs)
    // A connection that becomes idle after close() began would hold it for the whole keep-alive time-out
    // (fastify#7044), so idle ones are looked for again and again.
    const reaper = setInterval(() => this.#reap(), REAP_EVERY_MS)
    const overdue = new AbortController()
    try {
      const closed = options.close().then(() => 0)
      const late = delay(options.deadlineMs, undefined, { signal: overdue.signal }).then(() => this.#cut())
      late.catch(ignoreAbort)
      return await Promise.race([closed, late])
    } finally {
      clearInterval(reaper)
      overdue.abort()
    }
  }

  #reap(): void {
    this.#server.closeIdleConnections()
    // A connection without a first byte is not idle to Node: it would wait for the headers' time-out.
    const before = performance.now() - SILENT_FOR_MS
    for (const [socket, { sinceMs }] of this.#connections) {
      if (socket.bytesRead === 0 && sinceMs < before) socket.destroy()
    }
  }

  #cut(): number {
    const count = this.#connections.size
    this.#server.closeAllConnections()
    for (const socket of this.#connections.keys()) socket.destroy()
    return count
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
