// One stored value as an answer: whole, as a gzip member, or a range, when it has to be waited for.
import type { FastifyReply } from 'fastify'
import { crc32 } from '../src/crc32.js'
import { ZipzarrError } from '../src/errors.js'
import { gzipMember } from '../src/http/gzip-member.js'
import { mediaTypeOfKey } from '../src/http/media-types.js'
import { acceptsGzip } from '../src/http/negotiation.js'
import {
  contentRange,
  decideRange,
  type RangeVerdict,
  unsatisfiedContentRange,
} from '../src/http/range-header.js'
import { ServerTiming } from '../src/http/server-timing.js'
import { addVary } from '../src/plugins/answer-headers.js'
import { abortSignalOf, sendPieces, sendWhole } from '../src/plugins/sending.js'
import type { StoreKey } from '../src/store/keys.js'
import type { Allocate, GetOptions, ReadableStore, ValueStat } from '../src/store/store.js'
import { BorrowedMemory } from '../src/zarr/borrowed-memory.js'
import type { SlabPool } from '../src/zarr/slab-pool.js'
import { type Exchange, isNotModified, rangeRequestOf } from './conditional.js'

/** ZIP's method number of DEFLATE (APPNOTE 4.4.5). */
export const METHOD_DEFLATE = 8
/** Read and sent within one turn of the event loop up to here; a larger read could hold up others. */
export const MAX_NOW_BYTES = 4 * 1024 * 1024
/** Whole values up to here are held in memory; larger ones are verified first and then sent in pieces. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024
const PIECE_BYTES = 1024 * 1024

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
  if (request.method === 'HEAD') return reply.header('content-length', String(stat.byteLength)).send()
  const verdict = decideRange(rangeRequestOf(request), stat.byteLength, stat.tag)
  if (verdict.kind === 'unsatisfiable') {
    throw unsatisfiable(reply, stat.byteLength)
  }
  const value = { exchange, store, key, stat }
  checkInflatable(stat, exchange.app.services.config.maxResponseBytes)
  if (isGzip) return answerGzip(value)
  return verdict.kind === 'part' ? answerPart(value, verdict) : answerWhole(value)
}

interface Value {
  readonly exchange: ValueExchange
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

/** A value that is not stored as it is must be inflated in memory, even for a part of it. */
function checkInflatable(stat: ValueStat, limit: number): void {
  if (stat.isStored || stat.byteLength <= limit) return
  throw new ZipzarrError('RESPONSE_TOO_LARGE', `the value inflates to ${stat.byteLength} bytes`, {
    facts: { limit, actual: stat.byteLength, hint: 'read the archive itself from /files/{storeId}' },
  })
}

async function answerWhole({ exchange, store, key, stat }: Value): Promise<FastifyReply> {
  const { reply } = exchange
  const signal = abortSignalOf(reply)
  if (stat.isStored && stat.byteLength > MAX_BUFFERED_BYTES) {
    // Read twice, from warm pages the second time: once the head is sent, damage can be no 5xx any more.
    await drain(verifiedPieces(store, key, { stat, signal }), signal)
    return sendPieces(reply, verifiedPieces(store, key, { stat, signal }), { byteLength: stat.byteLength })
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
    return sendPieces(reply, partPieces(store, key, { byteOffset, byteLength, signal }), { byteLength })
  }
  const bytes = present(await store.getRange(key, { byteOffset, byteLength }, { signal }))
  reply.header('server-timing', timing.mark('read').value)
  return reply.header('content-length', String(bytes.byteLength)).send(bytes)
}

/** Passes the archive's DEFLATE bytes on; the store has verified that they inflate to the value. */
async function answerGzip({ exchange, store, key, stat }: Value): Promise<FastifyReply> {
  const { reply } = exchange
  const timing = new ServerTiming()
  const deflated = present(await store.getDeflated?.(key, { signal: abortSignalOf(reply) }))
  const body = gzipMember(deflated.bytes, stat)
  reply.header('server-timing', timing.mark('read').value).header('content-encoding', 'gzip')
  return reply.header('content-length', String(body.byteLength)).send(body)
}

/** A value the index holds but reading says is absent would be a lie as a 404. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new ZipzarrError('READ_FAILED', 'an indexed value could not be found')
  return value
}

interface Part extends GetOptions {
  readonly byteOffset: number
  readonly byteLength: number
}

async function* partPieces(store: ReadableStore, key: StoreKey, part: Part): AsyncGenerator<Buffer> {
  const end = part.byteOffset + part.byteLength
  const options = part.signal === undefined ? {} : { signal: part.signal }
  for (let byteOffset = part.byteOffset; byteOffset < end; byteOffset += PIECE_BYTES) {
    const byteLength = Math.min(PIECE_BYTES, end - byteOffset)
    yield present(await store.getRange(key, { byteOffset, byteLength }, options))
  }
}

async function drain(pieces: AsyncGenerator<Buffer>, signal: AbortSignal): Promise<void> {
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) signal.throwIfAborted()
}

/** The whole stored value piece by piece; its last piece is held back until the CRC-32 of all is right. */
async function* verifiedPieces(
  store: ReadableStore,
  key: StoreKey,
  { stat, signal }: { stat: ValueStat; signal: AbortSignal },
): AsyncGenerator<Buffer> {
  let sum = 0
  let held: Buffer | undefined
  for await (const piece of partPieces(store, key, { byteOffset: 0, byteLength: stat.byteLength, signal })) {
    if (held !== undefined) yield held
    sum = crc32(piece, sum)
    held = piece
  }
  if (sum !== stat.crc32) {
    throw new ZipzarrError('CHECKSUM_MISMATCH', 'the CRC-32 of a value is not the one in the directory')
  }
  if (held !== undefined) yield held
}
