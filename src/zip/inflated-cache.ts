// The last inflated values, bounded by bytes: ranges of a compressed entry would otherwise inflate all of it
// again and again. The same value asked for twice at once is inflated once; a failure is never kept.

export class InflatedCache {
  readonly #maxByteLength: number
  #byteLength = 0
  /** In order of last use, oldest first. */
  readonly #values = new Map<number, Buffer>()
  readonly #loading = new Map<number, Promise<Buffer>>()

  constructor(maxByteLength: number) {
    this.#maxByteLength = maxByteLength
  }

  /** `id` tells entries of one archive apart. The value is shared: callers copy what they hand on. */
  async get(id: number, load: () => Promise<Buffer>): Promise<Buffer> {
    const value = this.#values.get(id)
    if (value !== undefined) {
      this.#values.delete(id)
      this.#values.set(id, value)
      return value
    }
    let loading = this.#loading.get(id)
    if (loading === undefined) {
      loading = load()
        .then(loaded => this.#keep(id, loaded))
        .finally(() => this.#loading.delete(id))
      this.#loading.set(id, loading)
    }
    return loading
  }

  #keep(id: number, value: Buffer): Buffer {
    if (value.length > this.#maxByteLength) return value
    this.#values.set(id, value)
    this.#byteLength += value.length
    for (const [oldest, bytes] of this.#values) {
      if (this.#byteLength <= this.#maxByteLength) break
      this.#values.delete(oldest)
      this.#byteLength -= bytes.length
    }
    return value
  }
}
