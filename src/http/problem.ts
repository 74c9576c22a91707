// RFC 9457 problem documents out of errors. The one place that decides what a client may see of a failure.
import { ERRORS, type ErrorCode, isZipzarrError, ZipzarrError } from '../errors.js'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly requestId: string
  readonly [fact: string]: unknown
}

/** What Fastify's own errors carry: https://fastify.dev/docs/latest/Reference/Errors/ */
interface FrameworkError {
  readonly statusCode?: unknown
  readonly code?: unknown
  readonly validation?: unknown
  readonly message: string
}

/** Codes of errors the framework raises before a handler runs, in our words. */
const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_HANDLER_TIMEOUT: 'DEADLINE_EXCEEDED',
  FST_ERR_MAX_PARAM_LENGTH: 'URI_TOO_LONG',
  FST_ERR_BAD_URL: 'BAD_REQUEST',
}

/** Its own words where the framework repeats the URL, which may hold a key. */
const FRAMEWORK_MESSAGES: Readonly<Record<string, string>> = {
  FST_ERR_MAX_PARAM_LENGTH: 'a part of the path is too long',
  FST_ERR_BAD_URL: 'the path is not percent-encoded UTF-8',
}

/** Where a code is explained; answered by `GET /errors`. */
export function problemType(code: ErrorCode): string {
  return `/errors#${code}`
}

/**
 * Facts become members of the document, but never replace the standard ones. The facts and the message of a
 * ZipzarrError hold no file-system path by its contract; anything else that was thrown is a defect and shows
 * nothing of itself.
 */
export function problemOf(error: unknown, requestId: string): Problem {
  const known = asZipzarrError(error)
  const { title, status } = ERRORS[known.code]
  return {
    ...known.facts,
    type: problemType(known.code),
    title,
    status,
    detail: known.message,
    code: known.code,
    requestId,
  }
}

/** Valid JSON whatever the facts hold: big integers become digit strings. */
export function stringifyProblem(problem: Problem): string {
  return JSON.stringify(problem, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

/** Seconds after which a client should try again, for the codes where trying again helps. */
export function retryAfterOf(code: ErrorCode): number | undefined {
  return ERRORS[code].status === 503 ? 1 : undefined
}

/** Any thrown value as one of ours; what is not ours and not the framework's is `INTERNAL`. */
export function asZipzarrError(error: unknown): ZipzarrError {
  if (isZipzarrError(error)) return error
  if (error instanceof Error) {
    const code = frameworkCode(error)
    const message = FRAMEWORK_MESSAGES[String((error as FrameworkError).code)] ?? error.message
    if (code !== undefined) return new ZipzarrError(code, message, { cause: error })
  }
  return new ZipzarrError('INTERNAL', 'an unexpected error; the log has it under this request id', {
    cause: error,
  })
}

/** Ours for an error Fastify raised because of the request itself (its messages hold no secrets). */
function frameworkCode(error: FrameworkError): ErrorCode | undefined {
  if (typeof error.code === 'string' && Object.hasOwn(FRAMEWORK_CODES, error.code)) {
    return FRAMEWORK_CODES[error.code]
  }
  if (error.validation !== undefined) return 'BAD_REQUEST'
  const isClientError =
    typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500
  return isClientError ? 'BAD_REQUEST' : undefined
}
