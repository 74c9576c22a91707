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

  /** While half of the budget is free, a reader may hold a second slab: it sends one and fills the next. */
  get mayReadAhead(): boolean {
    return this.#held <= this.maxBytes / 2
  }

  /** Parts of what is left, so that what is held approaches the budget and never jumps past it. */
  grant(): SlabSizes {
    const left = Math.max(0, this.maxBytes - this.#held)
    const slabBytes = Math.min(this.sizes.slabBytes, Math.max(MIN_SLAB_BYTES, left / 8))
    const maxSlabBytes = Math.min(this.sizes.maxSlabBytes, Math.max(slabBytes, left / 2))
    return { slabBytes, maxSlabBytes }
  }

  hold(byteLength: number): void {
    this.#held += byteLength
  }

  letGo(byteLength: number): void {
    this.#held -= byteLength
  }
}
