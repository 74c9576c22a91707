// One stored value as an answer: whole, as a gzip member, or a range, when it has to be waited for.
import type { FastifyReply } from 'fastify'
import { ZipzarrError } from '../errors.js'
import { GZIP_OVERHEAD_BYTES, gzipPieces } from '../http/gzip-member.js'
import { mediaTypeOfKey } from '../http/media-types.js'
import { acceptsGzip } from '../http/negotiation.js'
import {
  contentRange,
  decideRange,
  type RangeVerdict,
  unsatisfiedContentRange,
} from '../http/range-header.js'
import { ServerTiming } from '../http/server-timing.js'
import { BorrowedMemory } from '../memory/borrowed-memory.js'
import type { SlabPool } from '../memory/slab-pool.js'
import { addVary } from '../plugins/answer-headers.js'
import { abortSignalOf, sendPieces, sendWhole } from '../plugins/sending.js'
import type { StoreKey } from '../store/keys.js'
import type { Allocate, ReadableStore, ValueStat } from '../store/store.js'
import { type Exchange, isNotModified, rangeRequestOf } from './conditional.js'

/** ZIP's method number of DEFLATE (APPNOTE 4.4.5). */
export const METHOD_DEFLATE = 8
/** Read and sent within one turn of the event loop up to here; a larger read could hold up others. */
export const MAX_NOW_BYTES = 4 * 1024 * 1024
/** Whole values up to here are held in memory; larger ones are sent in pieces. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024

/** One object for all: sparse arrays ask for many absent chunks, and a stack trace each would cost the most. */
export const KEY_ABSENT = new ZipzarrError('KEY_NOT_FOUND', 'the store holds no such key')

export interface ValueExchange extends Exchange {
  readonly slabPool: SlabPool
}

interface ValueNow {
  readonly bytes: Buffer
  readonly release: () => void
}

/** What `read` answers, in memory of the pool that goes back there when the socket has taken the bytes. */
export function nowIn(
  slabPool: SlabPool,
  read: (allocate: Allocate) => Buffer | undefined,
): ValueNow | undefined {
  const memory = new BorrowedMemory(slabPool)
  const bytes = read(memory.lend)
  if (bytes !== undefined) return { bytes, release: () => memory.giveBack() }
  memory.giveBack()
  return undefined
}

/** @throws ZipzarrError KEY_NOT_FOUND, RANGE_NOT_SATISFIABLE, PRECONDITION_FAILED and read failures */
export async function answerValue(
  exchange: ValueExchange,
  store: ReadableStore,
  key: StoreKey,
): Promise<FastifyReply> {
  const { request, reply } = exchange
  const stat = store.stat(key)
  if (stat === undefined) throw KEY_ABSENT
  const isGzip = isCoded(exchange, stat)
  if (isNotModified(exchange, isGzip ? `${stat.tag}-gzip` : stat.tag)) return reply.send()
  setValueHeaders(reply, key, stat)
  // HEAD always describes the uncoded value: clients take its Content-Length for the size of a shard.
  if (request.method === 'HEAD') return answerHead(reply, stat)
  const verdict = decideRange(rangeRequestOf(request), stat.byteLength, stat.tag)
  if (verdict.kind === 'unsatisfiable') {
    throw unsatisfiable(reply, stat.byteLength)
  }
  const value = { exchange, store, key, stat }
  if (isGzip) return answerGzip(value)
  return verdict.kind === 'part' ? answerPart(value, verdict) : answerWhole(value)
}

export interface Value<Of extends Exchange = ValueExchange> {
  readonly exchange: Of
  readonly store: ReadableStore
  readonly key: StoreKey
  readonly stat: ValueStat
}

/** A ranged answer never carries a coding: its bounds would then be those of the coded bytes. */
export function isCoded({ request }: Exchange, stat: ValueStat): boolean {
  if (stat.method !== METHOD_DEFLATE || request.method === 'HEAD') return false
  return request.headers.range === undefined && acceptsGzip(request.headers['accept-encoding'])
}

function setValueHeaders(reply: FastifyReply, key: StoreKey, stat: ValueStat): void {
  reply.header('content-type', mediaTypeOfKey(key)).header('accept-ranges', 'bytes')
  if (stat.method === METHOD_DEFLATE) addVary(reply, 'Accept-Encoding')
}

export function unsatisfiable(reply: FastifyReply, byteLength: number): ZipzarrError {
  reply.header('content-range', unsatisfiedContentRange(byteLength))
  return new ZipzarrError('RANGE_NOT_SATISFIABLE', `the value has ${byteLength} bytes`, {
    facts: { byteLength },
  })
}

/** Even for a part of a value that is not stored as it is, all before it has to be inflated. */
function checkInflatable({ app }: Exchange, stat: ValueStat): void {
  const limit = app.services.config.maxResponseBytes
  if (stat.isStored || stat.byteLength <= limit) return
  throw new ZipzarrError('RESPONSE_TOO_LARGE', `the value inflates to ${stat.byteLength} bytes`, {
    facts: { limit, actual: stat.byteLength, hint: 'read the archive itself from /files/{storeId}' },
  })
}

function answerHead(reply: FastifyReply, { byteLength }: ValueStat): FastifyReply {
  return reply.header('content-length', String(byteLength)).send()
}

/** The whole value, with what else is set on the reply. */
export async function answerWhole({ exchange, store, key, stat }: Value<Exchange>): Promise<FastifyReply> {
  if (exchange.request.method === 'HEAD') return answerHead(exchange.reply, stat)
  checkInflatable(exchange, stat)
  const { reply } = exchange
  const signal = abortSignalOf(reply)
  if (stat.byteLength > MAX_BUFFERED_BYTES) {
    const pieces = (): AsyncIterable<Buffer> => present(store.getPieces(key, { byteOffset: 0 }, { signal }))
    // Read twice, from warm pages the second time: once the head is sent, damage can be no 5xx any more. Inflating
    // twice would cost too much: of what is not stored as it is, the connection is cut instead.
    if (stat.isStored) await drain(pieces())
    return sendPieces(reply, pieces(), { byteLength: stat.byteLength })
  }
  const timing = new ServerTiming()
  const bytes = present(await store.get(key, { signal }))
  reply.header('server-timing', timing.mark('read').value)
  return reply.header('content-length', String(bytes.byteLength)).send(bytes)
}

async function answerPart(value: Value, part: RangeVerdict & { kind: 'part' }): Promise<FastifyReply> {
  const { exchange, store, key, stat } = value
  const { reply } = exchange
  const { byteOffset, byteLength } = part
  checkInflatable(exchange, stat)
  reply.code(206).header('content-range', contentRange(byteOffset, byteLength, stat.byteLength))
  // A range that is the whole value can be verified, so it is.
  if (byteLength === stat.byteLength) return answerWhole(value)
  const timing = new ServerTiming()
  const now = nowIn(exchange.slabPool, allocate =>
    store.getRangeNow?.(key, { byteOffset, byteLength }, { maxByteLength: MAX_NOW_BYTES, allocate }),
  )
  if (now !== undefined) {
    reply.header('server-timing', timing.mark('read').value)
    return sendWhole(reply, now.bytes, now)
  }
  const signal = abortSignalOf(reply)
  if (byteLength > MAX_BUFFERED_BYTES) {
    return sendPieces(reply, present(store.getPieces(key, part, { signal })), { byteLength })
  }
  const bytes = present(await store.getRange(key, { byteOffset, byteLength }, { signal }))
  reply.header('server-timing', timing.mark('read').value)
  return reply.header('content-length', String(bytes.byteLength)).send(bytes)
}

/** Passes the archive's DEFLATE bytes on; the store has verified that they inflate to the value. */
async function answerGzip({ exchange, store, key, stat }: Value): Promise<FastifyReply> {
  const { reply } = exchange
  checkInflatable(exchange, stat)
  const timing = new ServerTiming()
  const deflated = present(await store.getDeflated?.(key, { signal: abortSignalOf(reply) }))
  reply.header('content-encoding', 'gzip')
  const byteLength = deflated.storedByteLength + GZIP_OVERHEAD_BYTES
  const pieces = gzipPieces(deflated.pieces, deflated)
  if (byteLength > MAX_BUFFERED_BYTES) return sendPieces(reply, pieces, { byteLength, timing })
  const body: Uint8Array[] = []
  for await (const piece of pieces) body.push(piece)
  reply.header('server-timing', timing.mark('read').value)
  return reply.header('content-length', String(byteLength)).send(Buffer.concat(body))
}

/** A value the index holds but reading says is absent would be a lie as a 404. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new ZipzarrError('READ_FAILED', 'an indexed value could not be found')
  return value
}

async function drain(pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const _piece of pieces);
}
