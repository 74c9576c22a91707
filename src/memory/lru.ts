// The one cache there is: least recently used goes first, bounded in bytes. Several caches may share one budget,
// and then it is the least recently used of them all that goes.

/** What an entry itself takes beside its value: its key, its places in two tables, the heads of a small value. */
const ENTRY_OVERHEAD = 512
/** Of the newcomers to a full budget one in so many is taken in (see admits). */
const TAKEN_WHEN_FULL = 16

/** One entry as the budget sees it. It does not hold the cache: what nobody uses any more may go with its owner. */
interface Kept extends Link {
  readonly owner: WeakRef<{ forget(key: unknown): void }>
  readonly key: unknown
  readonly byteLength: number
}

/** Of a doubly linked list. Undefined on both sides: not in the list. */
interface Link {
  previous: Link | undefined
  next: Link | undefined
}

/** Bytes that one or several caches may take together. */
export class CacheBudget {
  readonly maxBytes: number
  /**
   * Sentinel of the ring of entries in order of use: `next` is the oldest, `previous` the newest. A Set would keep
   * the places of deleted members, and finding the oldest of a million would mean passing all of them.
   */
  readonly #sentinel: Link = emptyRing()
  #byteLength = 0
  #newcomers = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get byteLength(): number {
    return this.#byteLength
  }

  /**
   * Whether one value, or several together, take at most half of the budget: what would leave no room for others is
   * not kept.
   */
  fits(valueBytes: number, entries = 1): boolean {
    return valueBytes + entries * ENTRY_OVERHEAD <= this.maxBytes / 2
  }

  /**
   * Whether to keep a value that may well not be asked for again and is made as easily as it is kept. Of more than
   * fits, asked for in turn, a cache that takes in everything keeps nothing for long enough; one that is choosy
   * when full goes on finding most of what it holds.
   */
  admits(valueBytes: number): boolean {
    if (!this.fits(valueBytes)) return false
    if (this.#byteLength + valueBytes + ENTRY_OVERHEAD <= this.maxBytes) return true
    return this.#newcomers++ % TAKEN_WHEN_FULL === 0
  }

  use(kept: Kept): void {
    const newest = this.#sentinel.previous as Link
    if (kept === newest) return
    unlink(kept)
    kept.previous = newest
    kept.next = this.#sentinel
    newest.next = kept
    this.#sentinel.previous = kept
  }

  add(kept: Kept): void {
    this.use(kept)
    this.#byteLength += kept.byteLength
    while (this.#byteLength > this.maxBytes) {
      const oldest = this.#sentinel.next as Kept
      this.remove(oldest)
      oldest.owner.deref()?.forget(oldest.key)
    }
  }

  remove(kept: Kept): void {
    if (unlink(kept)) this.#byteLength -= kept.byteLength
  }
}

function emptyRing(): Link {
  const sentinel: Link = { previous: undefined, next: undefined }
  sentinel.previous = sentinel
  sentinel.next = sentinel
  return sentinel
}

/** False for what is not in a list. */
function unlink(link: Link): boolean {
  const { previous, next } = link
  if (previous === undefined || next === undefined) return false
  previous.next = next
  next.previous = previous
  link.previous = undefined
  link.next = undefined
  return true
}

export class Lru<K, V> {
  readonly budget: CacheBudget
  readonly #entries = new Map<K, { readonly value: V; readonly kept: Kept }>()
  readonly #self: WeakRef<{ forget(key: unknown): void }>

  /** A budget of its own of so many bytes, or one that is shared. */
  constructor(budget: CacheBudget | number) {
    this.budget = typeof budget === 'number' ? new CacheBudget(budget) : budget
    this.#self = new WeakRef<{ forget(key: unknown): void }>(this)
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.budget.use(entry.kept)
    return entry.value
  }

  fits(valueBytes: number, entries?: number): boolean {
    return this.budget.fits(valueBytes, entries)
  }

  admits(valueBytes: number): boolean {
    return this.budget.admits(valueBytes)
  }

  /** `valueBytes`: what the value keeps in memory, rather too much than too little. */
  set(key: K, value: V, valueBytes: number): void {
    this.delete(key)
    if (!this.budget.fits(valueBytes)) return
    const byteLength = valueBytes + ENTRY_OVERHEAD
    const kept: Kept = { owner: this.#self, key, byteLength, previous: undefined, next: undefined }
    this.#entries.set(key, { value, kept })
    this.budget.add(kept)
  }

  delete(key: K): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.budget.remove(entry.kept)
  }

  /** For the budget, which has counted the entry out already. */
  forget(key: unknown): void {
    this.#entries.delete(key as K)
  }
}
