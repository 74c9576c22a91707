// Every failure on its way to the client: problem documents, 404 and 405 for unknown routes, and the raw answers
// to requests that never became one.
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { type ErrorCode, ZipzarrError } from '../errors.js'
import { PROBLEM_TYPE } from '../http/media-types.js'
import { prefersPage } from '../http/negotiation.js'
import { asZipzarrError, type Problem, problemOf, retryAfterOf, stringifyProblem } from '../http/problem.js'
import { addVary } from './answer-headers.js'
import { requestFacts } from './request-facts.js'
import { isClientGone } from './sending.js'

/** Which methods each route pattern has, to tell a wrong method from a wrong path. */
type RouteTable = ReadonlyArray<{ readonly pattern: RegExp; readonly methods: ReadonlySet<string> }>

/** Headers that stay when a problem takes the place of the planned answer; all others described that answer. */
const KEPT_HEADERS = /^(?:x-|access-control-|vary$|connection$|www-authenticate$)/

/** A problem as a page: headers, and the text. */
export type ProblemPage = (problem: Problem) => {
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly problemPage: ProblemPage
  }
}

export const errorsPlugin = fastifyPlugin(
  async (app: FastifyInstance, { problemPage }: { problemPage: ProblemPage }) => {
    app.decorate('problemPage', problemPage)
    const methodsByUrl = new Map<string, Set<string>>()
    app.addHook('onRoute', route => {
      const methods = methodsByUrl.get(route.url) ?? new Set()
      for (const method of [route.method].flat()) methods.add(method)
      methodsByUrl.set(route.url, methods)
    })
    let table: RouteTable | undefined
    app.setNotFoundHandler((request, reply) => {
      table ??= routeTable(methodsByUrl)
      return sendProblem(request, reply, unknownRoute(table, request))
    })
    app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error))
  },
  { name: 'errors', dependencies: ['services'] },
)

/** Sends the problem document of any failure, and logs it when it is ours to repair. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, failure: unknown): FastifyReply {
  const error = asZipzarrError(failure)
  const problem = problemOf(error, request.id)
  // What fails because the client has left is no failure of ours, and nobody reads the answer.
  if (isClientGone(reply)) return reply.hijack()
  const facts = { ...requestFacts(request), err: error, code: error.code }
  if (problem.status === 500) request.log.error(facts, 'request failed')
  else if (problem.status > 500) request.log.warn(facts, 'request refused')
  dropPlannedHeaders(reply, error.code)
  // Nothing may keep an error: the next request can find the store indexed or the file repaired.
  reply.header('cache-control', 'no-store')
  if (error.code === 'METHOD_NOT_ALLOWED') reply.header('allow', (error.facts.allowed as string[]).join(', '))
  const retryAfter = retryAfterOf(error.code)
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  reply.code(problem.status)
  const body = Buffer.from(describeTo(request, reply, problem), 'utf8')
  reply.header('content-length', String(body.byteLength))
  // For HEAD the server leaves the body out by itself.
  return reply.send(body)
}

/** The problem as the client asks for it: a page for a browser, the document for everybody else. */
function describeTo(request: FastifyRequest, reply: FastifyReply, problem: Problem): string {
  addVary(reply, 'Accept')
  if (!prefersPage(request.headers.accept)) {
    reply.header('content-type', PROBLEM_TYPE)
    return stringifyProblem(problem)
  }
  const { headers, text } = request.server.problemPage(problem)
  reply.headers(headers)
  return text
}

function dropPlannedHeaders(reply: FastifyReply, code: ErrorCode): void {
  for (const name of Object.keys(reply.getHeaders())) {
    const isTotal = name === 'content-range' && code === 'RANGE_NOT_SATISFIABLE'
    if (!KEPT_HEADERS.test(name) && !isTotal) reply.removeHeader(name)
  }
}

/** What is wrong with a request, from the first thing its schema refused. */
export function describeInvalid(errors: FastifySchemaValidationError[], part: string): Error {
  const { instancePath, message, params } = errors[0]
  const place = `${part === 'querystring' ? 'query' : part}${instancePath}`
  const unknown = params.additionalProperty
  if (typeof unknown === 'string') return new Error(`${place} has no parameter "${unknown.slice(0, 40)}"`)
  return new Error(`${place} ${message ?? 'is not valid'}`)
}

/**
 * Answers a request that is no HTTP, too large or too slow, on the bare socket: there is neither a request nor
 * a reply yet.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (socket.writable && socket.bytesWritten === 0) {
    const code = clientErrorCode(error.code)
    const problem = problemOf(new ZipzarrError(code, 'the request could not be read'), 'none')
    const body = stringifyProblem(problem)
    socket.write(
      `HTTP/1.1 ${problem.status} ${statusText(problem.status)}\r\ncontent-type: ${PROBLEM_TYPE}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroy(error)
}

function clientErrorCode(code: string | undefined): ErrorCode {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'REQUEST_TIMEOUT'
  return code === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : 'BAD_REQUEST'
}

function statusText(status: number): string {
  return { 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }[status] ?? 'Bad Request'
}

function unknownRoute(table: RouteTable, request: FastifyRequest): ZipzarrError {
  const path = request.url.split('?', 1)[0] as string
  const methods = table.filter(({ pattern }) => pattern.test(path)).flatMap(row => [...row.methods])
  // A route that takes the method and still calls it not found means what it says (a file of /docs).
  if (methods.length === 0 || methods.includes(request.method))
    return new ZipzarrError('ROUTE_NOT_FOUND', 'no route has this path')
  const allowed = [...new Set([...methods, 'OPTIONS'])].sort()
  return new ZipzarrError('METHOD_NOT_ALLOWED', `allowed here: ${allowed.join(', ')}`, { facts: { allowed } })
}

function routeTable(methodsByUrl: ReadonlyMap<string, ReadonlySet<string>>): RouteTable {
  // The bare `*` is the preflight's and would match every path.
  return [...methodsByUrl]
    .filter(([url]) => url !== '*')
    .map(([url, methods]) => ({ pattern: patternOf(url), methods }))
}

/** `/a/:b/*` → `^/a/[^/]+/.*$` */
function patternOf(url: string): RegExp {
  const source = url
    .split('/')
    .map(segment => {
      if (segment === '*') return '.*'
      return segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    })
    .join('/')
  return new RegExp(`^${source}$`)
}
