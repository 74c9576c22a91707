// Stored items in the byte order that everything here computes with: little-endian.
import { uninitialized } from '../../../kernels/kernels.js'
import type { DataType } from '../../data-types/data-type.js'
import { type ByteOrder, listSwaps, swapRanges } from '../../data-types/swap-item.js'
import type { Allocate } from './codec.js'

interface StoredItems {
  readonly dataType: DataType
  /** Where the type itself does not say it; little when left out. */
  readonly endian?: ByteOrder
  readonly allocate?: Allocate
  /** Whether `bytes` are nobody else's: then they are swapped where they are. */
  readonly mayOverwrite?: boolean | undefined
}

/** The items in little-endian order: `bytes` itself when nothing has to move, or it may be overwritten, else a copy. */
export function toLittleEndian(bytes: Uint8Array, stored: StoredItems): Uint8Array {
  const { dataType, endian = 'little', allocate = uninitialized, mayOverwrite = false } = stored
  const swaps = listSwaps(dataType, endian)
  if (swaps.length === 0) return bytes
  const copy = mayOverwrite ? bytes : allocate(bytes.length)
  if (!mayOverwrite) copy.set(bytes)
  const [first] = swaps
  if (swaps.length === 1 && first.length === dataType.itemSize) swapAll(copy, first.unit)
  else for (let at = 0; at < copy.length; at += dataType.itemSize) swapRanges(copy, at, swaps)
  return copy
}

function swapAll(bytes: Uint8Array, unit: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (unit === 2) buffer.swap16()
  else if (unit === 4) buffer.swap32()
  else if (unit === 8) buffer.swap64()
  else swapRanges(bytes, 0, [{ byteOffset: 0, length: bytes.length, unit }])
}
