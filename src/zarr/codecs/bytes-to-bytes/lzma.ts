// `lzma`: the formats of Python's lzma module: .xz (1), .lzma (2), raw with the filters of the configuration
// (3), or either file format by its first bytes (0).
import { decodeLzmaStream, decodeRawLzma2, decodeXz, undoDelta } from '../../../kernels/lzma.js'
import { isXz } from '../../../kernels/xz-container.js'
import { isJsonObject } from '../../json/json.js'
import type { Json, JsonObject } from '../../metadata/metadata.js'
import type { BytesToBytesCodec, Output, OutputBound } from '../interface/codec.js'
import { integer, member, wrong } from '../interface/configuration.js'
import { codecFailed, codecUnsupported } from '../interface/failures.js'
import { decodeGrowing } from '../interface/growing.js'
import { checkBound } from '../interface/sizes.js'

const NAME = 'lzma'
const FORMATS = ['auto', 'xz', 'alone', 'raw'] as const
const FILTER_DELTA = 0x03n
const FILTER_LZMA2 = 0x21n
const FILTER_LZMA1 = 0x4000000000000001n
/** lc 3, lp 0, pb 2: what every preset means. */
const DEFAULT_PROPERTIES = 93
const ALONE_HEADER_LENGTH = 13

type Decode = (encoded: Uint8Array, bound: OutputBound, output: Output) => Uint8Array

export function lzmaCodec(members: JsonObject): BytesToBytesCodec {
  const decode = decoderOf(members)
  return { kind: 'bytes-bytes', name: NAME, encodedByteLength: () => undefined, decode }
}

function decoderOf(members: JsonObject): Decode {
  const configuration = { codec: NAME, members }
  const format = FORMATS[integer(configuration, 'format', 1)]
  if (format === 'raw') return rawDecoder(readFilters(members))
  if (format === 'xz') return decodeXzFile
  if (format === 'alone') return decodeAlone
  if (format === 'auto')
    return (encoded, bound, output) => (isXz(encoded) ? decodeXzFile : decodeAlone)(encoded, bound, output)
  return wrong(configuration, 'format', 'a format of 0 to 3', members.format)
}

function decodeXzFile(encoded: Uint8Array, bound: OutputBound, output: Output): Uint8Array {
  return decodeXz(encoded, total => checkBound(NAME, total, bound), output)
}

/** .lzma: properties, dictionary size (u32le), decoded size (u64le, all ones when unknown), one LZMA stream. */
function decodeAlone(encoded: Uint8Array, bound: OutputBound, output: Output): Uint8Array {
  if (encoded.length < ALONE_HEADER_LENGTH) codecFailed(NAME, 'the .lzma header is cut short')
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length)
  const low = view.getUint32(5, true)
  const high = view.getUint32(9, true)
  const isUnknown = low === 0xffffffff && high === 0xffffffff
  const declared = low + high * 2 ** 32
  if (!isUnknown) checkBound(NAME, declared, bound)
  return decodeStream(encoded.subarray(ALONE_HEADER_LENGTH), {
    properties: encoded[0],
    ending: isUnknown ? 1 : 2,
    bound: isUnknown ? bound : { maxByteLength: declared, isExact: true },
    output,
  })
}

interface StreamOptions {
  readonly properties: number
  /** As lzmaDecode's: 1 an end marker must come, 2 it may. */
  readonly ending: 1 | 2
  readonly bound: OutputBound
  readonly output: Output
}

function decodeStream(encoded: Uint8Array, { properties, ending, bound, output }: StreamOptions): Uint8Array {
  const size = { encodedByteLength: encoded.length, bound }
  return decodeGrowing(NAME, size, capacity => {
    const decoded = decodeLzmaStream(encoded, { properties, ending, capacity }, output)
    if (decoded !== undefined) return decoded
    // An output that was too small and damaged data look alike: only growing tells.
    if (bound.isExact || capacity >= bound.maxByteLength) codecFailed(NAME, 'the stream is damaged')
    return undefined
  })
}

/** The filters of a raw stream as Python's `filters` lists them, the compressor last. */
interface RawFilters {
  readonly deltaDistances: readonly number[]
  /** Undefined for LZMA2, which brings its own. */
  readonly lzma1Properties: number | undefined
}

function readFilters(members: JsonObject): RawFilters {
  const configuration = { codec: NAME, members }
  const filters = member(configuration, 'filters')
  if (!Array.isArray(filters) || filters.length === 0) {
    return wrong(configuration, 'filters', 'a list of filters for the raw format', filters)
  }
  const deltaDistances: number[] = []
  for (const [i, filter] of filters.entries()) {
    if (!isJsonObject(filter)) return wrong(configuration, 'filters', 'a list of objects', filters)
    const id = filterId(filter.id)
    const isLast = i === filters.length - 1
    if (id === FILTER_DELTA && !isLast) {
      deltaDistances.push(integer({ codec: NAME, members: filter }, 'dist', 1))
    } else if (id === FILTER_LZMA2 && isLast) {
      return { deltaDistances, lzma1Properties: undefined }
    } else if (id === FILTER_LZMA1 && isLast) {
      return { deltaDistances, lzma1Properties: propertiesOf(filter) }
    } else {
      codecUnsupported(NAME, `the filter ${String(filter.id)} is not supported`)
    }
  }
  return codecUnsupported(NAME, 'the filters end without a compressor')
}

function filterId(id: Json | undefined): bigint | undefined {
  return typeof id === 'bigint' || (typeof id === 'number' && Number.isInteger(id)) ? BigInt(id) : undefined
}

function propertiesOf(filter: JsonObject): number {
  const configuration = { codec: NAME, members: filter }
  const lc = integer(configuration, 'lc', 3)
  const lp = integer(configuration, 'lp', 0)
  const pb = integer(configuration, 'pb', 2)
  const isDefault = lc === 3 && lp === 0 && pb === 2
  return isDefault ? DEFAULT_PROPERTIES : (pb * 5 + lp) * 9 + lc
}

function rawDecoder({ deltaDistances, lzma1Properties }: RawFilters): Decode {
  return (encoded, bound, { allocate, needed }) => {
    // A difference counts from the first byte on.
    const output = deltaDistances.length === 0 ? { allocate, needed } : { allocate }
    const decoded =
      lzma1Properties === undefined
        ? decodeRawLzma2(encoded, total => checkBound(NAME, total, bound), output)
        : decodeStream(encoded, { properties: lzma1Properties, ending: 1, bound, output })
    for (const distance of deltaDistances.toReversed()) undoDelta(decoded, distance)
    return decoded
  }
}
