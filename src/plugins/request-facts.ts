// What a log line says of the request it is about: enough to ask for the same thing again.
import type { FastifyRequest } from 'fastify'
import { loggedUrl } from '../http/logged-url.js'

export function requestFacts(request: FastifyRequest): object {
  const { id: requestId, method, url } = request
  const { storeId } = (request.params ?? {}) as { storeId?: string }
  return { requestId, method, url: loggedUrl(url), ...(storeId !== undefined && { storeId }) }
}
