// Whole results of readings, for comparison.

import { parseSelection } from '../../src/zarr/indexing/selection.js'
import type { ZarrArray } from '../../src/zarr/reading/array.js'
import type { Slab } from '../../src/zarr/reading/slab.js'

/** All items of a selection of a uint16 or string array. */
export async function readItems(array: ZarrArray, text = '', signal?: AbortSignal): Promise<unknown[]> {
  const items: unknown[] = []
  const selection = array.resolve(parseSelection(text))
  for await (const slab of array.read(selection, signal === undefined ? {} : { signal })) {
    if (slab.itemOffset !== items.length)
      throw new Error(`slab at ${slab.itemOffset}, expected ${items.length}`)
    for (const item of itemsIn(slab)) items.push(item)
  }
  return items
}

function itemsIn(slab: Slab): unknown[] {
  if (slab.kind === 'variable') return [...slab.values]
  const view = new DataView(slab.bytes.buffer, slab.bytes.byteOffset, slab.bytes.byteLength)
  return Array.from({ length: slab.bytes.byteLength / 2 }, (_, i) => view.getUint16(i * 2, true))
}
