// The schemas of requests and answers, once: validation, types and the OpenAPI document all come from here.
import { Type } from 'typebox'
import { ERRORS, type ErrorCode, ZipzarrError } from '../src/errors.js'
import { PROBLEM_TYPE } from '../src/http/media-types.js'

/**
 * `documented` replaces members of the schema in the OpenAPI document only: numbers in queries are checked as
 * digits and converted by us (a schema's `maximum` lets `1e309` through as Infinity), but are integers to clients.
 */
export interface Documented {
  readonly documented?: object
}

const DIGITS = '^[0-9]{1,15}$'

interface Bounds {
  readonly minimum: number
  readonly maximum: number
  readonly default: number
}

function count(description: string, bounds: Bounds) {
  const documented = { type: 'integer', ...bounds, pattern: undefined }
  return Type.String({ description, pattern: DIGITS, documented })
}

export const LIMIT: Bounds = { minimum: 1, maximum: 1000, default: 100 }
export const DEPTH: Bounds = { minimum: 1, maximum: 64, default: 64 }

/**
 * The number a checked digit string says.
 * @throws ZipzarrError BAD_REQUEST outside the bounds
 */
export function countOf(text: string | undefined, name: string, bounds: Bounds): number {
  if (text === undefined) return bounds.default
  const value = Number(text)
  if (value >= bounds.minimum && value <= bounds.maximum) return value
  const { minimum, maximum } = bounds
  throw new ZipzarrError('BAD_REQUEST', `${name} must be from ${minimum} to ${maximum}, not ${text}`, {
    facts: { minimum, maximum },
  })
}

const STRICT = { additionalProperties: false } as const

/** Clients that cannot set headers send their key here (src/plugins/access.ts reads it). */
const apiKey = Type.Optional(
  Type.String({ maxLength: 512, description: 'API key, for clients that cannot set Authorization' }),
)

export const StoreParams = Type.Object({
  storeId: Type.String({
    minLength: 1,
    maxLength: 255,
    description: 'Store id, as listed by `listStores`',
    documented: { example: 'climate' },
  }),
})

const path = Type.Optional(
  Type.String({
    maxLength: 1024,
    description: 'Node path; `a/b`, `/a/b` and `/a/b/` are the same node. Absent: the root node',
    documented: { example: '/temperature' },
  }),
)
const limit = Type.Optional(count('Entries of one page', LIMIT))
const cursor = Type.Optional(Type.String({ maxLength: 1024, description: '`nextCursor` of the page before' }))

export const StoresQuery = Type.Object({ limit, cursor, api_key: apiKey }, STRICT)
export const PathQuery = Type.Object({ path, api_key: apiKey }, STRICT)
export const KeyQuery = Type.Object({ api_key: apiKey }, STRICT)
/** Faces that other clients speak take whatever parameters they add. */
export const OpenQuery = Type.Object({ api_key: apiKey })

export const ZarrParams = Type.Object({
  ...StoreParams.properties,
  '*': Type.String({
    description: 'Store key; slashes stand as they are or as `%2F`. Empty or ending in `/`: an HTML index',
    documented: { example: 'zarr.json' },
  }),
})
export const ZarrQuery = Type.Object({
  consolidated: Type.Optional(
    Type.Enum(['true', 'false'], {
      type: 'string',
      description: '`true`: put `consolidated_metadata` into a group’s `zarr.json`, made from the index',
    }),
  ),
  api_key: apiKey,
})

export const NodesQuery = Type.Object(
  {
    path,
    depth: Type.Optional(count('Levels below `path`: 1 is its children only', DEPTH)),
    limit,
    cursor,
    api_key: apiKey,
  },
  STRICT,
)

/** An enum to clients; here any text, because an unknown format is a 406 that names what there is. */
const format = Type.Optional(
  Type.String({
    maxLength: 64,
    description: 'Format of the answer; beats `Accept`. Default `raw`: C order, little-endian, no header',
    documented: { enum: ['raw', 'npy', 'json'], maxLength: undefined },
  }),
)
const nonfinite = Type.Optional(
  Type.Enum(['null', 'string'], {
    type: 'string',
    description: 'JSON: NaN and infinities as `null` (default) or as `"NaN"`, `"Infinity"`, `"-Infinity"`',
  }),
)
const datetime = Type.Optional(
  Type.Enum(['integer', 'iso'], {
    type: 'string',
    description: 'JSON: datetimes as integer ticks (default) or as ISO 8601 text',
  }),
)
const filename = Type.Optional(
  Type.String({ minLength: 1, maxLength: 255, description: 'Answer as a download of this name' }),
)
const output = { format, nonfinite, datetime, filename }

export const ChunkQuery = Type.Object(
  {
    path,
    index: Type.Optional(
      Type.String({
        maxLength: 1024,
        pattern: '^(?:[0-9]{1,15}(?:,[0-9]{1,15}){0,31})?$',
        description: 'Chunk coordinates, one per dimension, comma-separated; empty for a 0-d array',
        documented: { example: '0,0,0' },
      }),
    ),
    encoded: Type.Optional(
      Type.Enum(['true', 'false'], {
        type: 'string',
        description: '`true`: the chunk as stored, before decoding; not possible for chunks inside shards',
      }),
    ),
    ...output,
    api_key: apiKey,
  },
  STRICT,
)

const expectedShape = Type.Optional(
  Type.String({
    maxLength: 1024,
    pattern: '^(?:[0-9]{1,15}(?:,[0-9]{1,15}){0,31})?$',
    description: 'Shape the result must have, comma-separated; any other is a 409 before anything is read',
    documented: { example: '1,180,360' },
  }),
)

export const SliceQuery = Type.Object(
  {
    path,
    slice: Type.Optional(
      Type.String({
        maxLength: 4096,
        description:
          'NumPy basic indexing, comma-separated, one part per dimension: `5` (drops the dimension), `:`, `2:`, ' +
          '`:7`, `2:7`, `2:7:2`, `::-1`, `-3:`, `[0,4,9]` (index list, orthogonal), `...` once. Half-open; ' +
          'bounds clamp, integers do not. Fewer parts than dimensions: the rest in full. Absent: everything',
        documented: { example: '0,10:20,::2' },
      }),
    ),
    expectedShape,
    ...output,
    api_key: apiKey,
  },
  STRICT,
)

const SlicePart = Type.Union([
  Type.String({ maxLength: 65536 }),
  Type.Integer(),
  Type.Array(Type.Integer(), { maxItems: 65536 }),
])

export const SliceBody = Type.Object(
  {
    path: Type.Optional(Type.String({ maxLength: 1024, description: 'Node path; absent: the root node' })),
    slice: Type.Optional(
      Type.Union([Type.String({ maxLength: 65536 }), Type.Array(SlicePart, { maxItems: 33 })], {
        description: 'The text of `getSlice`, or one entry per dimension: text, an integer, or an index list',
      }),
    ),
    expectedShape: Type.Optional(Type.Array(Type.Integer({ minimum: 0 }), { maxItems: 32 })),
    format: Type.Optional(Type.String({ maxLength: 64, documented: { enum: ['raw', 'npy', 'json'] } })),
    nonfinite,
    datetime,
    filename,
  },
  STRICT,
)

export const RegisterBody = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._~-]{1,255}$',
        description: 'Store id; absent: made from the location',
      }),
    ),
    location: Type.Object(
      {
        root: Type.String({ minLength: 1, maxLength: 255, description: 'Name of a configured data root' }),
        path: Type.String({ minLength: 1, maxLength: 4096, description: 'Path below it, `/`-separated' }),
      },
      STRICT,
    ),
    root: Type.Optional(
      Type.String({ maxLength: 1024, description: 'Folder inside the archive that is the store’s root' }),
    ),
  },
  STRICT,
)

// ---- answers -----------------------------------------------------------------------------------------------

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

const Location = Type.Object({ root: Type.String(), path: Type.String() })
const StoreState = Type.Enum(['indexing', 'ready', 'failed'], { type: 'string' })
const NodeFormat = Type.Enum([2, 3], { type: 'integer' })
const ZarrFormat = Type.Unsafe<2 | 3 | null>({
  enum: [2, 3, null],
  type: ['integer', 'null'],
  description: 'Format of the root node; null when nothing Zarr lies at the root, or not known yet',
})

export const StoreSummary = Type.Object(
  { id: Type.String(), state: StoreState, zarrFormat: ZarrFormat, revision: Count, location: Location },
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
        inode: Type.String(),
        endRecord: Type.String({ description: 'End-of-central-directory record, hex' }),
      }),
    ),
    entryCount: Type.Optional(Count),
    arrayCount: Type.Optional(Count),
    groupCount: Type.Optional(Count),
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
    links: Type.Object({}, { additionalProperties: Type.String() }),
  },
  { ...OpenObject, $id: 'Metadata', description: 'One normalised document for v2 and v3 nodes' },
)

export const COMPONENTS = [Problem, StoreSummary, StoreList, Store, Node, NodeList, Metadata]

const PROBLEM_CONTENT = { [PROBLEM_TYPE]: { schema: Type.Ref('Problem') } }

/** Answers every route may give, whatever it does. */
const COMMON: readonly ErrorCode[] = ['BAD_REQUEST', 'UNAUTHORIZED', 'URI_TOO_LONG', 'INTERNAL', 'OVERLOADED']
/** What looking up a store may answer. */
export const STORE_CODES: readonly ErrorCode[] = [
  'STORE_NOT_FOUND',
  'ARCHIVE_INVALID',
  'ARCHIVE_UNSUPPORTED',
  'READ_FAILED',
  'DESCRIPTOR_INVALID',
  'STORE_CHANGED',
  'STORE_INDEXING',
  'STORE_UNAVAILABLE',
]
/** What reading a value may answer. */
export const VALUE_CODES: readonly ErrorCode[] = [
  ...STORE_CODES,
  'ENTRY_INVALID',
  'CHECKSUM_MISMATCH',
  'ENTRY_UNSUPPORTED',
]
/** What opening a node may answer. */
export const NODE_CODES: readonly ErrorCode[] = [
  ...VALUE_CODES,
  'INVALID_NODE_PATH',
  'NODE_NOT_FOUND',
  'METADATA_INVALID',
  'METADATA_UNSUPPORTED',
  'DATA_TYPE_UNSUPPORTED',
]
/** What reading an array may answer. */
export const ARRAY_CODES: readonly ErrorCode[] = [
  ...NODE_CODES,
  'NOT_ACCEPTABLE',
  'PRECONDITION_FAILED',
  'RESPONSE_TOO_LARGE',
  'NOT_AN_ARRAY',
  'FORMAT_NOT_POSSIBLE',
  'CODEC_FAILED',
  'CODEC_UNSUPPORTED',
]

/** Problem responses of a route, one per status, each naming its codes. */
export function problems(codes: readonly ErrorCode[]): Record<number, object> {
  const byStatus = new Map<number, Set<ErrorCode>>()
  for (const code of [...COMMON, ...codes]) {
    const { status } = ERRORS[code]
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code))
  }
  const responses = [...byStatus].sort(([a], [b]) => a - b)
  return Object.fromEntries(
    responses.map(([status, names]) => [
      status,
      { description: [...names].map(name => `\`${name}\``).join(', '), content: PROBLEM_CONTENT },
    ]),
  )
}

export const HealthDocument = Type.Object({
  status: Type.Enum(['ok', 'starting', 'draining'], { type: 'string' }),
})

/** An answer whose schema is written out in place. */
export function inline(description: string, schema: object) {
  return { description, content: { 'application/json': { schema } } }
}

type ComponentName = 'StoreList' | 'Store' | 'NodeList' | 'Metadata'

/** A 200 of one of the components, as JSON. */
export function json(description: string, component: ComponentName) {
  return { description, content: { 'application/json': { schema: Type.Ref(component) } } }
}

const BINARY = { type: 'string', format: 'binary' }

/** A binary answer: it must be declared through `content`. */
export function binary(description: string, mediaTypes: readonly string[]) {
  return { description, content: Object.fromEntries(mediaTypes.map(type => [type, { schema: BINARY }])) }
}

/** The answer of the array routes: what the formats are called, and the headers that describe the bytes. */
export function arrayAnswer(
  description: string,
  formats: ReadonlyArray<{ name: string; mediaType: string }>,
) {
  const names = formats.map(({ name, mediaType }) => `\`${name}\` = ${mediaType}`).join(', ')
  const content = formats.map(({ mediaType }) => {
    const bareType = mediaType.split(';')[0] as string
    return [bareType, { schema: bareType === 'application/json' ? {} : BINARY }]
  })
  return {
    description: `${description}; ${names}. Described by the Zarr-* headers`,
    content: Object.fromEntries(content),
    headers: ARRAY_HEADERS,
  }
}

const text = (description: string) => ({ type: 'string', description })
const ARRAY_HEADERS = {
  ETag: text('Strong; known from the index alone'),
  'Zarr-Shape': text('Shape of the result, comma-separated'),
  'Zarr-Data-Type': text('Data type; items are little-endian'),
  'Zarr-Dimensions': text('Names of the result’s dimensions, comma-separated, percent-encoded'),
  'Zarr-Fill-Value': text('Fill value as JSON, percent-encoded'),
  'Zarr-Selection': text('The selection in canonical form'),
  'Zarr-Chunks-Touched': text('How many chunks the result lies in'),
  'Zarr-Chunk-Stored': text('`false`: nothing is stored for the chunk, it is the fill value (getChunk)'),
}

export const NOT_MODIFIED = { description: 'The client’s copy is current' }
