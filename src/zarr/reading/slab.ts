// Slabs: the pieces a result is assembled in and streamed as. A slab is the consumer's until released.
import type { VariableValue } from '../data-types/fill-value.js'

/**
 * A run of result items in C order: `itemOffset` counts from the result's start. Fixed-size items are
 * little-endian bytes; variable-length items are values.
 */
export type Slab = FixedSlab | VariableSlab

export interface FixedSlab {
  readonly kind: 'fixed'
  readonly itemOffset: number
  readonly itemCount: number
  readonly bytes: Uint8Array
}

export interface VariableSlab {
  readonly kind: 'variable'
  readonly itemOffset: number
  readonly itemCount: number
  readonly values: readonly VariableValue[]
}
