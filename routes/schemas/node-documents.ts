// The schemas of JSON answers about nodes, as named components of the OpenAPI document.
import { Type } from 'typebox'
import { AnyObject, Count, FormatNumber, UnreachableKeys } from './parts.js'

const Shape = Type.Array(Count)
const NodeFormat = Type.Unsafe<2 | 3>({ ...FormatNumber, description: 'Version of the Zarr format' })

export const NodeType = Type.Enum(['array', 'group'], { $id: 'NodeType', type: 'string' })
const DimensionNames = Type.Optional(
  Type.Array(Type.Union([Type.String(), Type.Null()]), { description: 'null: a dimension without a name' }),
)
const IsImplicit = Type.Optional(Type.Boolean({ description: 'A folder without a metadata document' }))

export const Node = Type.Object(
  {
    path: Type.String(),
    nodeType: Type.Optional(Type.Ref('NodeType')),
    zarrFormat: Type.Optional(NodeFormat),
    shape: Type.Optional(Shape),
    chunkShape: Type.Optional(Shape),
    dataType: Type.Optional(Type.String()),
    dimensionNames: DimensionNames,
    isImplicit: IsImplicit,
    error: Type.Optional(Type.Ref('Failure')),
  },
  {
    $id: 'Node',
    description:
      'One node of a listing. With `error`, its metadata cannot be read and most members are absent',
  },
)

export const NodeList = Type.Object(
  { nodes: Type.Array(Type.Ref('Node')), nextCursor: Type.Optional(Type.String()) },
  { $id: 'NodeList' },
)

export const DataType = Type.Object(
  {
    name: Type.String(),
    kind: Type.String(),
    itemSize: Type.Integer({ ...Count, description: 'Bytes; 0 where items are of variable length' }),
    byteOrder: Type.Unsafe<'little' | 'big' | null>({
      type: ['string', 'null'],
      description:
        '`little` or `big`: of the stored items, null where it means nothing. Answers are always little-endian',
    }),
    unit: Type.Optional(Type.String({ description: 'Of datetimes and timedeltas: the unit of a tick' })),
    factor: Type.Optional(Type.Integer({ ...Count, description: 'How many of the unit make a tick' })),
    fields: Type.Optional(Type.Array(Type.Ref('StructField'), { description: 'Of structs' })),
  },
  { $id: 'DataType' },
)

export const StructField = Type.Object(
  {
    name: Type.String(),
    byteOffset: Count,
    shape: Type.Array(Count, { description: 'Empty unless the field is an array itself' }),
    dataType: Type.Ref('DataType'),
  },
  { $id: 'StructField' },
)

export const Codec = Type.Object(
  { name: Type.String(), configuration: Type.Optional(AnyObject) },
  { $id: 'Codec' },
)

export const Metadata = Type.Object(
  {
    path: Type.String(),
    nodeType: Type.Ref('NodeType'),
    zarrFormat: NodeFormat,
    shape: Type.Optional(Shape),
    chunkShape: Type.Optional(Shape),
    shardShape: Type.Optional(Shape),
    chunkGridShape: Type.Optional(Shape),
    dataType: Type.Optional(Type.Ref('DataType')),
    fillValue: Type.Optional(Type.Unknown({ description: 'In JSON form; exact digits beyond 2^53' })),
    dimensionNames: DimensionNames,
    codecs: Type.Optional(Type.Array(Type.Ref('Codec'), { description: 'In encoding order' })),
    attributes: AnyObject,
    storedBytes: Type.Optional(Count),
    storedChunks: Type.Optional(Count),
    storedShards: Type.Optional(
      Type.Integer({ ...Count, description: 'Of a sharded array, instead of `storedChunks`' }),
    ),
    unreachableKeys: UnreachableKeys,
    isImplicit: IsImplicit,
    links: Type.Unsafe<Record<string, string>>({
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'URLs of what belongs to the node, by name',
    }),
  },
  { $id: 'Metadata', description: 'One normalised document for v2 and v3 nodes' },
)
