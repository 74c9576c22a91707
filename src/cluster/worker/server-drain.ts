// Takes an HTTP server out of service without a failed request: lame duck, then close, then deadline.
// Works on any node:http server and knows nothing of what it serves.
import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { ServerConnections } from './server-connections.js'

const REAP_EVERY_MS = 50
/** A connection that sent nothing for this long after the last accept is not about to send a request. */
const SILENT_FOR_MS = 1000

export interface DrainOptions {
  /** Until it is resolved the server goes on listening, while every answer says `Connection: close`. */
  readonly lameDuck: Promise<unknown>
  /** How long running answers may take after that. */
  readonly deadlineMs: number
  /** Closes the listening socket and resolves when the last connection is gone (`app.close()`). */
  readonly close: () => Promise<unknown>
}

export class ServerDrain {
  readonly #server: Server
  readonly #connections: ServerConnections

  constructor(server: Server, connections: ServerConnections) {
    this.#server = server
    this.#connections = connections
  }

  /** Resolves when everything is closed; answers how many connections were cut at the deadline. */
  async drain(options: DrainOptions): Promise<number> {
    this.#connections.closeAfterAnswers()
    await options.lameDuck
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
    // A connection without a first byte would wait for the headers' time-out.
    this.#connections.destroySilent(SILENT_FOR_MS)
  }

  #cut(): number {
    const { count } = this.#connections
    this.#server.closeAllConnections()
    this.#connections.destroyAll()
    return count
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
