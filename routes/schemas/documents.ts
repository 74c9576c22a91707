// The schemas of JSON answers, as named components of the OpenAPI document.
import { Type } from 'typebox'
import { ERRORS, type ErrorCode } from '../../src/errors.js'

const OpenObject = { additionalProperties: true } as const
const Count = Type.Integer({ minimum: 0 })

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Where the code is explained' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What was expected, what was found, where' }),
    code: Type.Enum(Object.keys(ERRORS) as ErrorCode[], { type: 'string', description: 'Stable error code' }),
    requestId: Type.String(),
  },
  { ...OpenObject, $id: 'Problem', description: 'RFC 9457 problem document; more members are typed facts' },
)

const UnreachableKeys = Type.Optional(
  Type.Integer({
    minimum: 1,
    description:
      'Keys below arrays that are no chunk keys as the metadata spells them (another separator, say): no reader finds them. Absent when there are none',
  }),
)
const Location = Type.Object({ root: Type.String(), path: Type.String() })
const StoreState = Type.Enum(['indexing', 'ready', 'failed'], { type: 'string' })
const NodeFormat = Type.Enum([2, 3], { type: 'integer' })
const ZarrFormat = Type.Unsafe<2 | 3 | null>({
  enum: [2, 3, null],
  type: ['integer', 'null'],
  description: 'Format of the root node; null when nothing Zarr lies at the root, or not known yet',
})

const EmptyReason = Type.Optional(
  Type.String({ description: 'Why no Zarr node is found in the archive; absent when there is one' }),
)

export const StoreSummary = Type.Object(
  {
    id: Type.String(),
    state: StoreState,
    zarrFormat: ZarrFormat,
    revision: Count,
    location: Location,
    emptyReason: EmptyReason,
  },
  { $id: 'StoreSummary' },
)

export const StoreList = Type.Object(
  { stores: Type.Array(Type.Ref('StoreSummary')), nextCursor: Type.Optional(Type.String()) },
  { $id: 'StoreList' },
)

export const Store = Type.Object(
  {
    id: Type.String(),
    state: StoreState,
    zarrFormat: ZarrFormat,
    revision: Count,
    location: Location,
    rootPrefix: Type.Optional(Type.String({ description: 'Folder inside the archive that is the root' })),
    fingerprint: Type.Optional(
      Type.Object({
        size: Count,
        mtimeNs: Type.String(),
        ctimeNs: Type.String(),
        inode: Type.String(),
        endRecord: Type.String({ description: 'End-of-central-directory record, hex' }),
      }),
    ),
    entryCount: Type.Optional(Count),
    keyCount: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Keys of the store that listings show' }),
    ),
    skippedNames: Type.Optional(
      Type.Record(Type.String(), Count, {
        description:
          'Entries of the archive that listings do not show, by reason: `folder`, `litter` (`.DS_Store`, `._*` and `__MACOSX/`, served when asked for), and names that can be no key (`empty`, `absolute`, `emptyPart`, `dotPart`, `forbiddenCharacter`, `tooLong`, `undecodable`)',
      }),
    ),
    emptyReason: EmptyReason,
    topNames: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Beside `emptyReason`: the first names at the root of the store, folders with a slash',
      }),
    ),
    arrayCount: Type.Optional(Count),
    groupCount: Type.Optional(Count),
    unreachableKeys: UnreachableKeys,
    progress: Type.Optional(Type.Object({ entries: Count, totalEntries: Count })),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  },
  { $id: 'Store' },
)

const Shape = Type.Array(Count)

export const Node = Type.Object(
  {
    path: Type.String(),
    nodeType: Type.Optional(Type.Enum(['array', 'group'], { type: 'string' })),
    zarrFormat: Type.Optional(NodeFormat),
    shape: Type.Optional(Shape),
    chunkShape: Type.Optional(Shape),
    dataType: Type.Optional(Type.String()),
    dimensionNames: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Null()]))),
    isImplicit: Type.Optional(Type.Boolean({ description: 'A folder without a metadata document' })),
    error: Type.Optional(
      Type.Object(
        { code: Type.String(), message: Type.String() },
        { description: 'Why the node’s metadata cannot be read; its other members are then absent' },
      ),
    ),
  },
  { $id: 'Node' },
)

export const NodeList = Type.Object(
  { nodes: Type.Array(Type.Ref('Node')), nextCursor: Type.Optional(Type.String()) },
  { $id: 'NodeList' },
)

export const Metadata = Type.Object(
  {
    path: Type.String(),
    nodeType: Type.Enum(['array', 'group'], { type: 'string' }),
    zarrFormat: NodeFormat,
    shape: Type.Optional(Shape),
    chunkShape: Type.Optional(Shape),
    shardShape: Type.Optional(Shape),
    chunkGridShape: Type.Optional(Shape),
    dataType: Type.Optional(
      Type.Object({ name: Type.String(), kind: Type.String(), itemSize: Count }, OpenObject),
    ),
    fillValue: Type.Optional(Type.Unknown({ description: 'In JSON form; exact digits beyond 2^53' })),
    dimensionNames: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Null()]))),
    codecs: Type.Optional(
      Type.Array(Type.Object({ name: Type.String() }, OpenObject), { description: 'In encoding order' }),
    ),
    attributes: Type.Object({}, OpenObject),
    storedBytes: Type.Optional(Count),
    storedChunks: Type.Optional(Count),
    storedShards: Type.Optional(
      Type.Integer({ ...Count, description: 'Of a sharded array, instead of `storedChunks`' }),
    ),
    unreachableKeys: UnreachableKeys,
    isImplicit: Type.Optional(Type.Boolean({ description: 'A folder without a metadata document' })),
    links: Type.Object({}, { additionalProperties: Type.String() }),
  },
  { ...OpenObject, $id: 'Metadata', description: 'One normalised document for v2 and v3 nodes' },
)

export const COMPONENTS = [Problem, StoreSummary, StoreList, Store, Node, NodeList, Metadata]

export const HealthDocument = Type.Object({
  status: Type.Enum(['ok', 'starting', 'draining'], { type: 'string' }),
})
