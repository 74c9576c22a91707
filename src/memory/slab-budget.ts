// How large slabs may be now. All slabs held by a worker's readings share one budget: the more is held (by
// clients that read slowly, say), the smaller the next slabs are, down to a size that is always granted.

export interface SlabSizes {
  /** Size aimed at. */
  readonly slabBytes: number
  /** Size allowed when that avoids decoding chunks twice. */
  readonly maxSlabBytes: number
}

/** Granted whatever is held already: a reader costs at least this much. */
const MIN_SLAB_BYTES = 64 * 1024

/** What part of the budget may be held for another slab to be begun early. */
const READ_AHEAD_SHARE = 8

export class SlabBudget {
  readonly maxBytes: number
  readonly sizes: SlabSizes
  #held = 0

  constructor(maxBytes: number, sizes: SlabSizes) {
    this.maxBytes = maxBytes
    this.sizes = sizes
  }

  get heldBytes(): number {
    return this.#held
  }

  /**
   * A reader by itself may hold a second slab: it sends one and fills the next. Several make slabs while others
   * send theirs anyway, and one with larger slabs would take too much memory.
   */
  get mayReadAhead(): boolean {
    return this.#held <= this.maxBytes / READ_AHEAD_SHARE
  }

  /** Parts of what is left, so that what is held approaches the budget and never jumps past it. */
  grant(): SlabSizes {
    const left = Math.max(0, this.maxBytes - this.#held)
    const slabBytes = Math.min(this.sizes.slabBytes, Math.max(MIN_SLAB_BYTES, left / 8))
    const maxSlabBytes = Math.min(this.sizes.maxSlabBytes, Math.max(slabBytes, left / 2))
    return { slabBytes, maxSlabBytes }
  }

  acquire(byteLength: number): void {
    this.#held += byteLength
  }

  release(byteLength: number): void {
    this.#held -= byteLength
  }
}
