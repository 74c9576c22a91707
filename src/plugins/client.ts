// Whether anybody is there to read the answer.
import type { FastifyReply } from 'fastify'
import { ZipzarrError } from '../errors.js'

/** Never sent: there is nobody to send it to. */
export const CLIENT_LEFT = new ZipzarrError('OVERLOADED', 'the client has left')

/** Aborts when the connection closes before the answer is finished: nobody reads for a client that has left. */
class ClientStop {
  readonly #reply: FastifyReply
  #controller: AbortController | undefined

  constructor(reply: FastifyReply) {
    this.#reply = reply
  }

  /** Made when it is first asked for: what is at hand needs none. */
  get signal(): AbortSignal {
    this.#controller ??= this.#watch(new AbortController())
    return this.#controller.signal
  }

  #watch(controller: AbortController): AbortController {
    const { raw } = this.#reply
    if (raw.destroyed) controller.abort(CLIENT_LEFT)
    else {
      raw.once('close', () => {
        if (!raw.writableFinished) controller.abort(CLIENT_LEFT)
      })
    }
    return controller
  }
}

export function stopOf(reply: FastifyReply): { readonly signal: AbortSignal } {
  return new ClientStop(reply)
}

/**
 * True when nobody is there to read the answer, or it was given already. The connection is the request's: a
 * response has none of its own before its turn has come (pipelining.ts).
 */
export function isClientGone({ raw, request }: FastifyReply): boolean {
  return raw.destroyed || raw.writableEnded || request.raw.socket.destroyed
}
