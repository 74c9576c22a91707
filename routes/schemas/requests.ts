// The schemas of requests, once: validation, types and the OpenAPI document all come from here.
import { Type } from 'typebox'
import { ZipzarrError } from '../../src/errors.js'
import { MAX_STORE_ID_LENGTH } from '../../src/store/keys.js'
import { Count } from './parts.js'
import {
  ARCHIVE_PATH_PATTERN,
  NODE_PATH_PATTERN,
  SELECTION_PART_PATTERN,
  SELECTION_PATTERN,
  STORE_PATH_PATTERN,
} from './patterns.js'

const DIGITS = '^[0-9]{1,15}$'

interface Bounds {
  readonly minimum: number
  readonly maximum: number
  readonly default: number
}

/**
 * `documented` replaces members of a schema in the OpenAPI document only: numbers in queries are checked as digits
 * and converted by us (a schema's `maximum` lets `1e309` through as Infinity), but are integers to clients.
 */
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

/** Checked as text, and a truth value to clients. */
const FLAG = { type: 'string', documented: { type: 'boolean', enum: undefined } }

const STRICT = { additionalProperties: false } as const

/** Clients that cannot set headers send their key here (src/plugins/access.ts reads it). */
const apiKey = Type.Optional(
  Type.String({ maxLength: 512, description: 'API key, for clients that cannot set Authorization' }),
)

export const StoreParams = Type.Object({
  storeId: Type.String({
    minLength: 1,
    description: 'Store id, as listed by `listStores`',
    // A longer one is no store's: 404.
    documented: { example: 'climate', maxLength: MAX_STORE_ID_LENGTH },
  }),
})

const path = Type.Optional(
  Type.String({
    maxLength: 1024,
    description: 'Node path; `a/b`, `/a/b` and `/a/b/` are the same node. Absent: the root node',
    documented: { example: '/temperature', pattern: NODE_PATH_PATTERN },
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
    documented: { example: 'zarr.json', pattern: STORE_PATH_PATTERN },
  }),
})
export const ZarrQuery = Type.Object({
  consolidated: Type.Optional(
    Type.Enum(['true', 'false'], {
      ...FLAG,
      description:
        '`true`: put `consolidated_metadata` into a group’s `zarr.json`, or answer its `.zmetadata`, made from the index whatever is stored; strict JSON, NaN and infinities being `"NaN"`, `"Infinity"`, `"-Infinity"`',
    }),
  ),
  api_key: apiKey,
})

export const NodesQuery = Type.Object(
  {
    path,
    depth: Type.Optional(count('Levels below `path`: 1 is its children only', DEPTH)),
    limit,
    cursor: Type.Optional(
      Type.String({
        maxLength: 1024,
        description: '`nextCursor` of the page before',
        documented: { pattern: NODE_PATH_PATTERN },
      }),
    ),
    api_key: apiKey,
  },
  STRICT,
)

const FORMAT =
  'Format of the answer; beats `Accept`. Default `raw`: C order, little-endian, no header. Items of variable length (strings, bytes, objects) are in `raw` each preceded by their length in bytes as a little-endian 32-bit number: UTF-8 text, the bytes, or JSON text. `json` is nested lists: complex numbers as `[re, im]`, byte strings as base64, structs as objects, 64-bit integers in all their digits'
const NONFINITE = 'JSON: NaN and infinities as `null` (default) or as `"NaN"`, `"Infinity"`, `"-Infinity"`'
const DATETIME = 'JSON: datetimes as integer ticks (default) or as ISO 8601 text'

export const ArrayFormat = Type.Enum(['raw', 'npy', 'json'], {
  $id: 'ArrayFormat',
  type: 'string',
  description: FORMAT,
})
export const NonfiniteForm = Type.Enum(['null', 'string'], {
  $id: 'NonfiniteForm',
  type: 'string',
  description: NONFINITE,
})
export const DatetimeForm = Type.Enum(['integer', 'iso'], {
  $id: 'DatetimeForm',
  type: 'string',
  description: DATETIME,
})

/** What clients are told of a parameter is a component of that name. */
const as = (component: string) => ({ documented: { $ref: component } })

/** An enum to clients; here any text, because an unknown format is a 406 that names what there is. */
const format = Type.Optional(
  Type.String({
    ...as('ArrayFormat'),
    maxLength: 64,
    description: FORMAT,
  }),
)
const nonfinite = Type.Optional(
  Type.Enum(['null', 'string'], {
    ...as('NonfiniteForm'),
    type: 'string',
    description: NONFINITE,
  }),
)
const datetime = Type.Optional(
  Type.Enum(['integer', 'iso'], {
    ...as('DatetimeForm'),
    type: 'string',
    description: DATETIME,
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
        ...FLAG,
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
        documented: { example: '0,10:20,::2', pattern: SELECTION_PATTERN },
      }),
    ),
    expectedShape,
    ...output,
    api_key: apiKey,
  },
  STRICT,
)

const SliceText = Type.String({ maxLength: 65536 })
const SlicePart = Type.Union([
  Type.String({ maxLength: 65536 }),
  Type.Integer(),
  Type.Array(Type.Integer(), { maxItems: 65536 }),
])

const sliceMembers = Type.Object(
  {
    path,
    slice: Type.Optional(
      Type.Union([SliceText, Type.Array(SlicePart, { maxItems: 33 })], {
        description:
          'One text per dimension, each as a part of `getSlice`’s `slice`: `5`, `2:7`, `[0,4,9]`. An integer or a list of integers is taken for such a text too, and a single text for the whole list',
        // A union of text, integer and list is a class that cannot be used, or none at all, in several languages.
        documented: {
          anyOf: undefined,
          type: 'array',
          maxItems: 33,
          items: { type: 'string', maxLength: 65536, pattern: SELECTION_PART_PATTERN },
          example: ['0', '10:20', '[0,4,9]'],
        },
      }),
    ),
    expectedShape: Type.Optional(Type.Array(Count, { maxItems: 32 })),
    format,
    nonfinite,
    datetime,
    filename,
  },
  STRICT,
)

export const SliceBody = { ...sliceMembers, ...as('SliceRequest') }
export const SliceRequest = { ...sliceMembers, $id: 'SliceRequest' }

const registerLocation = Type.Object(
  {
    root: Type.String({ minLength: 1, maxLength: 255, description: 'Name of a configured data root' }),
    path: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'Path below it, `/`-separated',
      documented: { pattern: ARCHIVE_PATH_PATTERN },
    }),
  },
  STRICT,
)

const registerMembers = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Store id: letters and digits of any script (composed, NFC), `.`, `_`, `~` and `-`, other than `.` and `..`; anything else is refused. Absent: made from the location',
      }),
    ),
    location: { ...registerLocation, ...as('RegisterLocation') },
    root: Type.Optional(
      Type.String({ maxLength: 1024, description: 'Folder inside the archive that is the store’s root' }),
    ),
  },
  STRICT,
)

export const RegisterLocation = { ...registerLocation, $id: 'RegisterLocation' }
export const RegisterBody = { ...registerMembers, ...as('RegisterRequest') }
export const RegisterRequest = { ...registerMembers, $id: 'RegisterRequest' }

const header = (description: string, example: string) =>
  Type.Optional(Type.String({ description, documented: { example } }))

/**
 * Headers that clients are told of, where a generated client can only send what the document names. They are members
 * of `documentedHeaders`, not of `headers`: HTTP's own code reads them, so there is nothing to check here.
 */
export const CONDITIONAL = {
  'If-None-Match': header('Entity tags the client has: 304 when one is current', '"J7m6rXoB4mBp"'),
}
export const RANGED = {
  ...CONDITIONAL,
  Range: header('One byte range: 206, or 416 beyond the end', 'bytes=0-1023'),
}
