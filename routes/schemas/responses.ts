// How routes declare their answers: documents, bytes, and the problems they may end in.
import { Type } from 'typebox'
import { ERRORS, type ErrorCode } from '../../src/errors.js'
import { JSON_TYPE, OCTET_STREAM, PROBLEM_TYPE } from '../../src/http/media-types.js'
import { AnyObject } from './parts.js'

type ComponentName = 'StoreList' | 'Store' | 'NodeList' | 'Metadata' | 'Health'

/** A 200 of one of the components, as JSON. */
export function json(description: string, component: ComponentName) {
  return { description, content: { 'application/json': { schema: Type.Ref(component) } } }
}

/** The same with its entity tag. */
export function taggedJson(description: string, component: ComponentName) {
  return { ...json(description, component), headers: { ETag: ETAG } }
}

const BINARY = { type: 'string', format: 'binary' }
const text = (description: string) => ({ type: 'string', description })
const ETAG = text('Strong; known from the index alone')
const KEY_STORED = text('`false`: nothing is stored under the key, the document was made from the index')

/**
 * Bytes, of whatever media type. JSON is declared by a range: named, generators (TypeScript, Go) parse it, which fails
 * for a part of a document; and nested lists of any depth have no type in most languages.
 */
function bytesContent(mediaTypes: readonly string[]) {
  const content = mediaTypes.map(mediaType => {
    const bareType = mediaType.split(';')[0] as string
    return bareType === JSON_TYPE ? ['application/*', { schema: {} }] : [bareType, { schema: BINARY }]
  })
  return Object.fromEntries(content)
}

/** A binary answer: it must be declared through `content`. */
export function binary(description: string, mediaTypes: readonly string[]) {
  return { description, content: bytesContent(mediaTypes), headers: { ETag: ETAG } }
}

/** A stored value. Metadata documents are JSON; a client that wants their bytes reads them as bytes. */
export function storedValue(description: string) {
  const content = {
    [OCTET_STREAM]: { schema: BINARY },
    [JSON_TYPE]: { schema: AnyObject },
    'text/html': { schema: { type: 'string' } },
  }
  return { description, content, headers: { ETag: ETAG, 'Zarr-Key-Stored': KEY_STORED } }
}

/**
 * The answer of the array routes: what the formats are called, and the headers that describe the bytes. A slice is
 * bytes to every generated client, and JSON text to who asks for it.
 */
export function arrayAnswer(
  description: string,
  formats: ReadonlyArray<{ name: string; mediaType: string }>,
) {
  const names = formats.map(({ name, mediaType }) => `\`${name}\` = ${mediaType}`).join(', ')
  return {
    description: `${description}; ${names}. Described by the Zarr-* headers`,
    content: bytesContent(formats.map(({ mediaType }) => mediaType)),
    headers: ARRAY_HEADERS,
  }
}

const ARRAY_HEADERS = {
  ETag: ETAG,
  'Zarr-Shape': text('Shape of the result, comma-separated'),
  'Zarr-Data-Type': text('Data type; items are little-endian'),
  'Zarr-Dimensions': text('Names of the result’s dimensions, comma-separated, percent-encoded'),
  'Zarr-Fill-Value': text('Fill value as JSON, percent-encoded'),
  'Zarr-Selection': text('The selection in canonical form'),
  'Zarr-Chunks-Touched': text('How many chunks the result lies in'),
  'Zarr-Chunk-Stored': text('`false`: nothing is stored for the chunk, it is the fill value (getChunk)'),
}

/** `null` is for answers without a body. */
export const NOT_MODIFIED = { type: 'null', description: 'The client’s copy is current' }

const PROBLEM_CONTENT = { [PROBLEM_TYPE]: { schema: Type.Ref('Problem') } }

/** Answers every route may give, whatever it does: also before it is known which route is asked for. */
const COMMON: readonly ErrorCode[] = [
  'BAD_REQUEST',
  'UNAUTHORIZED',
  'REQUEST_TIMEOUT',
  'URI_TOO_LONG',
  'EXPECTATION_FAILED',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
  'OVERLOADED',
]
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
  'TOO_MANY_CHUNKS',
  'CHUNK_TOO_LARGE',
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
