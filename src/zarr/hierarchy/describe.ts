// The normalised description of a node, the same for v2 and v3 (the answer of getMetadata without its links).
import { isZipzarrError } from '../../errors.js'
import type { GetOptions, ReadableStore } from '../../store/store.js'
import { CodecPipeline } from '../codecs/codec-pipeline.js'
import { type DataType, isVariableLength } from '../data-types/data-type.js'
import { fillValueToJson } from '../data-types/item-json.js'
import { readAxes } from '../indexing/read-grid.js'
import { isJsonObject, type Json, type JsonObject } from '../json/json.js'
import { parseCodecSpecs } from '../metadata/codec-spec.js'
import type { ArrayMetadata, CodecSpec, NodeMetadata } from '../metadata/metadata.js'
import { countStoredChunks, type StoredChunks } from './stored-chunks.js'

/**
 * Plain JSON, to be written with stringifyJson (it may hold bigint and non-finite numbers).
 *
 * `chunkShape` and `chunkGridShape` are those of the grid that chunks are asked for by: where chunks lie in
 * shards that can be read in parts, the inner chunks; `shardShape` is then the shape of a stored value.
 * `storedBytes` is what everything below the node takes in the archive. `unreachableKeys` is there when keys below
 * an array are none of its chunks'.
 */
export async function describeNode(
  store: ReadableStore,
  node: NodeMetadata,
  options?: GetOptions,
): Promise<JsonObject> {
  const { nodeType, zarrFormat, attributes } = node
  const common = { path: `/${node.path}`, nodeType, zarrFormat }
  const storedBytes = store.totals(node.path).storedByteLength
  if (node.nodeType === 'group') {
    return { ...common, ...(node.isImplicit ? { isImplicit: true } : {}), attributes, storedBytes }
  }
  const stored = await countStoredChunks(store, node, options)
  return {
    ...common,
    shape: [...node.shape],
    ...describeChunks(node, stored),
    dataType: describeDataType(node.dataType, endianOf(node.codecs)),
    fillValue: fillValueToJson(node.dataType, node.fillValue),
    ...(node.dimensionNames === undefined ? {} : { dimensionNames: [...node.dimensionNames] }),
    codecs: node.codecs.map(describeCodec),
    attributes,
    storedBytes,
  }
}

function describeChunks(array: ArrayMetadata, stored: StoredChunks): JsonObject {
  const { chunkGrid } = array
  const innerChunkShape = innerChunkShapeOf(array)
  const chunkShape = innerChunkShape ?? chunkGrid.chunkShape
  const shardShape = innerChunkShape === undefined ? undefined : chunkGrid.chunkShape
  return {
    ...(chunkShape === undefined ? {} : { chunkShape: [...chunkShape] }),
    ...(shardShape === undefined ? {} : { shardShape: [...shardShape] }),
    chunkGridShape: readAxes(chunkGrid, innerChunkShape).map(axis => axis.chunkCount),
    ...(innerChunkShape === undefined ? { storedChunks: stored.count } : { storedShards: stored.count }),
    ...(stored.unreachableKeys === 0 ? {} : { unreachableKeys: stored.unreachableKeys }),
  }
}

/** As reading sees it. An array whose codecs are not supported can still be described, chunk by stored chunk. */
function innerChunkShapeOf(array: ArrayMetadata): readonly number[] | undefined {
  const { codecs, dataType, fillValue, chunkGrid } = array
  if (!codecs.some(codec => codec.name === 'sharding_indexed')) return undefined
  const shape = chunkGrid.chunkShape ?? chunkGrid.axes.map(axis => axis.sizeOf(0))
  try {
    return CodecPipeline.resolve(codecs, { shape, dataType, fillValue }).partial?.innerChunkShape
  } catch (error) {
    if (isZipzarrError(error) && error.code === 'CODEC_UNSUPPORTED') return undefined
    throw error
  }
}

/** Byte order of the stored items as the `bytes` codec says it, in shards the inner one; little when it is silent. */
function endianOf(codecs: readonly CodecSpec[]): 'little' | 'big' | undefined {
  for (const { name, configuration } of codecs) {
    if (name === 'bytes') return configuration.endian === 'big' ? 'big' : 'little'
    if (name !== 'sharding_indexed') continue
    return endianOf(parseCodecSpecs(configuration.codecs, { path: '', member: 'codecs' }))
  }
  return undefined
}

/** `byteOrder` is that of the stored items, null where it means nothing; answers are always little-endian. */
function describeDataType(dataType: DataType, endian: 'little' | 'big' | undefined): JsonObject {
  const { name, kind, itemSize, time, fields } = dataType
  const byteOrder = dataType.swapSize === 0 ? null : (dataType.storedByteOrder ?? endian ?? null)
  return {
    name,
    kind,
    itemSize: isVariableLength(dataType) ? 0 : itemSize,
    byteOrder,
    ...(time === undefined ? {} : { unit: time.unit, factor: time.factor }),
    ...(fields === undefined
      ? {}
      : {
          fields: fields.map(field => ({
            name: field.name,
            byteOffset: field.byteOffset,
            shape: [...field.shape],
            dataType: describeDataType(field.dataType, endian),
          })),
        }),
  }
}

function describeCodec({ name, configuration }: CodecSpec): Json {
  const isPlain = isJsonObject(configuration) && Object.keys(configuration).length === 0
  return isPlain ? { name } : { name, configuration }
}
