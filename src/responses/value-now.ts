// The hot path of stored values: what is in memory, or small and warm, is answered within this turn of the event
// loop, with a head that was made when the value was first asked for.
import { mediaTypeOfKey } from '../http/media-types.js'
import { ServerTiming } from '../http/server-timing.js'
import { quoteTag } from '../http/validators.js'
import { sendPlain } from '../plugins/sending.js'
import { keyProblem, type NodePath, type StoreKey } from '../store/keys.js'
import type { ReadableStore, ValueStat } from '../store/store.js'
import { isCurrent } from './conditional.js'
import type { KeptAnswers } from './kept-answers.js'
import { mayBeMade } from './synthesised.js'
import {
  isCoded,
  KEY_ABSENT,
  MAX_NOW_BYTES,
  METHOD_DEFLATE,
  nowIn,
  type ValueExchange,
} from './value-answer.js'

/** What it takes beside its texts: four arrays and the place in the cache. */
const PREPARED_BYTES = 1024
/** A larger value costs more to send than to read. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024

const NOT_READ = ['server-timing', 'lookup;dur=0']
const KEPT = ['server-timing', 'read;dur=0;desc="from memory"']

/** One value and what all whole answers of it have in common. */
export interface PreparedValue {
  readonly key: StoreKey
  readonly stat: ValueStat
  /** Validators of the value, and of a 304. */
  readonly validators: readonly string[]
  /** The head of a whole answer but for its timing. */
  readonly head: readonly string[]
  /** The same for a body that was in memory. */
  readonly keptHead: readonly string[]
}

export interface KeptValues {
  readonly heads: KeptAnswers<PreparedValue>
  readonly bodies: KeptAnswers<Uint8Array>
}

export interface HotExchange extends ValueExchange {
  readonly kept: KeptValues
}

/**
 * Answers when it needs no waiting; false says nothing but "ask answerValue".
 * @throws ZipzarrError INVALID_KEY, PRECONDITION_FAILED and whatever reading the value throws
 */
export function answerValueNow(exchange: HotExchange, store: ReadableStore, path: string): boolean {
  const { request, reply, kept } = exchange
  const { url, headers } = request
  if ((request.query as { consolidated?: string }).consolidated === 'true') return false
  const queryStart = url.indexOf('?')
  const name = queryStart < 0 ? url : url.slice(0, queryStart)
  const known = kept.heads.get(store, name)
  const value = known ?? prepareValue(exchange, store, { path, name })
  if (value === undefined) return false
  const { stat } = value
  // Ranges, coded and large values go the other way.
  if (headers.range !== undefined || isCoded(exchange, stat)) return false
  store.requireUnchanged?.()
  if (isCurrent(request, stat.tag)) {
    sendPlain(reply, { status: 304, head: [...value.validators, ...NOT_READ] })
    return true
  }
  if (request.method === 'HEAD') {
    sendPlain(reply, { status: 200, head: [...value.head, ...NOT_READ] })
    return true
  }
  if (stat.byteLength > MAX_NOW_BYTES) return false
  const body = kept.bodies.get(store, name)
  if (body !== undefined) {
    sendPlain(reply, { status: 200, head: value.keptHead, body })
    return true
  }
  const timing = new ServerTiming()
  const now = nowIn(exchange.slabPool, allocate => store.getNow?.(value.key, MAX_NOW_BYTES, allocate))
  if (now === undefined) return false
  if (known !== undefined) keepBody(kept.bodies, store, { name, bytes: now.bytes })
  sendPlain(reply, {
    status: 200,
    head: [...value.head, 'server-timing', timing.mark('read').value],
    body: now.bytes,
    release: now.release,
  })
  return true
}

/** Undefined: there may be an answer, but not now. */
function prepareValue(
  { app, kept: { heads } }: HotExchange,
  store: ReadableStore,
  { path, name }: { readonly path: string; readonly name: string },
): PreparedValue | undefined {
  if (keyProblem(path) !== undefined || store.getNow === undefined) return undefined
  const key = path as StoreKey
  const stat = store.stat(key)
  if (stat === undefined) {
    // A document may be made, and a folder redirects.
    if (mayBeMade(path) || store.metadataAt(path as NodePath) !== undefined) return undefined
    throw KEY_ABSENT
  }
  const validators = ['etag', quoteTag(stat.tag), 'cache-control', app.services.config.cacheControl]
  const isDeflated = stat.method === METHOD_DEFLATE
  const describing = ['content-type', mediaTypeOfKey(key), 'accept-ranges', 'bytes']
  const vary = isDeflated ? ['vary', 'Accept-Encoding'] : []
  const head = [...validators, ...describing, ...vary, 'content-length', String(stat.byteLength)]
  const value = { key, stat, validators, head, keptHead: [...head, ...KEPT] }
  heads.set(store, name, value, PREPARED_BYTES + 4 * name.length)
  return value
}

/** Of a value that was asked for before, in memory of its own: `bytes` go back to the pool. */
function keepBody(
  bodies: KeptAnswers<Uint8Array>,
  store: ReadableStore,
  { name, bytes }: { readonly name: string; readonly bytes: Buffer },
): void {
  const { byteLength } = bytes
  if (byteLength > MAX_KEPT_BYTES || !bodies.takesIn(byteLength)) return
  bodies.set(store, name, new Uint8Array(bytes), byteLength)
}
