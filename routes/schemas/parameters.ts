// The parameters and headers that several requests share.
import { Type } from 'typebox'
import { ZipzarrError } from '../../src/errors.js'
import { MAX_STORE_ID_LENGTH } from '../../src/store/keys.js'
import { NODE_PATH_PATTERN } from './patterns.js'

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
export function count(description: string, bounds: Bounds) {
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
export const FLAG = { type: 'string', documented: { type: 'boolean', enum: undefined } }

export const STRICT = { additionalProperties: false } as const

/** Clients that cannot set headers send their key here (src/plugins/access.ts reads it). */
export const apiKey = Type.Optional(
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

export const path = Type.Optional(
  Type.String({
    maxLength: 1024,
    description: 'Node path; `a/b`, `/a/b` and `/a/b/` are the same node. Absent: the root node',
    documented: { example: '/temperature', pattern: NODE_PATH_PATTERN },
  }),
)
export const limit = Type.Optional(count('Entries of one page', LIMIT))
export const cursor = Type.Optional(
  Type.String({ maxLength: 1024, description: '`nextCursor` of the page before' }),
)

/** What clients are told of a parameter is a component of that name. */
export const as = (component: string) => ({ documented: { $ref: component } })

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
