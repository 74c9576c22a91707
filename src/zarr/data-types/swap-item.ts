// The byte order of items: which of their parts change places, and turning them around.
import type { DataType } from './data-type.js'

export type ByteOrder = 'little' | 'big'

/** A part of an item in which every `unit` bytes change places. */
export interface Swap {
  readonly byteOffset: number
  readonly length: number
  readonly unit: number
}

/** What of an item is stored big-endian; `inherited` is the order of what does not say its own. */
export function listSwaps(dataType: DataType, inherited: ByteOrder = 'little', byteOffset = 0): Swap[] {
  const swaps: Swap[] = []
  addSwaps(swaps, dataType, { inherited, byteOffset, count: 1 })
  return swaps
}

interface FieldPart {
  readonly inherited: ByteOrder
  readonly byteOffset: number
  /** Items of the type one after the other. */
  readonly count: number
}

function addSwaps(swaps: Swap[], dataType: DataType, { inherited, byteOffset, count }: FieldPart): void {
  const order = dataType.storedByteOrder ?? inherited
  const { fields, itemSize, swapSize } = dataType
  if (fields === undefined) {
    if (order === 'big' && swapSize > 1) swaps.push({ byteOffset, length: count * itemSize, unit: swapSize })
    return
  }
  for (let i = 0; i < count; i++) {
    for (const field of fields) {
      addSwaps(swaps, field.dataType, {
        inherited: order,
        byteOffset: byteOffset + i * itemSize + field.byteOffset,
        count: field.shape.reduce((product, length) => product * length, 1),
      })
    }
  }
}

/** Turns the parts of one item around in place. */
export function swapRanges(bytes: Uint8Array, itemOffset: number, swaps: readonly Swap[]): void {
  for (const { byteOffset, length, unit } of swaps) {
    const start = itemOffset + byteOffset
    for (let at = start; at < start + length; at += unit) {
      for (let low = at, high = at + unit - 1; low < high; low++, high--) {
        const byte = bytes[low]
        bytes[low] = bytes[high]
        bytes[high] = byte
      }
    }
  }
}
