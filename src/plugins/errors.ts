// Every failure of a request on its way to the client: problem documents, 404 and 405 for unknown routes. What
// never became a request is client-errors.ts.
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { isZipzarrError, ZipzarrError } from '../errors.js'
import { PROBLEM_TYPE } from '../http/media-types.js'
import { prefersPage } from '../http/negotiation.js'
import { asZipzarrError, type Problem, problemOf, retryAfterOf, stringifyProblem } from '../http/problem.js'
import { unsatisfiedContentRange } from '../http/range-header.js'
import { addVary } from './answer-headers.js'
import { isClientGone } from './client.js'
import { requestFacts } from './request-facts.js'

/** Which methods each route pattern has, to tell a wrong method from a wrong path. */
type RouteTable = ReadonlyArray<{ readonly pattern: RegExp; readonly methods: ReadonlySet<string> }>

/** Headers that stay when a problem takes the place of the planned answer; all others described that answer. */
const KEPT_HEADERS = /^(?:x-|access-control-|vary$|connection$|www-authenticate$)/

/** A problem as a page: headers, and the text. */
export type RenderProblemPage = (problem: Problem) => {
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly problemPage: RenderProblemPage
    /** Why no route takes this: 404, or 405 where another method is taken. */
    readonly unroutable: (method: string, url: string) => ZipzarrError
  }
}

export const errorsPlugin = fastifyPlugin(
  async (app: FastifyInstance, { problemPage }: { problemPage: RenderProblemPage }) => {
    app.decorate('problemPage', problemPage)
    const methodsByUrl = new Map<string, Set<string>>()
    app.addHook('onRoute', route => {
      const methods = methodsByUrl.get(route.url) ?? new Set()
      for (const method of [route.method].flat()) methods.add(method)
      methodsByUrl.set(route.url, methods)
    })
    let table: RouteTable | undefined
    const unroutable = (method: string, url: string) => {
      table ??= routeTable(methodsByUrl)
      return unknownRoute(table, method, url)
    }
    app.decorate('unroutable', unroutable)
    app.addHook('onRequest', (request, _reply, done) => {
      const problem = problemOfHead(request)
      if (problem === undefined) return done()
      done(new ZipzarrError('BAD_REQUEST', problem))
    })
    app.setNotFoundHandler((request, reply) =>
      sendProblem(request, reply, unroutable(request.method, request.url)),
    )
    app.setErrorHandler((error, request, reply) => {
      // Where nothing is, what is wrong with the body does not matter.
      const isOfBody = request.is404 && !isZipzarrError(error)
      return sendProblem(request, reply, isOfBody ? unroutable(request.method, request.url) : error)
    })
  },
  { name: 'errors', dependencies: ['services'] },
)

/** What is wrong with the head of a request beside its path; the router has checked that. */
function problemOfHead({ url, raw }: FastifyRequest): string | undefined {
  // RFC 9112 §3.2. Node checks the first too, but its answer has no body.
  const hosts = countHosts(raw.rawHeaders)
  if (hosts === 0 && raw.httpVersion === '1.1') return 'the Host header is missing'
  if (hosts > 1) return 'there is more than one Host header'
  const queryStart = url.indexOf('?')
  const isEscaped = queryStart >= 0 && url.includes('%', queryStart)
  return isEscaped && !isDecodable(url.slice(queryStart))
    ? 'the query is not percent-encoded UTF-8'
    : undefined
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Fastify answers what its router refuses before any hook has run; so what hooks add is added here. */
export function sendUnroutable(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const head = request.server.commonHead?.(request.id) ?? []
  for (let i = 0; i < head.length; i += 2) reply.header(head[i] as string, head[i + 1])
  request.server.noteExchange?.(request, reply)
  request.server.logAccess?.(request, reply)
  sendProblem(request, reply, error)
}

/** Sends the problem document of any failure, and logs it when it is ours to repair. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, failure: unknown): FastifyReply {
  const error = asZipzarrError(failure)
  const problem = problemOf(error, request.id)
  // What fails because the client has left is no failure of ours, and nobody reads the answer.
  if (isClientGone(reply)) return reply.hijack()
  const facts = { ...requestFacts(request), err: error, code: error.code }
  if (problem.status === 500) request.log.error(facts, 'request failed')
  else if (problem.status > 500) request.log.warn(facts, 'request refused')
  dropPlannedHeaders(reply)
  // Nothing may keep an error: the next request can find the store indexed or the file repaired.
  reply.header('cache-control', 'no-store')
  const [allow, methods] = allowHead(error)
  if (allow !== undefined) reply.header(allow, methods)
  if (error.code === 'RANGE_NOT_SATISFIABLE') {
    reply.header('content-range', unsatisfiedContentRange(error.facts.byteLength as number))
  }
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

/** A 405 names what is allowed (RFC 9110 §15.5.6): name, value. */
export function allowHead({ code, facts }: ZipzarrError): string[] {
  return code === 'METHOD_NOT_ALLOWED' ? ['allow', (facts.allowed as string[]).join(', ')] : []
}

function dropPlannedHeaders(reply: FastifyReply): void {
  for (const name of Object.keys(reply.getHeaders())) if (!KEPT_HEADERS.test(name)) reply.removeHeader(name)
}

/** What is wrong with a request, from the first thing its schema refused. */
export function describeInvalid(errors: FastifySchemaValidationError[], part: string): Error {
  const { instancePath, message, params } = errors[0]
  const place = `${part === 'querystring' ? 'query' : part}${instancePath}`
  const unknown = params.additionalProperty
  if (typeof unknown === 'string') return new Error(`${place} has no parameter "${unknown.slice(0, 40)}"`)
  return new Error(`${place} ${message ?? 'is not valid'}`)
}

function unknownRoute(table: RouteTable, method: string, url: string): ZipzarrError {
  // RFC 9112 §3.2.2: a proxy's form of the target, `http://host/path`.
  const path = (url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] as string) || '/'
  const methods = table.filter(({ pattern }) => pattern.test(path)).flatMap(row => [...row.methods])
  // A route that takes the method and still calls it not found means what it says (a file of /docs).
  if (methods.length === 0 || methods.includes(method))
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
