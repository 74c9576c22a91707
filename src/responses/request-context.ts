// What a response is made for.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface RequestContext {
  readonly app: FastifyInstance
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}
