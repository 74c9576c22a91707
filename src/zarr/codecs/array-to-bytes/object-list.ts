// What `json2` and `msgpack2` have in common: the items, then the NumPy type and the shape of the array; their
// predecessors `json` and `msgpack` wrote the type only.
import { isVariableLength } from '../../data-types/data-type.js'
import { encodeItem } from '../../data-types/item-bytes.js'
import type { Json } from '../../json/json.js'
import type { ChunkSpec, DecodedChunk } from '../interface/codec.js'
import { codecFailed } from '../interface/failures.js'
import { itemCount } from '../interface/sizes.js'

/**
 * The chunk that a decoded document is. Arrays of numbers or text can be written this way too: their items
 * then take their fixed-size form.
 */
export function objectChunk(codec: string, list: unknown, { shape, dataType }: ChunkSpec): DecodedChunk {
  const values = objectItems(codec, list, shape)
  if (isVariableLength(dataType)) return { kind: 'variable', values }
  const bytes = new Uint8Array(values.length * dataType.itemSize)
  const at = {
    rules: { hexFloats: false, legacyForms: false },
    place: { path: '', member: `codecs.${codec}` },
  }
  for (const [i, value] of values.entries())
    bytes.set(encodeItem(dataType, value as Json, at), i * dataType.itemSize)
  return { kind: 'fixed', bytes }
}

/** The items in C order. `list` is the whole decoded document, `chunkShape` what the metadata says. */
function objectItems(codec: string, list: unknown, chunkShape: readonly number[]): unknown[] {
  if (!Array.isArray(list) || list.length < 1) return codecFailed(codec, 'expected a list')
  const last: unknown = list.at(-1)
  const hasShape = typeof last !== 'string'
  const shape = hasShape ? shapeOf(codec, last) : chunkShape
  const items = list.slice(0, hasShape ? -2 : -1)
  // A scalar is written as the only item of a list.
  const flat = shape.length === 0 ? items : flatten(codec, items, shape)
  return counted(codec, flat, itemCount(chunkShape))
}

function shapeOf(codec: string, value: unknown): number[] {
  const isShape = Array.isArray(value) && value.every(length => Number.isSafeInteger(length) && length >= 0)
  return isShape ? (value as number[]) : codecFailed(codec, 'expected the shape at the end of the list')
}

function flatten(codec: string, items: unknown[], shape: readonly number[]): unknown[] {
  let level: unknown[] = items
  for (const [depth, length] of shape.entries()) {
    const lists = depth === 0 ? [level] : level
    const next: unknown[] = []
    for (const list of lists) {
      if (!Array.isArray(list) || list.length !== length) {
        return codecFailed(codec, `the items do not have the shape [${shape.join(', ')}]`)
      }
      for (const item of list) next.push(item)
    }
    level = next
  }
  return level
}

function counted(codec: string, items: unknown[], count: number): unknown[] {
  if (items.length === count) return items
  return codecFailed(codec, `expected ${count} items, found ${items.length}`)
}
