// `vlen-utf8`, `vlen-bytes`, `vlen-array`: the number of items (u32le), then each item as its length in bytes
// (u32le) and its bytes.
import { isUtf8 } from 'node:buffer'
import type { DataType } from '../../data-types/data-type.js'
import { parseNumpyDataType } from '../../data-types/data-type-v2.js'
import { itemToJson } from '../../data-types/item-json.js'
import type { JsonObject } from '../../metadata/metadata.js'
import { toLittleEndian } from '../interface/byte-order.js'
import type { ArrayToBytesCodec, ChunkSpec, ItemSpan } from '../interface/codec.js'
import { member } from '../interface/configuration.js'
import { codecFailed } from '../interface/failures.js'
import { isNumeric, loadItems, numericType } from '../interface/numeric.js'
import { itemCount } from '../interface/sizes.js'

type ReadItem = (item: Uint8Array) => unknown

export function vlenUtf8Codec(_members: JsonObject, spec: ChunkSpec): ArrayToBytesCodec {
  return vlenCodec('vlen-utf8', spec, readText)
}

export function vlenBytesCodec(_members: JsonObject, spec: ChunkSpec): ArrayToBytesCodec {
  return vlenCodec('vlen-bytes', spec, item => new Uint8Array(item))
}

/** Items are one-dimensional arrays of one NumPy type, and become lists of what JSON has for its items. */
export function vlenArrayCodec(members: JsonObject, spec: ChunkSpec): ArrayToBytesCodec {
  const dtype = member({ codec: 'vlen-array', members }, 'dtype') ?? null
  const dataType = parseNumpyDataType(dtype, { path: '', member: 'codecs.vlen-array.dtype' })
  return vlenCodec('vlen-array', spec, isNumeric(dataType) ? numbersOf(dataType) : itemsOf(dataType))
}

/** 64-bit integers as bigint. */
function numbersOf(dataType: DataType): ReadItem {
  const type = numericType('vlen-array', dataType)
  return item => {
    const items: ArrayLike<number | bigint> = loadItems('vlen-array', item, type)
    return Array.from(items, value => (type.kind === 'bool' ? value !== 0 : value))
  }
}

/** Text, bytes as base64, complex numbers as pairs, times as ticks with null for no time. */
function itemsOf(dataType: DataType): ReadItem {
  const { itemSize, kind } = dataType
  const isTime = kind === 'datetime' || kind === 'timedelta'
  return item => {
    if (item.length % itemSize !== 0)
      codecFailed('vlen-array', `${item.length} bytes do not hold whole items of ${itemSize} bytes`)
    const bytes = toLittleEndian(item, { dataType })
    return Array.from({ length: bytes.length / itemSize }, (_, i) => {
      const json = itemToJson(dataType, bytes.subarray(i * itemSize, (i + 1) * itemSize))
      return isTime && json === 'NaT' ? null : json
    })
  }
}

function vlenCodec(name: string, spec: ChunkSpec, readItem: ReadItem): ArrayToBytesCodec {
  const count = itemCount(spec.shape)
  return {
    kind: 'array-bytes',
    name,
    encodedByteLength: undefined,
    decode: (encoded, { needed }) => ({
      kind: 'variable',
      values: readItems({ name, count, readItem }, encoded, needed),
    }),
  }
}

interface Items {
  /** The codec's. */
  readonly name: string
  readonly count: number
  readonly readItem: ReadItem
}

/** All of them, or at least those that are needed. */
function readItems(
  { name, count, readItem }: Items,
  encoded: Uint8Array,
  { from, to }: ItemSpan = { from: 0, to: count },
): unknown[] {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length)
  const declared = encoded.length >= 4 ? view.getUint32(0, true) : -1
  // Every item takes 4 bytes at least: a count that lies is found before the list is made.
  if (declared !== count || 4 + 4 * count > encoded.length) {
    codecFailed(name, `expected ${count} items, found ${Math.max(declared, 0)} in ${encoded.length} bytes`)
  }
  const items = new Array<unknown>(count)
  let at = 4
  for (let i = 0; i < count; i++) {
    if (at + 4 > encoded.length) codecFailed(name, `item ${i} begins after the end of the chunk`)
    const length = view.getUint32(at, true)
    at += 4
    if (length > encoded.length - at) codecFailed(name, `item ${i} of ${length} bytes leaves the chunk`)
    if (i >= from && i < to) items[i] = readItem(encoded.subarray(at, at + length))
    at += length
  }
  if (at !== encoded.length) codecFailed(name, `${encoded.length - at} bytes follow the last item`)
  return items
}

function readText(item: Uint8Array): string {
  if (!isUtf8(item)) codecFailed('vlen-utf8', 'an item is not UTF-8')
  return Buffer.from(item.buffer, item.byteOffset, item.length).toString('utf8')
}
