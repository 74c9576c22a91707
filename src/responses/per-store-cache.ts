// What was worked out from an open store and serves the next request like it: opened arrays, heads, bodies, documents,
// by name. A store never changes under its descriptor (a new state of the archive is another store object), so
// nothing here ever goes stale; what belongs to a store that is gone goes with it.
import { CacheBudget, Lru } from '../memory/lru.js'
import { type MaybePromise, then } from '../memory/maybe-promise.js'
import { SingleFlight } from '../memory/single-flight.js'
import type { ReadableStore } from '../store/store.js'

/** A larger result would push out many others for one that is rarely asked for. */
const MAX_LOADED_BYTES = 1024 * 1024

interface OfStore<T> {
  readonly kept: Lru<string, T>
  readonly making: SingleFlight<T>
}

/** Results of all stores in one budget, the least recently used going first. */
export class PerStoreCache<T> {
  readonly #budget: CacheBudget
  readonly #byStore = new WeakMap<ReadableStore, OfStore<T>>()

  /** A budget of its own of so many bytes, or one that is shared. */
  constructor(budget: CacheBudget | number) {
    this.#budget = typeof budget === 'number' ? new CacheBudget(budget) : budget
  }

  get(store: ReadableStore, name: string): T | undefined {
    return this.#byStore.get(store)?.kept.get(name)
  }

  /** `byteLength`: what the value keeps in memory, rather too much than too little. */
  set(store: ReadableStore, name: string, value: T, byteLength: number): void {
    this.#of(store).kept.set(name, value, byteLength + 2 * name.length)
  }

  /** Whether to keep something that may well not be asked for again (see CacheBudget.admits). */
  admits(byteLength: number): boolean {
    return this.#budget.admits(byteLength)
  }

  /**
   * The kept value, or one that is made, at most once at a time. A failure is never kept, nor is a value that
   * `weigh` finds too large or answers undefined for.
   */
  load(
    store: ReadableStore,
    name: string,
    { make, weigh }: { make: () => MaybePromise<T>; weigh: (value: T) => number | undefined },
  ): MaybePromise<T> {
    const { kept, making } = this.#of(store)
    const makeAndKeep = (): MaybePromise<T> =>
      then(make(), value => {
        const byteLength = weigh(value)
        if (byteLength !== undefined && byteLength <= MAX_LOADED_BYTES)
          this.set(store, name, value, byteLength)
        return value
      })
    return kept.get(name) ?? making.once(name, makeAndKeep)
  }

  #of(store: ReadableStore): OfStore<T> {
    let found = this.#byStore.get(store)
    if (found === undefined) {
      found = { kept: new Lru(this.#budget), making: new SingleFlight() }
      this.#byStore.set(store, found)
    }
    return found
  }
}

/** Of a text: two bytes for each of its units; of none nothing is kept. */
export function textBytes(text: string | undefined): number | undefined {
  return text === undefined ? undefined : 2 * text.length
}
