// A least-recently-used cache bounded in bytes: decoded chunks, shard indexes, answers.

/** What an entry itself takes beside its bytes. */
const ENTRY_OVERHEAD = 256
/** Of the newcomers to a full cache one in so many is taken in (see takesIn). */
const TAKEN_WHEN_FULL = 16

export class ByteCache<V> {
  readonly maxBytes: number
  /** In order of use, the oldest first. */
  readonly #entries = new Map<string, { value: V; byteLength: number }>()
  #byteLength = 0
  #newcomers = 0

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

  /**
   * Whether to set a value that may well not be asked for again and is made as easily as it is kept. Of more than
   * fits, asked for in turn, a cache that takes in everything keeps nothing for long enough; one that is choosy
   * when full goes on finding most of what it holds.
   */
  takesIn(valueBytes: number): boolean {
    if (!this.isKept(valueBytes)) return false
    if (this.#byteLength + valueBytes + ENTRY_OVERHEAD <= this.maxBytes) return true
    return this.#newcomers++ % TAKEN_WHEN_FULL === 0
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
