// v3 metadata: `zarr.json` as the one model of metadata.ts. A member nobody knows makes the node unreadable,
// unless it says itself that it need not be understood.
import type { NodePath } from '../../store/keys.js'
import { parseDataTypeV3 } from '../data-types/data-type-v3.js'
import { parseFillValueV3 } from '../data-types/fill-value-v3.js'
import { parseExtension } from '../json/extension.js'
import { isJsonObject, type Json, type JsonObject } from '../json/json.js'
import { failInvalid, failUnsupported, type MetadataLocation, within } from '../json/metadata-location.js'
import { parseShape } from '../json/shape.js'
import { parseChunkGrid } from './chunk-grid.js'
import { parseChunkKeyEncoding } from './chunk-key-encoding.js'
import { parseCodecSpecs } from './codec-spec.js'
import type { ArrayMetadata, GroupMetadata, NodeMetadata } from './metadata.js'

/** Consolidated metadata is a copy and never read here; early zarr-python wrote it as null into every group. */
const COMMON_MEMBERS = ['zarr_format', 'node_type', 'attributes', 'consolidated_metadata']
const ARRAY_MEMBERS = [
  ...COMMON_MEMBERS,
  'shape',
  'data_type',
  'chunk_grid',
  'chunk_key_encoding',
  'codecs',
  'fill_value',
  'storage_transformers',
  'dimension_names',
]

/** @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED, DATA_TYPE_UNSUPPORTED */
export function parseNodeV3(path: NodePath, json: Json): NodeMetadata {
  const place: MetadataLocation = { path, member: '' }
  if (!isJsonObject(json)) return failInvalid(place, 'expected zarr.json to hold an object')
  checkFormat(json, place)
  switch (json.node_type) {
    case 'array':
      checkKnown(json, ARRAY_MEMBERS, place)
      return parseArray(path, json, place)
    case 'group':
      checkKnown(json, COMMON_MEMBERS, place)
      return parseGroup(path, json, place)
    default:
      return failInvalid(
        within(place, 'node_type'),
        `expected "array" or "group", found ${JSON.stringify(String(json.node_type))}`,
      )
  }
}

function checkFormat(document: JsonObject, place: MetadataLocation): void {
  const format = document.zarr_format
  const at = within(place, 'zarr_format')
  if (format === 3) return
  if (typeof format === 'string')
    failUnsupported(at, `drafts of Zarr format 3 are not supported, found "${format}"`)
  if (typeof format === 'number' && format > 3) failUnsupported(at, `Zarr format ${format} is not supported`)
  failInvalid(at, `expected 3, found ${String(format)}`)
}

function checkKnown(document: JsonObject, known: readonly string[], place: MetadataLocation): void {
  for (const [name, value] of Object.entries(document)) {
    if (known.includes(name) || (isJsonObject(value) && value.must_understand === false)) continue
    failUnsupported(
      within(place, name),
      'this member is not known and does not say that it need not be understood',
    )
  }
}

function parseGroup(path: NodePath, json: JsonObject, place: MetadataLocation): GroupMetadata {
  return {
    nodeType: 'group',
    zarrFormat: 3,
    path,
    attributes: parseAttributes(json, place),
    isImplicit: false,
  }
}

function parseArray(path: NodePath, json: JsonObject, place: MetadataLocation): ArrayMetadata {
  checkTransformers(json.storage_transformers, within(place, 'storage_transformers'))
  const shape = parseShape(json.shape, within(place, 'shape'))
  const dataType = parseDataTypeV3(json.data_type ?? null, within(place, 'data_type'))
  const dimensionNames = parseDimensionNames(
    json.dimension_names,
    shape.length,
    within(place, 'dimension_names'),
  )
  return {
    nodeType: 'array',
    zarrFormat: 3,
    path,
    shape,
    dataType,
    chunkGrid: parseChunkGrid(json.chunk_grid, shape, within(place, 'chunk_grid')),
    chunkKeyEncoding: parseChunkKeyEncoding(json.chunk_key_encoding, within(place, 'chunk_key_encoding')),
    codecs: parseCodecSpecs(json.codecs, within(place, 'codecs')),
    fillValue: parseFillValueV3(dataType, json.fill_value, within(place, 'fill_value')),
    ...(dimensionNames === undefined ? {} : { dimensionNames }),
    attributes: parseAttributes(json, place),
  }
}

/** A transformer changes what keys and values mean, so none can be passed over. */
function checkTransformers(json: Json | undefined, place: MetadataLocation): void {
  if (json === undefined) return
  if (!Array.isArray(json)) failInvalid(place, 'expected a list')
  const first = json[0]
  if (first === undefined) return
  failUnsupported(
    place,
    `storage transformer "${parseExtension(first, within(place, 0)).name}" is not supported`,
  )
}

/** Early zarr-python writes null for "no names". */
function parseDimensionNames(
  json: Json | undefined,
  rank: number,
  place: MetadataLocation,
): (string | null)[] | undefined {
  if (json === undefined || json === null) return undefined
  if (!Array.isArray(json)) return failInvalid(place, 'expected a list of names')
  if (json.length !== rank) failInvalid(place, `expected ${rank} names as in the shape, found ${json.length}`)
  return json.map((name, dimension) => {
    if (name === null || typeof name === 'string') return name
    return failInvalid(within(place, dimension), `expected a name or null, found ${String(name)}`)
  })
}

function parseAttributes(json: JsonObject, place: MetadataLocation): JsonObject {
  const { attributes } = json
  if (attributes === undefined) return Object.create(null)
  return isJsonObject(attributes)
    ? attributes
    : failInvalid(within(place, 'attributes'), 'expected an object')
}
