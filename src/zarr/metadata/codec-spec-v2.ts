// From v2's order, filters and compressor to one codec pipeline in v3 words.
import { ZipzarrError } from '../../errors.js'
import type { DataType } from '../data-types/data-type.js'
import { isJsonObject, type Json, type JsonObject } from '../json/json.js'
import { failInvalid, failUnsupported, type MetadataLocation, within } from '../json/metadata-location.js'
import { checkCodecCount } from './codec-spec.js'
import type { CodecSpec } from './metadata.js'

/** Filters that make bytes of any objects; the data type `|O` needs one. `pickle` is listed to be refused by name. */
const OBJECT_CODECS = new Set([
  'vlen-utf8',
  'vlen-bytes',
  'vlen-array',
  'json2',
  'json',
  'msgpack2',
  'msgpack',
  'categorize',
  'pickle',
])
/** Of these, the ones that make bytes of arrays of numbers too, with shape and type of their own inside. */
const SELF_DESCRIBING = new Set(['json2', 'json', 'msgpack2', 'msgpack', 'pickle'])

/** A numcodecs configuration: its id and the rest. */
interface Numcodec {
  readonly id: string
  readonly configuration: JsonObject
}

/** What `.zarray` says of encoding. */
export interface EncodingV2 {
  /** In encoding order, compressor last. */
  readonly steps: readonly Numcodec[]
  /** The filter that makes bytes of objects, or the compressor in its place. */
  readonly objectCodec: string | undefined
}

/** `filters` (null and [] mean none) and `compressor`. @throws ZipzarrError METADATA_INVALID */
export function parseEncodingV2(zarray: JsonObject, place: MetadataLocation): EncodingV2 {
  const filters = zarray.filters ?? []
  if (!Array.isArray(filters)) return failInvalid(within(place, 'filters'), 'expected a list or null')
  const steps = filters.map((filter, index) => parseNumcodec(filter, within(within(place, 'filters'), index)))
  const compressor = zarray.compressor ?? null
  if (compressor !== null) steps.push(parseNumcodec(compressor, within(place, 'compressor')))
  checkCodecCount(steps.length, place)
  return { steps, objectCodec: steps.find(step => OBJECT_CODECS.has(step.id))?.id }
}

/**
 * The pipeline of a v2 array, in encoding order:
 * - order "F" is a `transpose` that reverses the dimensions;
 * - the byte order of the typestring is a `bytes` codec; that of structs is in the fields' own types, as it may
 *   differ between them, and the configuration is empty. A codec that encodes objects takes its place;
 * - filters and compressor follow as `numcodecs.<id>` with their configurations as they are. v2 filters work on
 *   flat buffers of a type they name themselves, so here all of them are bytes→bytes.
 */
export function translateCodecsV2(
  encoding: EncodingV2,
  array: { dataType: DataType; order: 'C' | 'F'; rank: number; place: MetadataLocation },
): CodecSpec[] {
  const { dataType, order, rank, place } = array
  const codecs: CodecSpec[] = []
  if (order === 'F' && rank > 1) {
    codecs.push({
      name: 'transpose',
      configuration: { order: Array.from({ length: rank }, (_, i) => rank - 1 - i) },
    })
  }
  if (!hasOwnBytesStep(encoding, dataType, place))
    codecs.push({ name: 'bytes', configuration: endianOf(dataType) })
  for (const { id, configuration } of encoding.steps) codecs.push({ name: `numcodecs.${id}`, configuration })
  return codecs
}

/** Whether the first step already turns the array into bytes. */
function hasOwnBytesStep(encoding: EncodingV2, dataType: DataType, place: MetadataLocation): boolean {
  const first = encoding.steps[0]?.id ?? ''
  if (dataType.itemSize > 0) return SELF_DESCRIBING.has(first)
  if (first === encoding.objectCodec) return true
  return failUnsupported(
    within(place, 'filters'),
    `filter "${first}" before "${encoding.objectCodec}" is not supported`,
  )
}

function endianOf(dataType: DataType): JsonObject {
  return dataType.storedByteOrder === undefined ? {} : { endian: dataType.storedByteOrder }
}

function parseNumcodec(json: Json, place: MetadataLocation): Numcodec {
  if (!isJsonObject(json) || typeof json.id !== 'string')
    return failInvalid(place, 'expected an object with an id')
  const configuration: JsonObject = Object.create(null)
  for (const name of Object.keys(json)) if (name !== 'id') configuration[name] = json[name] as Json
  return { id: json.id, configuration }
}

/** An array of objects whose first filter is nothing known: the codec is what is missing. */
export function failObjectCodec(encoding: EncodingV2, place: MetadataLocation): never {
  const first = encoding.steps[0]?.id
  if (first === undefined)
    return failInvalid(place, 'data type "|O" needs a filter that encodes objects, found none')
  const message = `filters of node "/${place.path}": codec "${first}" is not known to encode objects`
  throw new ZipzarrError('CODEC_UNSUPPORTED', message, { facts: { path: `/${place.path}`, codec: first } })
}
