// What is made once from an open store and kept while it is open. A store never changes under its descriptor (a
// new state of the archive is another store object), so nothing here ever goes stale.
import type { ReadableStore } from '../src/store/store.js'

/** At most `maxPerStore` results of each store, the oldest going first; made at most once at a time. */
export class KeptPerStore<T> {
  readonly #maxPerStore: number
  readonly #byStore = new WeakMap<ReadableStore, Map<string, Promise<T>>>()

  constructor(maxPerStore: number) {
    this.#maxPerStore = maxPerStore
  }

  /** The kept result, or a new one. A failure is never kept. */
  get(store: ReadableStore, name: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#byStore.get(store) ?? new Map<string, Promise<T>>()
    this.#byStore.set(store, kept)
    const present = kept.get(name)
    if (present !== undefined) return present
    const made = make()
    made.catch(() => kept.delete(name))
    if (kept.size >= this.#maxPerStore) kept.delete(kept.keys().next().value as string)
    kept.set(name, made)
    return made
  }
}
