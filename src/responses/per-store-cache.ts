// What is made once from an open store and kept while it is open. A store never changes under its descriptor (a
// new state of the archive is another store object), so nothing here ever goes stale.
import { type CacheBudget, Lru } from '../memory/lru.js'
import type { ReadableStore } from '../store/store.js'

/** A larger result would push out many others for one that is rarely asked for. */
const MAX_KEPT_BYTES = 1024 * 1024

interface OfStore<T> {
  readonly kept: Lru<string, T>
  readonly making: Map<string, Promise<T>>
}

/** Results of all stores in one budget, the least recently used going first; made at most once at a time. */
export class KeptPerStore<T> {
  readonly #budget: CacheBudget
  readonly #weigh: (value: T, store: ReadableStore) => number
  readonly #byStore = new WeakMap<ReadableStore, OfStore<T>>()

  /** `weigh`: what a result keeps in memory, in bytes, rather too much than too little. */
  constructor(budget: CacheBudget, weigh: (value: T, store: ReadableStore) => number) {
    this.#budget = budget
    this.#weigh = weigh
  }

  /** The kept result, or a new one. A failure is never kept. */
  async get(store: ReadableStore, name: string, make: () => Promise<T>): Promise<T> {
    const { kept, making } = this.#of(store)
    const present = kept.get(name) ?? making.get(name)
    if (present !== undefined) return present
    const made = make().finally(() => making.delete(name))
    making.set(name, made)
    const value = await made
    const byteLength = this.#weigh(value, store) + 2 * name.length
    if (value !== undefined && byteLength <= MAX_KEPT_BYTES) kept.set(name, value, byteLength)
    return value
  }

  #of(store: ReadableStore): OfStore<T> {
    let found = this.#byStore.get(store)
    if (found === undefined) {
      found = { kept: new Lru(this.#budget), making: new Map() }
      this.#byStore.set(store, found)
    }
    return found
  }
}

/** Of a text: two bytes for each of its units. */
export function textBytes(text: string | undefined): number {
  return 2 * (text?.length ?? 0)
}
