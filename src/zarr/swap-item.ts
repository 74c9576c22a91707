// The byte order of one item, for fill values that are given by their stored bytes. Chunks are swapped by
// the `bytes` codec, in bulk.
import type { DataType } from './data-type.js'

/** Turns the parts stored big-endian around in place, field by field. */
export function swapItem(item: Uint8Array, dataType: DataType): void {
  for (const field of dataType.fields ?? []) {
    const size = field.dataType.itemSize
    const count = field.shape.reduce((product, length) => product * length, 1)
    for (let index = 0; index < count; index++) {
      const byteOffset = field.byteOffset + index * size
      swapItem(item.subarray(byteOffset, byteOffset + size), field.dataType)
    }
  }
  if (dataType.storedByteOrder !== 'big' || dataType.swapSize === 0) return
  for (let at = 0; at < item.length; at += dataType.swapSize)
    item.subarray(at, at + dataType.swapSize).reverse()
}
