// The worker's end of the channel to the primary: typed messages, and requests that are answered or time out.
import { ERRORS, type ErrorCode, ZipzarrError } from '../../errors.js'
import type { Logger } from '../../logger.js'
import type { StoreMutations, StoreRecord } from '../../registry/stores.js'
import {
  type MessageToPrimary,
  type MessageToWorker,
  type Mutation,
  type MutationReply,
  parseMessageToWorker,
} from '../messages.js'

/** A registration may include indexing an archive; nobody waits longer for it. */
const REPLY_DEADLINE_MS = 60_000

interface PendingRequest {
  readonly settle: (reply: MutationReply) => void
  readonly timer: NodeJS.Timeout
}

/** `process` of a forked child, as far as it is a channel. */
export interface Channel {
  send?(message: unknown, callback: (error: Error | null) => void): unknown
  on(event: 'message', listener: (message: unknown) => void): unknown
}

export class PrimaryLink implements StoreMutations {
  readonly #channel: Channel
  readonly #pending = new Map<number, PendingRequest>()
  #lastRequestId = 0
  #log: Logger | undefined

  constructor(channel: Channel) {
    this.#channel = channel
  }

  /** Calls `listener` with every message but the replies, which find their own way. */
  listen(listener: (message: Exclude<MessageToWorker, { type: 'reply' }>) => void): void {
    this.#channel.on('message', value => {
      const message = parseMessageToWorker(value)
      if (message.type === 'reply') this.#settle(message.requestId, message.result)
      else listener(message)
    })
  }

  logTo(log: Logger): void {
    this.#log = log
  }

  send(message: MessageToPrimary): void {
    // With a callback a broken channel is told there; without one it would be an uncaught exception.
    this.#channel.send?.(message, error => {
      if (error) this.#log?.debug({ err: error, type: message.type }, 'message not delivered')
    })
  }

  async register(request: Parameters<StoreMutations['register']>[0]): Promise<StoreRecord> {
    const { id, location, root } = request
    const value = await this.#request({
      kind: 'register',
      request: {
        location: { ...location },
        ...(id !== undefined && { id }),
        ...(root !== undefined && { root }),
      },
    })
    return value as StoreRecord
  }

  async remove(id: string): Promise<void> {
    await this.#request({ kind: 'remove', id })
  }

  async #request(mutation: Mutation): Promise<unknown> {
    const requestId = ++this.#lastRequestId
    const reply = await new Promise<MutationReply>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(requestId)
        const message = `the registry did not answer within ${REPLY_DEADLINE_MS} ms`
        reject(new ZipzarrError('DEADLINE_EXCEEDED', message))
      }, REPLY_DEADLINE_MS)
      this.#pending.set(requestId, { settle: resolve, timer })
      this.send({ type: 'mutate', requestId, mutation })
    })
    if (reply.ok) return reply.value
    const { code, message, facts } = reply.error
    throw new ZipzarrError(isErrorCode(code) ? code : 'INTERNAL', message, { facts })
  }

  #settle(requestId: number, reply: MutationReply): void {
    const pending = this.#pending.get(requestId)
    if (pending === undefined) return
    this.#pending.delete(requestId)
    clearTimeout(pending.timer)
    pending.settle(reply)
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code)
}
