// One archive as the owner of the registry follows it, and the decision what to do after each look at it.
// Pure of I/O: looks come in, verdicts go out.
import type { ByteIdentity } from '../../bytes/random-access.js'
import type { ErrorCode } from '../../errors.js'
import type { StoreId } from '../../store/keys.js'
import { locationKey } from '../discovery/store-id.js'
import { isSameIdentity, type WriteStability } from '../discovery/write-stability.js'
import type { IndexedArchive } from '../indexing/index-archive.js'
import type { StoreLocation } from '../stores.js'

/**
 * A file that is gone is given this long to come back: replacing by "remove, then copy" shall answer 503 and
 * not the 404 that a Zarr client takes for fill values.
 */
const GRACE_MS = 400
const FIRST_RETRY_MS = 2000
const LONGEST_RETRY_MS = 300_000
/** An index file that was good for so long was damaged by chance, not by what keeps damaging it. */
const GOOD_INDEX_MS = 60_000
const FIRST_INDEX_RETRY_MS = 1000
const LONGEST_INDEX_RETRY_MS = 10_000

/** Failures that may pass without the file changing. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set(['STORE_UNAVAILABLE', 'READ_FAILED', 'INTERNAL'])

export interface Look {
  readonly identity: ByteIdentity
  readonly ageMs: number
}

/** What was seen: a file, no file, or nothing that would prove either. */
export type Observation = Look | 'absent' | 'unknown'

export type Verdict =
  | { readonly kind: 'leave' }
  /** Look again after `delayMs`; `isChanging`: what is there is not what was indexed. */
  | { readonly kind: 'wait'; readonly delayMs: number; readonly isChanging: boolean }
  | { readonly kind: 'index' }
  | { readonly kind: 'drop' }

export class TrackedArchive {
  readonly location: StoreLocation
  /** The location's key; for an id given by request something no location has. */
  readonly key: string
  id: StoreId
  /** Folder inside the archive that was asked for as the store's root. */
  rootPrefix: string | undefined
  /** Its id is final: it stays whatever comes later. */
  hasId = false
  /** Registered by request: followed even where scans do not look. */
  isRegistered = false
  isDropped = false
  indexed: IndexedArchive | undefined
  isIndexing = false
  /** The file was seen to change while it was being indexed. */
  isOvertaken = false
  /** State of the file at the last attempt to index it, successful or not. */
  #attempted: ByteIdentity | undefined
  #absentSinceMs: number | undefined
  #retryAtMs: number | undefined
  #failures = 0
  #indexDamages = 0
  #damagedAtMs = Number.NEGATIVE_INFINITY

  constructor(location: StoreLocation, id: StoreId, key: string) {
    this.location = location
    this.id = id
    this.key = key
  }

  /** Its id was given by request, not by where it lies. */
  get isNamed(): boolean {
    return this.key !== locationKey(this.location)
  }

  /** When it will be tried again without the file having changed. */
  get retryAtMs(): number | undefined {
    return this.#retryAtMs
  }

  decide(seen: Observation, stability: WriteStability, nowMs: number): Verdict {
    if (seen === 'unknown') return { kind: 'leave' }
    if (seen === 'absent') return this.#decideAbsence(nowMs)
    this.#absentSinceMs = undefined
    const isKnown = this.#attempted !== undefined && isSameIdentity(this.#attempted, seen.identity)
    if (isKnown) return this.#decideRetry(nowMs)
    if (this.isIndexing) {
      this.isOvertaken = true
      return { kind: 'leave' }
    }
    const delayMs = stability.observe(this.key, seen, nowMs)
    return delayMs > 0 ? { kind: 'wait', delayMs, isChanging: true } : { kind: 'index' }
  }

  startIndexing(identity: ByteIdentity | undefined): void {
    this.#attempted = identity
    this.#retryAtMs = undefined
    this.isIndexing = true
    this.isOvertaken = false
  }

  succeed(indexed: IndexedArchive): void {
    this.isIndexing = false
    this.#failures = 0
    this.indexed = indexed
    this.#attempted = indexed.fingerprint
  }

  /** A changed file is simply looked at anew; what may pass is tried again, ever more rarely. */
  fail(code: ErrorCode, nowMs: number): void {
    this.isIndexing = false
    if (code === 'STORE_CHANGED') this.#attempted = undefined
    else this.indexed = undefined
    if (!TRANSIENT.has(code)) return
    this.#retryAtMs = nowMs + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures)
    this.#failures++
  }

  /** What is known of the file is not to be trusted: index it again even if it looks the same. */
  distrust(): void {
    this.#attempted = undefined
    if (this.isIndexing) this.isOvertaken = true
  }

  /**
   * Its index file is damaged: made anew at once, and ever more rarely when that happens again and again.
   * False when that was known.
   */
  distrustIndex(nowMs: number): boolean {
    if (this.#retryAtMs !== undefined) return false
    if (nowMs - this.#damagedAtMs > GOOD_INDEX_MS) this.#indexDamages = 0
    const delayMs = this.#indexDamages === 0 ? 0 : FIRST_INDEX_RETRY_MS * 2 ** (this.#indexDamages - 1)
    this.#retryAtMs = nowMs + Math.min(LONGEST_INDEX_RETRY_MS, delayMs)
    this.#damagedAtMs = nowMs
    this.#indexDamages++
    return true
  }

  #decideAbsence(nowMs: number): Verdict {
    this.#absentSinceMs ??= nowMs
    const delayMs = this.#absentSinceMs + GRACE_MS - nowMs
    return delayMs > 0 ? { kind: 'wait', delayMs, isChanging: false } : { kind: 'drop' }
  }

  #decideRetry(nowMs: number): Verdict {
    if (this.#retryAtMs === undefined || this.isIndexing) return { kind: 'leave' }
    const delayMs = this.#retryAtMs - nowMs
    return delayMs > 0 ? { kind: 'wait', delayMs, isChanging: false } : { kind: 'index' }
  }
}
