// Random access that remembers when its bytes were found to have changed: from then on every read fails, and
// whoever opened it is told once. Bytes of two states of a file never meet in one answer.
import { isZipzarrError, ZipzarrError } from '../errors.js'
import type { ByteIdentity, RandomAccess, ReadOptions } from './random-access.js'

export class WatchedBytes implements RandomAccess {
  readonly size: number
  readonly identity: ByteIdentity
  readonly #inner: RandomAccess
  readonly #onChanged: () => void
  #change: ZipzarrError | undefined

  constructor(inner: RandomAccess, onChanged: () => void) {
    this.#inner = inner
    this.#onChanged = onChanged
    this.size = inner.size
    this.identity = inner.identity
  }

  async read(byteOffset: number, byteLength: number, options?: ReadOptions): Promise<Buffer> {
    this.#requireUnchanged()
    try {
      return await this.#inner.read(byteOffset, byteLength, options)
    } catch (error) {
      throw this.#noted(error)
    }
  }

  readSync(byteOffset: number, byteLength: number, options?: ReadOptions): Buffer {
    this.#requireUnchanged()
    try {
      return this.#inner.readSync(byteOffset, byteLength, options)
    } catch (error) {
      throw this.#noted(error)
    }
  }

  async checkUnchanged(): Promise<void> {
    this.#requireUnchanged()
    try {
      await this.#inner.checkUnchanged()
    } catch (error) {
      throw this.#noted(error)
    }
  }

  checkUnchangedSync(): void {
    this.#requireUnchanged()
    try {
      this.#inner.checkUnchangedSync()
    } catch (error) {
      throw this.#noted(error)
    }
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #requireUnchanged(): void {
    if (this.#change !== undefined) throw new ZipzarrError('STORE_CHANGED', this.#change.message)
  }

  #noted(error: unknown): unknown {
    if (isZipzarrError(error) && error.code === 'STORE_CHANGED' && this.#change === undefined) {
      this.#change = error
      this.#onChanged()
    }
    return error
  }
}
