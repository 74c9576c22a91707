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

  /** What `bytes` lie in stays lent beyond this work, and comes back as `bytes`. */
  pass(bytes: Uint8Array): void {
    const place = this.#taken.findIndex(memory => memory.buffer === bytes.buffer)
    if (place < 0) return
    this.#pool.transfer(this.#taken[place], bytes)
    this.#taken.splice(place, 1)
  }

  releaseAll(): void {
    for (const memory of this.#taken) this.#pool.release(memory)
    this.#taken = []
  }
}
