// The one sender: what every answer carries, the length, back-pressure, memory that goes back when the socket has
// taken it, clients that leave, and no clean short end.
import type { FastifyReply } from 'fastify'
import { isZipzarrError, ZipzarrError } from '../errors.js'
import { ServerTiming } from '../http/server-timing.js'
import { CLIENT_LEFT, isClientGone } from '../plugins/client.js'
import { requestFacts } from '../plugins/request-facts.js'
import type { BodyInPieces, Response, WholeBody } from './response.js'

/** Pieces are gathered up to here before the status is sent: a failure until then is still a proper 5xx. */
const GATHER_BYTES = 64 * 1024

/** Writes a response past Fastify: no hook, serializer or header of it has anything to add. */
export function send(reply: FastifyReply, response: Response): FastifyReply | Promise<FastifyReply> {
  const { body } = response
  if (body !== undefined && 'pieces' in body) return sendPieces(reply, response, body)
  return sendWhole(reply, response, body)
}

function sendWhole(reply: FastifyReply, response: Response, body: WholeBody | undefined): FastifyReply {
  const { raw } = reply
  reply.hijack()
  if (isClientGone(reply)) {
    body?.onClose?.()
    return reply
  }
  const { socket } = raw
  const release = body?.release
  // An answer also finishes when its connection is destroyed with bytes of it still to be written.
  if (release !== undefined) raw.once('finish', () => socket?.destroyed === false && release())
  if (body?.onClose !== undefined) raw.once('close', body.onClose)
  writeHead(reply, response)
  raw.end(body?.bytes)
  return reply
}

/**
 * Resolves when the socket has taken everything or the client has left. A failure before the head rejects; one after
 * it destroys the connection, because a short body that looks whole is the one unforgivable answer.
 */
async function sendPieces(
  reply: FastifyReply,
  response: Response,
  body: BodyInPieces,
): Promise<FastifyReply> {
  const iterator = body.pieces[Symbol.asyncIterator]()
  const timing = body.timing ?? new ServerTiming()
  try {
    const first = await gather(iterator)
    checkLength(first, response.byteLength)
    const byteLength = first.isComplete ? first.byteLength : response.byteLength
    reply.hijack()
    if (isClientGone(reply)) return reply
    try {
      const head = [...response.head, 'server-timing', timing.mark('read').value]
      writeHead(reply, { ...response, head, byteLength })
      await pump(reply, { ...body, first: first.pieces, rest: iterator, byteLength })
    } catch (error) {
      cut(reply, error)
    }
    return reply
  } finally {
    await iterator.return?.()
  }
}

/** Writes the status, what every answer carries, and what this one says. */
function writeHead(reply: FastifyReply, { status, head: own, byteLength }: Response): void {
  const head = reply.server.commonHead?.(reply.request.id) ?? []
  for (const text of own) head.push(text)
  if (byteLength !== undefined) head.push('content-length', String(byteLength))
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

interface Body extends BodyInPieces {
  readonly byteLength: number | undefined
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
