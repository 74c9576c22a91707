// What was worked out for one answer and serves the next like it: heads, bodies, plans. By name, for the store
// object it came from (a new state of an archive is another store object, so nothing here goes stale), bounded
// in bytes over all stores of a worker.
import { type CacheBudget, Lru } from '../memory/lru.js'
import type { ReadableStore } from '../store/store.js'

export class ResponseCache<T> {
  readonly #kept: Lru<string, { readonly store: number; readonly value: T }>
  /** Numbers, not the objects themselves, which could not be freed once they are closed. */
  readonly #numbers = new WeakMap<ReadableStore, number>()
  #stores = 0

  /** A budget of its own of so many bytes, or one that is shared. */
  constructor(budget: CacheBudget | number) {
    this.#kept = new Lru(budget)
  }

  /** `name` tells the answer from all others, those of other stores too: a URL does. */
  get(store: ReadableStore, name: string): T | undefined {
    const kept = this.#kept.get(name)
    return kept !== undefined && kept.store === this.#numbers.get(store) ? kept.value : undefined
  }

  set(store: ReadableStore, name: string, value: T, byteLength: number): void {
    let number = this.#numbers.get(store)
    if (number === undefined) {
      number = this.#stores++
      this.#numbers.set(store, number)
    }
    this.#kept.set(name, { store: number, value }, byteLength)
  }

  /** Whether to keep something that may well not be asked for again (see CacheBudget.admits). */
  admits(byteLength: number): boolean {
    return this.#kept.admits(byteLength)
  }
}
