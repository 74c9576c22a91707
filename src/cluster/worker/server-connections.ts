// The open connections of one HTTP server, followed from its start on: how many, how many at work, and which
// answers end theirs. Works on any node:http server and knows nothing of what it serves.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** What was not shed within so many windows is not wanted any more: the load has changed. */
const SHED_WINDOWS = 4

interface OpenConnection {
  readonly sinceMs: number
  response?: ServerResponse
  /** The window of its last request. */
  window: number
  /** Bytes written when its unfinished answer was last looked at. */
  writtenBytes: number
  /** Its client sends requests before the answers are there: those behind the last one would be lost. */
  isPipelined: boolean
}

export class ServerConnections {
  readonly #open = new Map<Socket, OpenConnection>()
  #isClosing = false
  #window = 0
  #toShed = 0
  #shedUntilWindow = 0
  #shedCount = 0
  #requestCount = 0

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      const sinceMs = performance.now()
      this.#open.set(socket, { sinceMs, window: -1, writtenBytes: 0, isPipelined: false })
      socket.once('close', () => this.#open.delete(socket))
    })
    // Before the handler: it may send the headers at once.
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#onRequest(request, response),
    )
  }

  get count(): number {
    return this.#open.size
  }

  get requestCount(): number {
    return this.#requestCount
  }

  /** Connections ended by `shed`. */
  get shedCount(): number {
    return this.#shedCount
  }

  /**
   * Connections at work in this window: with a request in it, or with an answer that is still made or taken.
   * Neither an idle client nor one that has stopped reading costs anything, so they do not count.
   */
  countActive(): number {
    let count = 0
    for (const [socket, connection] of this.#open) if (this.#isActive(socket, connection)) count++
    return count
  }

  /** Begins the next window. */
  nextWindow(): void {
    this.#window++
    if (this.#window > this.#shedUntilWindow) this.#toShed = 0
  }

  /**
   * Lets that many of the next answers close their connections, one each: those without a head yet at once,
   * then the answers to the requests that come. Takes the place of what was asked for before.
   */
  shed(count: number): void {
    this.#toShed = count
    this.#shedUntilWindow = this.#window + SHED_WINDOWS
    for (const connection of this.#open.values()) this.#shedOne(connection)
  }

  /** From now on every answer closes its connection. */
  closeAfterAnswers(): void {
    this.#isClosing = true
    for (const { response } of this.#open.values()) {
      if (response !== undefined && !response.headersSent) response.shouldKeepAlive = false
    }
  }

  /** Ends connections on which nothing has ever come for so long: to Node they are not idle. */
  destroySilent(forMs: number): void {
    const before = performance.now() - forMs
    for (const [socket, { sinceMs }] of this.#open) {
      if (socket.bytesRead === 0 && sinceMs < before) socket.destroy()
    }
  }

  destroyAll(): void {
    for (const socket of this.#open.keys()) socket.destroy()
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#requestCount++
    // Node writes `Connection: close` by it and ends the connection behind the answer, a hijacked one too.
    if (this.#isClosing) response.shouldKeepAlive = false
    const connection = this.#open.get(request.socket)
    if (connection === undefined) return
    if (connection.response?.writableFinished === false) connection.isPipelined = true
    connection.response = response
    connection.window = this.#window
    if (this.#toShed > 0) this.#shedOne(connection)
  }

  #shedOne({ response, isPipelined }: OpenConnection): void {
    if (this.#toShed === 0 || isPipelined || response === undefined) return
    // One that closes anyway is none of those to be shed.
    if (response.headersSent || !response.shouldKeepAlive) return
    response.shouldKeepAlive = false
    this.#toShed--
    this.#shedCount++
  }

  #isActive(socket: Socket, connection: OpenConnection): boolean {
    const { response, window, writtenBytes } = connection
    if (window === this.#window) return true
    if (response === undefined || response.writableFinished) return false
    if (!response.headersSent) return true
    connection.writtenBytes = socket.bytesWritten
    return connection.writtenBytes !== writtenBytes
  }
}
