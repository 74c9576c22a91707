// Inflated values: ranges of a compressed entry would otherwise inflate all of it again and again. The same value
// asked for twice at once is inflated once; a failure is never kept.
import { type CacheBudget, Lru } from '../../memory/lru.js'
import type { MaybePromise } from '../../memory/maybe-promise.js'

export class InflatedCache {
  readonly #values: Lru<number, Buffer>
  readonly #loading = new Map<number, Promise<Buffer>>()

  constructor(caches: CacheBudget) {
    this.#values = new Lru(caches)
  }

  /** `id` tells entries of one archive apart. The value is shared: callers copy what they hand on. */
  get(id: number, load: () => MaybePromise<Buffer>): MaybePromise<Buffer> {
    const known = this.#values.get(id) ?? this.#loading.get(id)
    if (known !== undefined) return known
    const loading = load()
    if (!(loading instanceof Promise)) return this.#keep(id, loading)
    const kept = loading.then(value => this.#keep(id, value)).finally(() => this.#loading.delete(id))
    this.#loading.set(id, kept)
    return kept
  }

  #keep(id: number, value: Buffer): Buffer {
    this.#values.set(id, value, value.length)
    return value
  }
}
