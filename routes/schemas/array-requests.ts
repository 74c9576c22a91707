// The schemas of requests for parts of arrays.
import { Type } from 'typebox'
import { apiKey, as, FLAG, path, STRICT } from './parameters.js'
import { Count } from './parts.js'
import { SELECTION_PART_PATTERN, SELECTION_PATTERN } from './patterns.js'

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
