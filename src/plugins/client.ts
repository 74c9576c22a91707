// Whether anybody is there to read the answer.
import type { FastifyReply } from 'fastify'
import { ZipzarrError } from '../errors.js'

/** Never sent: there is nobody to send it to. */
export const CLIENT_LEFT = new ZipzarrError('OVERLOADED', 'the client has left')

/** Aborted when the connection closes before the answer is finished: nobody reads for a client that has left. */
export function abortSignalOf({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(CLIENT_LEFT)
  })
  return controller.signal
}

/**
 * True when nobody is there to read the answer, or it was given already. The connection is the request's: a
 * response has none of its own before its turn has come (pipelining.ts).
 */
export function isClientGone({ raw, request }: FastifyReply): boolean {
  return raw.destroyed || raw.writableEnded || request.raw.socket.destroyed
}
