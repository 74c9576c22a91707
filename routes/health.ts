// Probes of this process. Those of the whole cluster are on the admin port.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { json, problems } from './schemas/responses.js'

export const healthRoutes: FastifyPluginAsyncTypebox = async app => {
  const { health } = app.services
  const live = async (_request: unknown, reply: FastifyReply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' })
  const ready = async (_request: unknown, reply: FastifyReply) => {
    const status = health.isDraining ? 'draining' : health.isReady ? 'ok' : 'starting'
    return reply
      .header('cache-control', 'no-store')
      .code(status === 'ok' ? 200 : 503)
      .send({ status })
  }
  const up = json('Up', 'Health')
  app.get(
    '/health/live',
    {
      schema: {
        operationId: 'getLiveness',
        description: 'Answers as long as the process answers at all.',
        tags: ['operations'],
        summary: 'Is the process up?',
        response: { 200: up, ...problems([]) },
      },
    },
    live,
  )
  app.get(
    '/health/ready',
    {
      schema: {
        operationId: 'getReadiness',
        description:
          '503 until every archive found at the start is indexed or has failed, and while the process drains before it stops.',
        tags: ['operations'],
        summary: 'Are the archives found at the start indexed, and is the process not about to stop?',
        response: { 200: up, ...problems([]), 503: json('Starting or draining', 'Health') },
      },
    },
    ready,
  )
  // The spellings other probes use.
  app.get('/healthz', { schema: { hide: true } }, ready)
  app.get('/livez', { schema: { hide: true } }, live)
  app.get('/readyz', { schema: { hide: true } }, ready)
}
