// A least-recently-used cache bounded in bytes: decoded chunks, shard indexes.

/** What an entry itself takes beside its bytes. */
const ENTRY_OVERHEAD = 256

export class ByteCache<V> {
  readonly maxBytes: number
  /** In order of use, the oldest first. */
  readonly #entries = new Map<string, { value: V; byteLength: number }>()
  #byteLength = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get byteLength(): number {
    return this.#byteLength
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** A value too large to leave room for others (more than half of the cache) is not kept. */
  isKept(valueBytes: number): boolean {
    return valueBytes + ENTRY_OVERHEAD <= this.maxBytes / 2
  }

  set(key: string, value: V, valueBytes: number): void {
    this.delete(key)
    if (!this.isKept(valueBytes)) return
    const byteLength = valueBytes + ENTRY_OVERHEAD
    this.#entries.set(key, { value, byteLength })
    this.#byteLength += byteLength
    for (const oldest of this.#entries.keys()) {
      if (this.#byteLength <= this.maxBytes) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#byteLength -= entry.byteLength
  }
}
