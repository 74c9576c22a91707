// Memory taken from the pool for one piece of work and given back with its end, however it ends.
import type { SlabPool } from './slab-pool.js'

export class BorrowedMemory {
  readonly #pool: SlabPool
  #taken: Uint8Array[] = []

  constructor(pool: SlabPool) {
    this.#pool = pool
  }

  readonly acquire = (byteLength: number): Uint8Array => {
    const memory = this.#pool.acquire(byteLength)
    this.#taken.push(memory)
    return memory
  }

  /** What `bytes` lie in is not given back: they are in use beyond this work. */
  keep(bytes: Uint8Array): void {
    this.#taken = this.#taken.filter(memory => memory.buffer !== bytes.buffer)
  }

  releaseAll(): void {
    for (const memory of this.#taken) this.#pool.release(memory)
    this.#taken = []
  }
}
