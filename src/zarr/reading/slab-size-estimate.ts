// How large the slabs of one reading are planned. Items of fixed size are known; values of variable length
// are not, so their slabs begin small and go by what the values before were.

import type { SlabSizes } from '../../memory/slab-budget.js'
import { valuesByteLength } from '../data-types/value-size.js'
import type { SlabLimits } from '../indexing/slab-plan.js'

/** Chunks of one slab, planned at once. */
const MAX_CHUNKS = 16_384
/** What a value is taken for at least when a whole reading is planned. */
const PLANNED_VALUE_BYTES = 1024
/** What a value is taken for before any was seen; one chunk is then read at a time. */
const FIRST_VALUE_BYTES = 4096

export class SlabSizeEstimate {
  readonly #fixedSize: number | undefined
  #valueSize: number | undefined

  /** `itemSize` is undefined for values of variable length. */
  constructor(itemSize: number | undefined) {
    this.#fixedSize = itemSize
  }

  /** Bytes one item is taken for now. */
  get itemSize(): number {
    return this.#fixedSize ?? this.#valueSize ?? FIRST_VALUE_BYTES
  }

  /** For planning a whole reading. */
  planned(sizes: SlabSizes): SlabLimits {
    return { ...sizes, itemSize: this.#fixedSize ?? PLANNED_VALUE_BYTES, maxChunks: MAX_CHUNKS }
  }

  /** For refining one of its slabs now. */
  current(sizes: SlabSizes): SlabLimits {
    const isBlind = this.#fixedSize === undefined && this.#valueSize === undefined
    return { ...sizes, itemSize: this.itemSize, maxChunks: isBlind ? 1 : MAX_CHUNKS }
  }

  /** Values that were read: the next ones are taken for twice their mean size. */
  learn(values: readonly unknown[]): void {
    if (values.length > 0) this.#valueSize = Math.ceil((2 * valuesByteLength(values)) / values.length)
  }
}
