// Requests that never reach Fastify: what is no HTTP, too large, too slow, or of a method Node does not know.
// Node would answer them by itself, without a body or by closing the connection.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { ZipzarrError } from '../errors.js'
import { PROBLEM_TYPE } from '../http/media-types.js'
import { problemOf, stringifyProblem } from '../http/problem.js'
import { allowHead } from './errors.js'

/** How long a connection is still read after its last answer: closing it at once could reset that answer away. */
const LINGER_MS = 1000
/** RFC 9110 §9.1: any token is a method; those that Node's parser does not know end here. */
const REQUEST_LINE = /^([\w!#$%&'*+.^`|~-]{1,64}) (\S+) HTTP\/1\.[01]\r?\n/
/** A request line, not a header: those have a colon behind their name. */
const LONG_URL = /^[A-Z-]+ \S{8000}/

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Absent: Fastify never saw it. */
  readonly reply?: FastifyReply
}

/** What Node's HTTP parser says of its failure. */
interface ParserError {
  readonly code?: string | undefined
  /** A Buffer. */
  readonly rawPacket?: unknown
  readonly bytesParsed?: number
}

interface Refusal {
  readonly status: number
  /** Name, value, name, value … */
  readonly head: readonly string[]
  readonly body: string
}

export interface ClientErrorOptions {
  readonly requestId: (request: Pick<IncomingMessage, 'headers'>) => string
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers what the parser refused on this connection, and closes it. */
    readonly answerClientError: (error: ParserError, socket: Socket) => void
    /** Every request is said here first: what comes behind it on its connection is answered behind it. */
    readonly noteExchange?: (request: FastifyRequest, reply: FastifyReply) => void
  }
}

export const clientErrorsPlugin = fastifyPlugin(
  async (app: FastifyInstance, { requestId }: ClientErrorOptions) => {
    const last = new WeakMap<Socket, Exchange>()
    const refused = new WeakSet<Socket>()
    const refusalOf = (error: ZipzarrError, request: Pick<IncomingMessage, 'headers'> = { headers: {} }) => {
      const id = requestId(request)
      return refusalFor(error, id, app.commonHead?.(id) ?? [])
    }
    const noteExchange = ({ raw }: FastifyRequest, reply: FastifyReply) => {
      last.set(raw.socket, { request: raw, response: reply.raw, reply })
    }
    app.decorate('noteExchange', noteExchange)
    app.addHook('onRequest', (request, reply, done) => {
      noteExchange(request, reply)
      done()
    })
    app.decorate('answerClientError', (error: ParserError, socket: Socket) => {
      // The parser fails anew with everything that follows.
      if (error.code === 'ECONNRESET' || socket.destroyed || refused.has(socket)) return
      refused.add(socket)
      const line = error.code === 'HPE_INVALID_METHOD' ? REQUEST_LINE.exec(failedLine(error)) : null
      const failure = line === null ? describe(error) : app.unroutable(line[1] as string, line[2] as string)
      refuse(socket, last.get(socket), refusalOf(failure))
    })
    app.server.on('connect', (request: IncomingMessage, socket: Socket) => {
      socket.on('error', () => socket.destroy())
      refuse(socket, last.get(socket), refusalOf(app.unroutable('CONNECT', request.url ?? ''), request))
    })
    app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      last.set(request.socket, { request, response })
      const failure = new ZipzarrError('EXPECTATION_FAILED', 'no expectation but 100-continue can be met')
      send(response, refusalOf(failure, request))
    })
  },
  { name: 'client-errors', dependencies: ['answer-headers'] },
)

function describe(error: ParserError): ZipzarrError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ZipzarrError('REQUEST_TIMEOUT', 'the request did not arrive in time')
  }
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    const code = LONG_URL.test(failedLine(error)) ? 'URI_TOO_LONG' : 'HEADERS_TOO_LARGE'
    return new ZipzarrError(code, 'the URL and the headers together are larger than 16 KiB')
  }
  return new ZipzarrError('BAD_REQUEST', 'the request is not well-formed HTTP/1.1')
}

/** From the line on that the parser failed in, as far as that came in one packet. */
function failedLine({ rawPacket, bytesParsed = 0 }: ParserError): string {
  if (!Buffer.isBuffer(rawPacket)) return ''
  const begin = bytesParsed === 0 ? 0 : rawPacket.lastIndexOf('\n', bytesParsed - 1) + 1
  return rawPacket.toString('latin1', begin)
}

function refusalFor(error: ZipzarrError, requestId: string, common: readonly string[]): Refusal {
  const problem = problemOf(error, requestId)
  const body = stringifyProblem(problem)
  const head = [
    ...common,
    ...allowHead(error),
    ...['content-type', PROBLEM_TYPE, 'content-length', String(Buffer.byteLength(body))],
    ...['cache-control', 'no-store'],
    ...(common.includes('connection') ? [] : ['connection', 'close']),
  ]
  return { status: problem.status, head, body }
}

/** Answers behind those that were asked for before on the same connection. */
function refuse(socket: Socket, last: Exchange | undefined, refusal: Refusal): void {
  if (last?.request.complete === false) refuseBody(last, socket, refusal)
  else if (last === undefined || last.response.destroyed) end(socket, refusal)
  else last.response.once('close', () => end(socket, refusal))
}

/** Its request is known, so the answer takes its turn by itself; half an answer can only be cut. */
function refuseBody({ response, reply }: Exchange, socket: Socket, refusal: Refusal): void {
  if (response.headersSent) {
    socket.destroy()
    return
  }
  reply?.hijack()
  send(response, refusal)
}

function send(response: ServerResponse, { status, head, body }: Refusal): void {
  response.writeHead(status, [...head]).end(body)
}

/** Writes the answer to a request that has no response object. */
function end(socket: Socket, { status, head, body }: Refusal): void {
  if (!socket.writable) return
  const lines = head.flatMap((text, i) => (i % 2 === 0 ? [`${text}: ${head[i + 1]}\r\n`] : []))
  const date = new Date().toUTCString()
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ndate: ${date}\r\n${lines.join('')}\r\n${body}`)
  // What still comes is read and dropped.
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
}
