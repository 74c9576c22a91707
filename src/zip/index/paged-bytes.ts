// Small positional reads over a large region through a bounded cache of pages, so that a store of a million
// entries is open without its index in memory. Views it answers stay valid: evicted pages are never reused.
import { type CacheBudget, Lru } from '../../memory/lru.js'

export interface PageSource {
  /** Exactly the bytes asked for. */
  readSync(byteOffset: number, byteLength: number): Buffer
}

export interface PagedOptions {
  /** Where the first page starts, and where the last one ends, as offsets in the source. */
  readonly origin?: number
  readonly end: number
  readonly pageBytes: number
  /** Where pages are kept; the last one is kept in any case. */
  readonly caches: CacheBudget
  /** Looks at a page when it is read; throws to refuse it. */
  readonly verify?: (page: number, bytes: Buffer) => void
}

export class PagedBytes {
  readonly #origin: number
  readonly #source: PageSource
  readonly #options: PagedOptions
  readonly #pages: Lru<number, Buffer>
  #lastPage = -1
  #lastBytes: Buffer = Buffer.alloc(0)

  constructor(source: PageSource, options: PagedOptions) {
    this.#source = source
    this.#options = options
    this.#origin = options.origin ?? 0
    this.#pages = new Lru(options.caches)
  }

  /** A view when the bytes lie in one page, else a copy. Throws RangeError outside the region. */
  bytes(at: number, length: number): Buffer {
    const { pageBytes, end } = this.#options
    const offset = at - this.#origin
    if (offset < 0 || length < 0 || at + length > end)
      throw new RangeError(`${length} bytes at ${at} lie outside ${this.#origin} to ${end}`)
    const page = Math.floor(offset / pageBytes)
    const inPage = offset - page * pageBytes
    if (inPage + length <= pageBytes) return this.#page(page).subarray(inPage, inPage + length)
    return this.#gather(offset, length)
  }

  /** The little-endian number at `at`, which must not straddle two pages. */
  u32(at: number): number {
    const offset = at - this.#origin
    const page = Math.floor(offset / this.#options.pageBytes)
    return this.#page(page).readUInt32LE(offset - page * this.#options.pageBytes)
  }

  #gather(offset: number, length: number): Buffer {
    const { pageBytes } = this.#options
    const gathered = Buffer.allocUnsafe(length)
    for (let done = 0; done < length; ) {
      const page = Math.floor((offset + done) / pageBytes)
      const inPage = offset + done - page * pageBytes
      done += this.#page(page).copy(gathered, done, inPage, Math.min(pageBytes, inPage + length - done))
    }
    return gathered
  }

  #page(page: number): Buffer {
    if (page === this.#lastPage) return this.#lastBytes
    const bytes = this.#pages.get(page) ?? this.#load(page)
    this.#lastPage = page
    this.#lastBytes = bytes
    return bytes
  }

  #load(page: number): Buffer {
    const { pageBytes, end, verify } = this.#options
    const from = this.#origin + page * pageBytes
    const bytes = this.#source.readSync(from, Math.min(pageBytes, end - from))
    verify?.(page, bytes)
    this.#pages.set(page, bytes, bytes.length)
    return bytes
  }
}
