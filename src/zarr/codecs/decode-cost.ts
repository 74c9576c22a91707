// How long decoding takes, roughly: what would hold the event loop for long goes to a thread. Figures are what one
// core does with data that compresses badly, rounded down.
import { isVariableLength } from '../data-types/data-type.js'
import type { BoundedCodec, Chain } from './chain.js'
import type { ChunkSpec } from './interface/codec.js'
import { itemCount } from './interface/sizes.js'

/** Decoded bytes a millisecond. */
const BYTES_PER_MS: ReadonlyMap<string, number> = new Map([
  ['bytes', 1_000_000],
  ['blosc', 500_000],
  ['lz4', 800_000],
  ['zstd', 300_000],
  ['crc32c', 1_000_000],
  ['crc32', 1_000_000],
  ['lzma', 20_000],
  ['bz2', 15_000],
  ['transpose', 400_000],
  ['shuffle', 400_000],
  ['delta', 300_000],
  ['packbits', 40_000],
  ['json2', 10_000],
  ['msgpack2', 20_000],
  // Node has a thread pool of its own for what is large.
  ['gzip', Number.POSITIVE_INFINITY],
  ['zlib', Number.POSITIVE_INFINITY],
])
const OTHERS_BYTES_PER_MS = 150_000
/** Strings, lists and objects are made one by one. */
const VALUES_PER_MS = 3000

/** Of the steps whose cost is that of the chunk's shape and type, however it is encoded. */
export function arrayCostMs({ arrayToArray, arrayToBytes }: Chain, { shape, dataType }: ChunkSpec): number {
  const count = itemCount(shape)
  if (isVariableLength(dataType)) return arrayToBytes.decodeMs ?? count / VALUES_PER_MS
  const byteLength = count * dataType.itemSize
  const filters = arrayToArray.reduce((ms, { name }) => ms + byteLength / bytesPerMs(name), 0)
  return filters + (arrayToBytes.decodeMs ?? byteLength / bytesPerMs(arrayToBytes.name))
}

/** Of one step over bytes. What the input declares bounds it where the chunk's type does not. */
export function stepCostMs({ codec, bound }: BoundedCodec, encoded?: Uint8Array): number {
  const declared = encoded && codec.declaredByteLength?.(encoded)
  return Math.min(bound.maxByteLength, declared ?? bound.maxByteLength) / bytesPerMs(codec.name)
}

function bytesPerMs(name: string): number {
  return BYTES_PER_MS.get(name) ?? OTHERS_BYTES_PER_MS
}
