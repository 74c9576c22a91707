// Random access that remembers when its bytes were found to have changed: from then on every read fails, and
// whoever opened it is told once. Bytes of two states of a file never meet in one answer. The only place that knows.
import { isZipzarrError, ZipzarrError } from '../errors.js'
import { type MaybePromise, recover } from '../memory/maybe-promise.js'
import type { ByteIdentity, RandomAccess, ReadOptions } from './random-access.js'

export class WatchedBytes implements RandomAccess {
  readonly size: number
  readonly identity: ByteIdentity
  readonly #inner: RandomAccess
  readonly #onChanged: (() => void) | undefined
  #change: ZipzarrError | undefined

  constructor(inner: RandomAccess, onChanged?: () => void) {
    this.#inner = inner
    this.#onChanged = onChanged
    this.size = inner.size
    this.identity = inner.identity
  }

  read(byteOffset: number, byteLength: number, options?: ReadOptions): MaybePromise<Buffer> {
    return this.#watch(() => this.#inner.read(byteOffset, byteLength, options))
  }

  isImmediate(byteLength: number): boolean {
    return this.#inner.isImmediate(byteLength)
  }

  readSync(byteOffset: number, byteLength: number): Buffer {
    this.requireUnchanged()
    try {
      return this.#inner.readSync(byteOffset, byteLength)
    } catch (error) {
      throw this.noted(error)
    }
  }

  checkUnchanged(): MaybePromise<void> {
    return this.#watch(() => this.#inner.checkUnchanged())
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #watch<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    const watched = (): MaybePromise<T> => {
      this.requireUnchanged()
      return work()
    }
    return recover(watched, error => Promise.reject(this.noted(error)))
  }

  /** Looks at nothing itself. @throws ZipzarrError STORE_CHANGED once a change was seen */
  requireUnchanged(): void {
    if (this.#change !== undefined) throw new ZipzarrError('STORE_CHANGED', this.#change.message)
  }

  /** The same error. A change that it tells of is remembered: whoever checks bytes it has read may find one too. */
  noted(error: unknown): unknown {
    if (isZipzarrError(error) && error.code === 'STORE_CHANGED' && this.#change === undefined) {
      this.#change = error
      this.#onChanged?.()
    }
    return error
  }
}
