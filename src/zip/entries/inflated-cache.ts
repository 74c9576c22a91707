// Inflated values: ranges of a compressed entry would otherwise inflate all of it again and again. The same value
// asked for twice at once is inflated once; a failure is never kept.
import { type CacheBudget, Lru } from '../../memory/lru.js'
import { type MaybePromise, then } from '../../memory/maybe-promise.js'
import { SingleFlight } from '../../memory/single-flight.js'

export class InflatedCache {
  readonly #values: Lru<number, Buffer>
  readonly #inflating = new SingleFlight<Buffer>()

  constructor(caches: CacheBudget) {
    this.#values = new Lru(caches)
  }

  /** `id` tells entries of one archive apart. The value is shared: callers copy what they hand on. */
  get(id: number, inflate: () => MaybePromise<Buffer>): MaybePromise<Buffer> {
    const inflateAndKeep = (): MaybePromise<Buffer> =>
      then(inflate(), value => {
        this.#values.set(id, value, value.length)
        return value
      })
    return this.#values.get(id) ?? this.#inflating.once(String(id), inflateAndKeep)
  }
}
