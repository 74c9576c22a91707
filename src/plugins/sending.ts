// Bodies in pieces: bounded memory, back-pressure, and no clean short end. What fits in the first pieces is sent
// as one answer with its length; only beyond that does a body stream.
import type { FastifyReply } from 'fastify'
import { isZipzarrError, ZipzarrError } from '../errors.js'
import { ServerTiming } from '../http/server-timing.js'
import { requestFacts } from './request-facts.js'

/** Pieces are gathered up to here before the status is sent: a failure until then is still a proper 5xx. */
const GATHER_BYTES = 64 * 1024

export interface PiecesOptions {
  /** Exact length of the body where known: sent as Content-Length, and checked. */
  readonly byteLength?: number | undefined
  /** Called when the socket has taken a piece: its buffer may be reused from then on. */
  readonly release?: (piece: Uint8Array) => void
  /** Asked before each piece: whether the next one may be made while the socket takes it. Absent: no. */
  readonly mayReadAhead?: () => boolean
  /** More headers than those set on the reply: name, value, name, value … */
  readonly head?: readonly string[]
  /** Of the work so far; reading the first pieces is added. */
  readonly timing?: ServerTiming
}

/** Never sent: there is nobody to send it to. */
const CLIENT_LEFT = new ZipzarrError('OVERLOADED', 'the client has left')

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

/**
 * Sends `pieces` with the status and headers set on `reply`. Resolves when the socket has taken everything or
 * the client has left. A failure before the head rejects; one after it destroys the connection, because a
 * short body that looks whole is the one unforgivable answer.
 */
export async function sendPieces(
  reply: FastifyReply,
  pieces: AsyncIterable<Uint8Array>,
  options: PiecesOptions = {},
): Promise<FastifyReply> {
  const iterator = pieces[Symbol.asyncIterator]()
  const timing = options.timing ?? new ServerTiming()
  try {
    const first = await gather(iterator)
    const byteLength = first.isComplete ? first.byteLength : options.byteLength
    checkLength(first, options.byteLength)
    if (isClientGone(reply)) return reply.hijack()
    reply.hijack()
    try {
      const length = byteLength === undefined ? [] : ['content-length', String(byteLength)]
      const own = [...headOf(reply), ...(options.head ?? []), ...length]
      writeHead(reply, reply.statusCode, [...own, 'server-timing', timing.mark('read').value])
      await pump(reply, { ...options, first: first.pieces, rest: iterator, byteLength })
    } catch (error) {
      cut(reply, error)
    }
    return reply
  } finally {
    await iterator.return?.()
  }
}

/** An answer that is all there. */
export interface PlainAnswer {
  readonly status: number
  /** Name, value, name, value …: all but what every answer carries. */
  readonly head: readonly string[]
  /** Absent: an answer without a body. */
  readonly body?: Uint8Array
  /** Called when the socket has taken the body: its buffer may be reused from then on. */
  readonly release?: (() => void) | undefined
  /** Called when the answer is over, however it ended. */
  readonly onClose?: (() => void) | undefined
}

/** Writes an answer past Fastify: no hook, serializer or header of it has anything to add. */
export function sendPlain(reply: FastifyReply, answer: PlainAnswer): FastifyReply {
  const { status, head, body, release, onClose } = answer
  const { raw } = reply
  if (isClientGone(reply)) {
    onClose?.()
    return reply.hijack()
  }
  const { socket } = raw
  // An answer also finishes when its connection is destroyed with bytes of it still to be written.
  if (release !== undefined) raw.once('finish', () => socket?.destroyed === false && release())
  if (onClose !== undefined) raw.once('close', onClose)
  reply.hijack()
  writeHead(reply, status, head)
  raw.end(body)
  return reply
}

export type WholeOptions = Pick<PlainAnswer, 'release' | 'onClose'>

/** Sends a body that is all there as one buffer, with the status and headers set on `reply`. */
export function sendWhole(reply: FastifyReply, body: Uint8Array, options: WholeOptions): FastifyReply {
  reply.header('content-length', String(body.byteLength))
  return sendPlain(reply, { ...options, status: reply.statusCode, head: headOf(reply), body })
}

/** The headers set on `reply`: name, value, name, value … */
function headOf(reply: FastifyReply): string[] {
  return Object.entries(reply.getHeaders()).flatMap(([name, value]) => [name, String(value)])
}

/** Writes the status, what every answer carries, and `own`. */
function writeHead(reply: FastifyReply, status: number, own: readonly string[]): void {
  const head = reply.server.commonHead?.(reply.request.id) ?? []
  for (const text of own) head.push(text)
  reply.sentHead = head
  reply.raw.writeHead(status, head)
}

interface Gathered {
  readonly pieces: readonly Uint8Array[]
  readonly byteLength: number
  readonly isComplete: boolean
}

async function gather(iterator: AsyncIterator<Uint8Array>): Promise<Gathered> {
  const pieces: Uint8Array[] = []
  let byteLength = 0
  while (byteLength < GATHER_BYTES) {
    const next = await iterator.next()
    if (next.done === true) return { pieces, byteLength, isComplete: true }
    pieces.push(next.value)
    byteLength += next.value.byteLength
  }
  return { pieces, byteLength, isComplete: false }
}

function checkLength(first: Gathered, expected: number | undefined): void {
  if (expected === undefined || !first.isComplete || first.byteLength === expected) return
  throw lengthError(first.byteLength, expected)
}

function lengthError(actual: number, expected: number): ZipzarrError {
  return new ZipzarrError('INTERNAL', `the body has ${actual} bytes, ${expected} were announced`)
}

interface Body extends PiecesOptions {
  readonly first: readonly Uint8Array[]
  readonly rest: AsyncIterator<Uint8Array>
}

async function pump(reply: FastifyReply, body: Body): Promise<void> {
  let sent = 0
  const pieces = readAhead(body)
  for (let next = await pieces(); next !== undefined; ) {
    const piece = next
    const sending = write(reply, piece)
    const following = body.mayReadAhead?.() === true ? pieces() : undefined
    // Waited for below, unless the client leaves first.
    following?.catch(() => undefined)
    await sending
    sent += piece.byteLength
    body.release?.(piece)
    next = await (following ?? pieces())
  }
  if (body.byteLength !== undefined && sent !== body.byteLength) throw lengthError(sent, body.byteLength)
  await new Promise<void>(resolve => {
    reply.raw.once('close', resolve)
    reply.raw.once('finish', resolve)
    reply.raw.end()
  })
}

/** Answers the pieces one by one, and undefined at the end. */
function readAhead({ first, rest }: Body): () => Promise<Uint8Array | undefined> {
  const gathered = first[Symbol.iterator]()
  return async () => {
    const known = gathered.next()
    if (known.done !== true) return known.value
    const next = await rest.next()
    return next.done === true ? undefined : next.value
  }
}

/** Resolves when the system has taken the bytes (not merely Node's buffer), rejects when the client leaves. */
function write(reply: FastifyReply, piece: Uint8Array): Promise<void> {
  const { raw } = reply
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(CLIENT_LEFT)
    if (raw.destroyed) return onClose()
    raw.once('close', onClose)
    raw.write(piece, error => {
      raw.off('close', onClose)
      if (error === null || error === undefined) resolve()
      else reject(error)
    })
  })
}

/** Ends the connection with a reset: without a Content-Length a clean end would look like the end of the body. */
function cut(reply: FastifyReply, error: unknown): void {
  const { socket } = reply.raw
  if (!isClientGone(reply)) {
    const code = isZipzarrError(error) ? error.code : 'INTERNAL'
    reply.log.error(
      { ...requestFacts(reply.request), err: error, code },
      'body cut off after its head was sent',
    )
  }
  socket?.resetAndDestroy()
}
