// Which key a URL of the raw face means, and where a client is sent that asked for a folder without its slash or
// doubled slashes on the way.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ZipzarrError } from '../errors.js'
import { relativeUrl } from '../http/relative-url.js'
import { keyProblem } from '../store/keys.js'
import { storeUrl } from './documents/links.js'

type StoreRequest = FastifyRequest<{ Params: { storeId: string } }>
export type ZarrRequest = FastifyRequest<{ Params: { storeId: string; '*': string } }>

const FACE = '/zarr/'

/**
 * The path below the store. More than one slash after the store's id counts as one: that is a store's URL ending
 * in a slash, joined with a slash. An encoded slash (`%2F`) is none of these.
 */
export function pathOf({ url, params }: ZarrRequest): string {
  const path = params['*']
  if (!path.startsWith('/')) return path
  const first = url.indexOf('/', FACE.length)
  let end = first + 1
  while (url[end] === '/') end += 1
  return path.slice(end - first - 1)
}

/** The same path with single slashes, when the client doubled some further on and it is a path then. */
export function singleSlashed({ url }: ZarrRequest, path: string): string | undefined {
  if (!path.includes('//')) return undefined
  const written = url.split('?', 1)[0] as string
  const below = written.slice(written.indexOf('/', FACE.length)).replace(/^\/+/, '')
  const single = path.replaceAll(/\/{2,}/g, '/')
  return below.includes('//') && keyProblem(single.replace(/\/$/, '')) === undefined ? single : undefined
}

/** Sends the client to another path of the store. */
export function redirectTo(request: StoreRequest, reply: FastifyReply, path: string): FastifyReply {
  return redirect(request, reply, storeUrl(request.params.storeId, path))
}

/**
 * Sends the client that doubled the slash before the store's id to the store.
 * @throws ZipzarrError INVALID_KEY
 */
export function redirectToStore(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { '*': rest } = request.params as { '*': string }
  const path = rest.replaceAll(/\/{2,}/g, '/').replace(/^\//, '')
  const problem = keyProblem(path.replace(/\/$/, ''))
  if (problem !== undefined) throw new ZipzarrError('INVALID_KEY', `not a store and a key: ${problem}`)
  const [storeId = '', ...segments] = path.split('/')
  const target = storeUrl(storeId, segments.join('/'))
  return redirect(request, reply, segments.length === 0 ? target.slice(0, -1) : target)
}

/** With the query the client came with, which may hold its key. */
function redirect({ url }: FastifyRequest, reply: FastifyReply, target: string): FastifyReply {
  const queryStart = url.indexOf('?')
  const from = queryStart < 0 ? url : url.slice(0, queryStart)
  const query = queryStart < 0 ? '' : url.slice(queryStart)
  return reply.redirect(`${relativeUrl(from, target)}${query}`, 308)
}
