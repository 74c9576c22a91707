// v2 metadata: `.zarray` or `.zgroup`, with `.zattrs` beside it, as the one model of metadata.ts. Members
// that v2 does not know are ignored, as v2 asks.
import type { NodePath } from '../../store/keys.js'
import { parseDataTypeV2 } from '../data-types/data-type-v2.js'
import { parseFillValueV2 } from '../data-types/fill-value-v2.js'
import { isJsonObject, type Json, type JsonObject } from '../json/json.js'
import { failInvalid, failUnsupported, type MetadataLocation, within } from '../json/metadata-location.js'
import { parseShape } from '../json/shape.js'
import { parseRegularGrid } from './chunk-grid.js'
import { type ChunkKeyEncoding, parseSeparator } from './chunk-key-encoding.js'
import { failObjectCodec, parseEncodingV2, translateCodecsV2 } from './codec-spec-v2.js'
import type { ArrayMetadata, GroupMetadata } from './metadata.js'

/** @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED, DATA_TYPE_UNSUPPORTED, CODEC_UNSUPPORTED */
export function parseArrayV2(path: NodePath, zarray: Json, zattrs?: Json): ArrayMetadata {
  const place: MetadataLocation = { path, member: '' }
  if (!isJsonObject(zarray)) return failInvalid(place, 'expected .zarray to hold an object')
  checkFormat(zarray, place)
  const attributes = parseAttributes(zattrs, place)
  const shape = parseShape(zarray.shape, within(place, 'shape'))
  const encoding = parseEncodingV2(zarray, place)
  if (zarray.dtype === '|O' && encoding.objectCodec === undefined)
    failObjectCodec(encoding, within(place, 'dtype'))
  const dataType = parseDataTypeV2(zarray.dtype ?? null, within(place, 'dtype'), encoding.objectCodec)
  const dimensionNames = dimensionNamesOf(attributes, shape.length)
  return {
    nodeType: 'array',
    zarrFormat: 2,
    path,
    shape,
    dataType,
    chunkGrid: parseRegularGrid(zarray.chunks, shape, within(place, 'chunks')),
    chunkKeyEncoding: keyEncodingOf(zarray, place),
    codecs: translateCodecsV2(encoding, {
      dataType,
      order: orderOf(zarray, place),
      rank: shape.length,
      place,
    }),
    fillValue: parseFillValueV2(dataType, zarray.fill_value, within(place, 'fill_value')),
    ...(dimensionNames === undefined ? {} : { dimensionNames }),
    attributes,
  }
}

/** Without `.zgroup` the group is implicit; `.zattrs` may be there all the same. */
export function parseGroupV2(path: NodePath, zgroup: Json | undefined, zattrs?: Json): GroupMetadata {
  const place: MetadataLocation = { path, member: '' }
  if (zgroup !== undefined) {
    if (!isJsonObject(zgroup)) return failInvalid(place, 'expected .zgroup to hold an object')
    checkFormat(zgroup, place)
  }
  const attributes = parseAttributes(zattrs, place)
  return { nodeType: 'group', zarrFormat: 2, path, attributes, isImplicit: zgroup === undefined }
}

function checkFormat(document: JsonObject, place: MetadataLocation): void {
  const format = document.zarr_format
  const at = within(place, 'zarr_format')
  if (format === 2) return
  if (format === 1) failUnsupported(at, 'Zarr format 1 is not supported')
  failInvalid(at, `expected 2, found ${String(format)}`)
}

function parseAttributes(zattrs: Json | undefined, place: MetadataLocation): JsonObject {
  if (zattrs === undefined) return Object.create(null)
  return isJsonObject(zattrs) ? zattrs : failInvalid(place, 'expected .zattrs to hold an object')
}

/** The separator is absent where it is ".". */
function keyEncodingOf(zarray: JsonObject, place: MetadataLocation): ChunkKeyEncoding {
  const separator = zarray.dimension_separator ?? '.'
  return { name: 'v2', separator: parseSeparator(separator, within(place, 'dimension_separator')) }
}

function orderOf(zarray: JsonObject, place: MetadataLocation): 'C' | 'F' {
  const { order } = zarray
  if (order === 'C' || order === 'F') return order
  return failInvalid(within(place, 'order'), `expected "C" or "F", found ${JSON.stringify(String(order))}`)
}

/** xarray's convention; anything else under that name is just an attribute. */
function dimensionNamesOf(attributes: JsonObject, rank: number): string[] | undefined {
  const names = attributes._ARRAY_DIMENSIONS
  if (!Array.isArray(names) || names.length !== rank) return undefined
  return names.every(name => typeof name === 'string') ? names : undefined
}
