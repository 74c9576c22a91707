// The one table of what can go wrong: code, HTTP status and title. README's list and the OpenAPI enum are
// generated from it (test/readme.test.ts keeps them equal). Nothing here knows ZIP, Zarr or HTTP libraries.

/**
 * Every error code a client may see. A 404 asserts absence (a Zarr client reads it as "fill value"),
 * so only the four `*_NOT_FOUND` codes have that status.
 */
export const ERRORS = {
  BAD_REQUEST: { status: 400, title: 'The request is malformed' },
  INVALID_KEY: { status: 400, title: 'The store key is not canonical' },
  INVALID_NODE_PATH: { status: 400, title: 'The node path is not valid' },
  INVALID_SELECTION: { status: 400, title: 'The selection is not valid for this array' },
  INVALID_CHUNK_INDEX: { status: 400, title: 'The chunk index lies outside the chunk grid' },
  UNAUTHORIZED: { status: 401, title: 'An API key is needed' },
  FORBIDDEN: { status: 403, title: 'The API key does not allow this' },
  ADMIN_DISABLED: { status: 403, title: 'Registering and removing stores is not enabled' },
  ROUTE_NOT_FOUND: { status: 404, title: 'No such route' },
  STORE_NOT_FOUND: { status: 404, title: 'No such store' },
  KEY_NOT_FOUND: { status: 404, title: 'The store holds no such key' },
  NODE_NOT_FOUND: { status: 404, title: 'The store holds no such node' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here' },
  NOT_ACCEPTABLE: { status: 406, title: 'The asked format is not available' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request did not arrive in time' },
  SHAPE_MISMATCH: { status: 409, title: 'The selection does not have the expected shape' },
  STORE_EXISTS: { status: 409, title: 'The id belongs to another archive' },
  PRECONDITION_FAILED: { status: 412, title: 'The entity tag does not match' },
  RESPONSE_TOO_LARGE: { status: 413, title: 'The answer would be larger than the limit' },
  TOO_MANY_CHUNKS: { status: 413, title: 'The selection touches more chunks than the limit' },
  BODY_TOO_LARGE: { status: 413, title: 'The request body is larger than the limit' },
  URI_TOO_LONG: { status: 414, title: 'The URL is longer than the limit' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The request body has an unsupported media type' },
  RANGE_NOT_SATISFIABLE: { status: 416, title: 'The range lies outside the value' },
  EXPECTATION_FAILED: { status: 417, title: 'The expectation cannot be met' },
  NOT_AN_ARRAY: { status: 422, title: 'The node is not an array' },
  FORMAT_NOT_POSSIBLE: { status: 422, title: 'The data type cannot be written in this format' },
  ARCHIVE_REFUSED: { status: 422, title: 'The file is not a usable archive' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The request headers are larger than the limit' },
  INTERNAL: { status: 500, title: 'An internal error' },
  ARCHIVE_INVALID: { status: 500, title: 'The archive is damaged or not a ZIP file' },
  ENTRY_INVALID: { status: 500, title: 'The ZIP entry is damaged' },
  CHECKSUM_MISMATCH: { status: 500, title: 'A checksum does not match the bytes' },
  METADATA_INVALID: { status: 500, title: 'The Zarr metadata is not valid' },
  CODEC_FAILED: { status: 500, title: 'A chunk could not be decoded' },
  READ_FAILED: { status: 500, title: 'Reading the archive failed' },
  DESCRIPTOR_INVALID: { status: 500, title: 'The store descriptor is not valid' },
  ARCHIVE_UNSUPPORTED: { status: 501, title: 'The archive uses an unsupported ZIP feature' },
  ENTRY_UNSUPPORTED: { status: 501, title: 'The ZIP entry uses an unsupported feature' },
  METADATA_UNSUPPORTED: { status: 501, title: 'The Zarr metadata uses an unsupported feature' },
  CODEC_UNSUPPORTED: { status: 501, title: 'The codec is not supported' },
  CHUNK_TOO_LARGE: { status: 501, title: 'A chunk is larger than the limit' },
  DATA_TYPE_UNSUPPORTED: { status: 501, title: 'The data type is not supported' },
  STORE_CHANGED: { status: 503, title: 'The archive changed under the service and is being indexed anew' },
  STORE_INDEXING: { status: 503, title: 'The archive is still being indexed' },
  STORE_UNAVAILABLE: { status: 503, title: 'The store cannot be opened now' },
  STATE_UNAVAILABLE: { status: 503, title: 'Registrations cannot be stored now' },
  OVERLOADED: { status: 503, title: 'The service is busy' },
  DEADLINE_EXCEEDED: { status: 503, title: 'The request took longer than its deadline' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof ERRORS

export interface ErrorOptions {
  /** The error that led here; logged, never shown to a client. */
  cause?: unknown
  /** Typed facts a client may see (`limit`, `actual`, `hint`, `codec`, `chunkKey`, `path` inside the store). */
  facts?: Record<string, unknown>
}

/**
 * The service's only error class. `message` says what was expected, what was found and where, in words that
 * may be shown to a client: names inside the archive yes, file-system paths never.
 */
export class ZipzarrError extends Error {
  readonly code: ErrorCode
  readonly facts: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ZipzarrError'
    this.code = code
    this.facts = options.facts ?? {}
  }

  get status(): number {
    return ERRORS[this.code].status
  }
}

/** True for our own errors; anything else is a defect and is answered as `INTERNAL`. */
export function isZipzarrError(error: unknown): error is ZipzarrError {
  return error instanceof ZipzarrError
}
