// A stored value as a response: whole, a range of it, or the gzip member that its deflated entry makes. What is known
// of it without reading, and bodies that are asked for again, are kept.
import { ZipzarrError } from '../errors.js'
import { GZIP_OVERHEAD_BYTES, gzipMember, gzipPieces } from '../http/gzip-member.js'
import { ServerTiming } from '../http/server-timing.js'
import { quoteTag } from '../http/validators.js'
import { BorrowedMemory } from '../memory/borrowed-memory.js'
import { type MaybePromise, recover, then } from '../memory/maybe-promise.js'
import type { Stop } from '../memory/single-flight.js'
import type { SlabPool } from '../memory/slab-pool.js'
import type { StoreKey } from '../store/keys.js'
import type { Allocate, GetOptions, ReadableStore, ValueStat } from '../store/store.js'
import { type ConditionalRequest, type Decision, decide, type Part, type ResourceHead } from './decide.js'
import type { PerStoreCache } from './per-store-cache.js'
import type { Response } from './response.js'

/** ZIP's method number of DEFLATE (APPNOTE 4.4.5). */
const METHOD_DEFLATE = 8
/** Longer bodies are sent in pieces. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024
/** A larger body costs more to send than to read. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024

const NOT_READ = ['server-timing', 'lookup;dur=0']
const FROM_MEMORY = ['server-timing', 'read;dur=0;desc="from memory"']

/** One value, and what is said of it in every answer. */
export interface ValueHead extends ResourceHead {
  readonly key: StoreKey
  readonly stat: ValueStat
  readonly byteLength: number
}

export interface ValueHeadOptions {
  readonly mediaType: string
  readonly cacheControl: string
  /** False: it is answered whole and as it is, whatever the request says of ranges and codings. */
  readonly hasForms?: boolean
  /** More of the head: name, value, name, value … */
  readonly head?: readonly string[]
}

export function valueHead(key: StoreKey, stat: ValueStat, options: ValueHeadOptions): ValueHead {
  const { mediaType, cacheControl, hasForms = true, head = [] } = options
  const isDeflated = hasForms && stat.method === METHOD_DEFLATE
  const vary = isDeflated ? ['vary', 'Accept-Encoding'] : []
  const ranges = hasForms ? ['accept-ranges', 'bytes'] : []
  const describing = ['cache-control', cacheControl, ...vary]
  const media = ['content-type', mediaType, ...ranges, ...head]
  const form = (tag: string, more: readonly string[], byteLength: number) => {
    const unmodified = ['etag', quoteTag(tag), ...describing]
    return { tag, unmodified, head: [...unmodified, ...media, ...more], byteLength }
  }
  const gzip = isDeflated
    ? {
        gzip: form(
          `${stat.tag}-gzip`,
          ['content-encoding', 'gzip'],
          stat.storedByteLength + GZIP_OVERHEAD_BYTES,
        ),
      }
    : {}
  return { ...form(stat.tag, [], stat.byteLength), key, stat, hasRanges: hasForms, ...gzip }
}

export interface ValueReading {
  readonly store: ReadableStore
  readonly slabPool: SlabPool
  /** Longest value that is inflated for an answer, in bytes. */
  readonly maxInflatedBytes: number
  /** Whose signal stops the reads; it is looked at only for what takes long. */
  readonly stop: Stop
  /** Bodies that are asked for again; absent: none are kept. */
  readonly bodies?: KeptBodies
}

export interface KeptBodies {
  readonly kept: PerStoreCache<Uint8Array>
  /** Tells the value from all others. */
  readonly name: string
  /** Whether the value was asked for before. */
  readonly isAskedAgain: boolean
}

/** @throws ZipzarrError PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE, RESPONSE_TOO_LARGE; read failures reject */
export function valueResponse(
  value: ValueHead,
  request: ConditionalRequest,
  reading: ValueReading,
): MaybePromise<Response> {
  const decision = decide(value, request)
  const { status, head, byteLength, part } = decision
  if (part.kind === 'none') return { status, head: [...head, ...NOT_READ], byteLength }
  checkInflatable(value.stat, reading.maxInflatedBytes)
  const bytes = keptBody(reading, decision)
  if (bytes !== undefined) return { status, head: [...head, ...FROM_MEMORY], byteLength, body: { bytes } }
  return isLarge(value, part) ? inPieces(value, decision, reading) : atOnce(value, decision, reading)
}

function isLarge({ stat }: ValueHead, part: Part): boolean {
  if (part.kind === 'range') return part.byteLength > MAX_BUFFERED_BYTES
  return Math.max(stat.byteLength, stat.storedByteLength) > MAX_BUFFERED_BYTES
}

/** Even for a part of a value that is not stored as it is, all before it has to be inflated. */
function checkInflatable(stat: ValueStat, limit: number): void {
  if (stat.isStored || stat.byteLength <= limit) return
  throw new ZipzarrError('RESPONSE_TOO_LARGE', `the value inflates to ${stat.byteLength} bytes`, {
    facts: { limit, actual: stat.byteLength, hint: 'read the archive itself from /files/{storeId}' },
  })
}

const keptName = (name: string, kind: string): string => (kind === 'gzip' ? `${name}\ngzip` : name)

function keptBody({ store, bodies }: ValueReading, { part }: Decision): Uint8Array | undefined {
  const bytes = bodies?.kept.get(store, keptName(bodies.name, part.kind))
  if (bytes === undefined || part.kind !== 'range') return bytes
  return bytes.subarray(part.byteOffset, part.byteOffset + part.byteLength)
}

/** A body in one buffer, in memory of the pool that goes back there when the socket has taken the bytes. */
function atOnce(value: ValueHead, decision: Decision, reading: ValueReading): MaybePromise<Response> {
  const { status, head, byteLength, part } = decision
  const { store, slabPool } = reading
  const timing = new ServerTiming()
  const memory = new BorrowedMemory(slabPool)
  const signal = store.isImmediate(readSizes(value.stat, part)) ? {} : { signal: reading.stop.signal }
  const read = (): MaybePromise<Uint8Array> =>
    then(readBody(value, part, { store, options: { ...signal, allocate: memory.acquire } }), present)
  const answer = (bytes: Uint8Array): Response => {
    keepBody(reading, decision, bytes)
    return {
      status,
      head: [...head, 'server-timing', timing.mark('read').value],
      byteLength,
      body: { bytes, release: () => memory.releaseAll() },
    }
  }
  return then(
    recover(read, error => {
      memory.releaseAll()
      throw error
    }),
    answer,
  )
}

/** Of a stored value only the part is read; of any other all of it. */
function readSizes(stat: ValueStat, part: Part): ValueStat {
  if (part.kind !== 'range' || !stat.isStored) return stat
  return { ...stat, byteLength: part.byteLength, storedByteLength: part.byteLength }
}

function readBody(
  { key, stat }: ValueHead,
  part: Part,
  { store, options }: { store: ReadableStore; options: GetOptions & { allocate: Allocate } },
): MaybePromise<Uint8Array | undefined> {
  if (part.kind === 'range') {
    const { byteOffset, byteLength } = part
    return store.getRange(key, { byteOffset, byteLength }, options)
  }
  if (part.kind !== 'gzip') return store.get(key, options)
  return then(store.getDeflated?.(key, options), deflated =>
    deflated?.bytes instanceof Uint8Array ? gzipMember(deflated.bytes, stat) : undefined,
  )
}

/** Of a value that was asked for before, in memory of its own: `bytes` go back to the pool. */
function keepBody({ store, bodies }: ValueReading, { part }: Decision, bytes: Uint8Array): void {
  const { byteLength } = bytes
  if (bodies === undefined || !bodies.isAskedAgain || part.kind === 'range') return
  if (byteLength > MAX_KEPT_BYTES || !bodies.kept.admits(byteLength)) return
  bodies.kept.set(store, keptName(bodies.name, part.kind), new Uint8Array(bytes), byteLength)
}

async function inPieces(value: ValueHead, decision: Decision, reading: ValueReading): Promise<Response> {
  const timing = new ServerTiming()
  const { status, head, byteLength } = decision
  const pieces = await piecesOf(value, decision.part, reading)
  return { status, head, byteLength, body: { pieces, timing } }
}

async function piecesOf(
  { key, stat }: ValueHead,
  part: Part,
  reading: ValueReading,
): Promise<AsyncIterable<Uint8Array>> {
  const { store } = reading
  const { signal } = reading.stop
  if (part.kind === 'gzip') {
    const deflated = present(await store.getDeflated?.(key, { signal }))
    return gzipPieces(deflated.bytes, stat)
  }
  if (part.kind === 'range' && part.byteLength < stat.byteLength) {
    const { byteOffset, byteLength } = part
    return present(store.getPieces(key, { byteOffset, byteLength }, { signal }))
  }
  const pieces = () => present(store.getPieces(key, { byteOffset: 0 }, { signal }))
  // Read twice, from warm pages the second time: once the head is sent, damage can be no 5xx any more. Inflating
  // twice would cost too much: of what is not stored as it is, the connection is cut instead.
  if (stat.isStored) for await (const _piece of pieces());
  return pieces()
}

/** A value the index holds but reading says is absent would be a lie as a 404. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new ZipzarrError('READ_FAILED', 'an indexed value could not be found')
  return value
}
