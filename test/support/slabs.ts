// Slabs made by hand, for the formats; and what a format makes of them.
import type { Format, FormatContext } from '../../src/formats/format.js'
import type { Slab } from '../../src/zarr/reading/slab.js'

/** The items as slabs of `itemsEach`. */
export async function* slabsOf(
  items: Uint8Array | readonly unknown[],
  { itemSize, itemsEach }: { itemSize: number; itemsEach: number },
): AsyncGenerator<Slab> {
  const size = items instanceof Uint8Array ? itemSize : 1
  const total = items.length / size
  for (let itemOffset = 0; itemOffset < total; itemOffset += itemsEach) {
    const itemCount = Math.min(itemsEach, total - itemOffset)
    const part = items.slice(itemOffset * size, (itemOffset + itemCount) * size)
    if (part instanceof Uint8Array) yield { kind: 'fixed', itemOffset, itemCount, bytes: part }
    else yield { kind: 'variable', itemOffset, itemCount, values: part as readonly unknown[] }
  }
}

export async function encoded(
  format: Format,
  items: Uint8Array | readonly unknown[],
  context: FormatContext & { itemsEach?: number },
): Promise<Buffer> {
  const { dataType, itemsEach = 3 } = context
  const pieces: Uint8Array[] = []
  const slabs = slabsOf(items, { itemSize: dataType.itemSize, itemsEach })
  for await (const piece of format.encode(slabs, context)) pieces.push(piece)
  return Buffer.concat(pieces)
}
