// Small v3 arrays written by hand, chunk by chunk, uncompressed: for tests of reading that want to know every
// byte. Item `i` (in C order) has the value `i + 1` (modulo 2^16), missing chunks have the fill value.
import { FolderStore } from './folder-store.js'

export interface WrittenArray {
  readonly shape: readonly number[]
  /** Shape of the stored chunks (the shards, where `innerShape` is given). */
  readonly chunkShape: readonly number[]
  readonly innerShape?: readonly number[]
  readonly dataType?: 'uint16' | 'string'
  /** Says by its coordinates which (inner) chunk is not stored. */
  readonly isMissing?: (coordinates: readonly number[]) => boolean
}

export const FILL = 9999

/** The array's items in C order, fill values where chunks are missing. */
export function itemsOf(array: WrittenArray): (number | string)[] {
  const chunkShape = array.innerShape ?? array.chunkShape
  return Array.from(positionsOf(array.shape), (position, i) => {
    const chunk = position.map((at, d) => Math.floor(at / chunkShape[d]))
    return itemValue(array, array.isMissing?.(chunk) === true ? FILL : (i + 1) % 65_536)
  })
}

function itemValue({ dataType }: WrittenArray, value: number): number | string {
  return dataType === 'string' ? `text ${value}` : value
}

/** The array at the root of a store, or at `path`. */
export function writtenStore(array: WrittenArray, path = ''): FolderStore {
  const prefix = path === '' ? '' : `${path}/`
  const entries: [string, Buffer | object][] = [[`${prefix}zarr.json`, metadataOf(array)]]
  for (const chunk of positionsOf(gridShape(array.shape, array.chunkShape))) {
    const value = array.innerShape === undefined ? chunkBytes(array, chunk) : shardBytes(array, chunk)
    const name = ['c', ...chunk].join('/')
    if (value !== undefined) entries.push([prefix + name, value])
  }
  return FolderStore.fromEntries(entries)
}

export function metadataOf({ shape, chunkShape, innerShape, dataType = 'uint16' }: WrittenArray): object {
  const itemCodec =
    dataType === 'string' ? { name: 'vlen-utf8' } : { name: 'bytes', configuration: { endian: 'big' } }
  const sharding = {
    name: 'sharding_indexed',
    configuration: {
      chunk_shape: innerShape,
      codecs: [itemCodec],
      index_codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
    },
  }
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: dataType,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunkShape } },
    chunk_key_encoding: { name: 'default' },
    codecs: [innerShape === undefined ? itemCodec : sharding],
    fill_value: dataType === 'string' ? `text ${FILL}` : FILL,
  }
}

function gridShape(shape: readonly number[], chunkShape: readonly number[]): number[] {
  return shape.map((length, d) => Math.ceil(length / chunkShape[d]))
}

/** All coordinates of a box, last dimension fastest. */
function* positionsOf(shape: readonly number[]): Generator<number[]> {
  const count = shape.reduce((product, length) => product * length, 1)
  for (let i = 0; i < count; i++) {
    let rest = i
    yield shape
      .toReversed()
      .map(length => {
        const at = rest % length
        rest = Math.floor(rest / length)
        return at
      })
      .reverse()
  }
}

/** A chunk by its coordinates among chunks of `shape`; items past the array's edge are zero or empty. */
function chunkBytes(array: WrittenArray, coordinates: readonly number[]): Buffer | undefined {
  const chunkShape = array.innerShape ?? array.chunkShape
  if (array.isMissing?.(coordinates) === true) return undefined
  const values = Array.from(positionsOf(chunkShape), within => {
    const position = within.map((at, d) => coordinates[d] * chunkShape[d] + at)
    const isInside = position.every((at, d) => at < array.shape[d])
    if (!isInside) return undefined
    const index = position.reduce((sum, at, d) => sum * array.shape[d] + at, 0)
    return itemValue(array, (index + 1) % 65_536)
  })
  return array.dataType === 'string' ? textBytes(values) : numberBytes(values)
}

function numberBytes(values: readonly unknown[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(Number(value ?? 0), i * 2)
  return bytes
}

/** vlen-utf8: the count, then each text behind its length. */
function textBytes(values: readonly unknown[]): Buffer {
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const texts = values.map(value => Buffer.from(String(value ?? '')))
  return Buffer.concat([u32(values.length), ...texts.flatMap(text => [u32(text.length), text])])
}

/** The inner chunks in reverse order, then the index; undefined when there is none. */
function shardBytes(array: WrittenArray, shard: readonly number[]): Buffer | undefined {
  const inner = array.innerShape as readonly number[]
  const counts = array.chunkShape.map((length, d) => length / inner[d])
  const slots = Array.from(positionsOf(counts), within => {
    const coordinates = within.map((at, d) => shard[d] * counts[d] + at)
    const isInside = coordinates.every((at, d) => at * inner[d] < array.shape[d])
    return isInside ? chunkBytes(array, coordinates) : undefined
  })
  if (slots.every(slot => slot === undefined)) return undefined
  const index = Buffer.alloc(slots.length * 16, 0xff)
  const parts: Buffer[] = []
  let byteOffset = 0
  for (const slot of [...slots.keys()].reverse()) {
    const bytes = slots[slot]
    if (bytes === undefined) continue
    index.writeBigUInt64LE(BigInt(byteOffset), slot * 16)
    index.writeBigUInt64LE(BigInt(bytes.length), slot * 16 + 8)
    parts.push(bytes)
    byteOffset += bytes.length
  }
  return Buffer.concat([...parts, index])
}
