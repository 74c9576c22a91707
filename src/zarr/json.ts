// JSON as Zarr writers really write it: Python's bare NaN and Infinity are read as numbers and integers
// beyond 2^53 stay exact. Linear in the text, bounded in depth. Knows nothing of Zarr.
import { ZipzarrError } from '../errors.js'
import { type Json, type JsonObject, JsonReader } from './json-reader.js'

export type { Json, JsonObject } from './json-reader.js'
export { MAX_JSON_DEPTH } from './json-reader.js'

/** Longest document read, in bytes. */
export const MAX_JSON_LENGTH = 16 * 1024 * 1024

/** True for a JSON object: neither a list nor a scalar. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads UTF-8 bytes or text. Of two members with one name the last wins, as in Python; a byte order mark is
 * skipped.
 * @throws ZipzarrError METADATA_INVALID with `position` (in characters); METADATA_UNSUPPORTED when the text
 * is longer than MAX_JSON_LENGTH or nested deeper than MAX_JSON_DEPTH.
 */
export function parseJson(text: string | Uint8Array): Json {
  return new JsonReader(jsonText(text)).readDocument()
}

/**
 * The members of an object with their values as they are written, for putting a document into another one
 * without changing a digit. The whole text is checked as parseJson does.
 */
export function jsonMembers(text: string | Uint8Array, options: MembersOptions = {}): Map<string, string> {
  return new JsonReader(jsonText(text)).readMembers(options.nonFinite ?? 'python')
}

export interface MembersOptions {
  /** What becomes of NaN and infinities, which JSON lacks: quoted, or bare as Python writes them (default). */
  nonFinite?: 'string' | 'python'
}

function jsonText(text: string | Uint8Array): string {
  if (text.length > MAX_JSON_LENGTH) {
    const message = `JSON document of ${text.length} bytes; at most ${MAX_JSON_LENGTH} are read`
    throw new ZipzarrError('METADATA_UNSUPPORTED', message, {
      facts: { limit: MAX_JSON_LENGTH, actual: text.length },
    })
  }
  if (typeof text === 'string') return text.startsWith('\ufeff') ? text.slice(1) : text
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text)
  } catch (cause) {
    throw new ZipzarrError('METADATA_INVALID', 'JSON document is not UTF-8', { cause })
  }
}

export interface StringifyOptions {
  /** How NaN and infinities are written: quoted (valid JSON), as null, or bare as Python does. */
  nonFinite?: 'string' | 'null' | 'python'
}

/** Writes JSON with every digit of a bigint, as browsers and strict parsers read it unless told otherwise. */
export function stringifyJson(value: Json, options: StringifyOptions = {}): string {
  switch (typeof value) {
    case 'bigint':
      return value.toString()
    case 'number':
      return Number.isFinite(value) ? numberText(value) : nonFiniteText(value, options.nonFinite ?? 'string')
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return `[${value.map(item => stringifyJson(item, options)).join(',')}]`
      return `{${Object.keys(value)
        .map(name => `${JSON.stringify(name)}:${stringifyJson(value[name] as Json, options)}`)
        .join(',')}}`
    default:
      return JSON.stringify(value)
  }
}

/** A float too large to be a safe integer keeps its point: digits alone would be read back as an integer. */
function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  return Number.isInteger(value) && !Number.isSafeInteger(value) && !text.includes('e') ? `${text}.0` : text
}

function nonFiniteText(value: number, nonFinite: 'string' | 'null' | 'python'): string {
  if (nonFinite === 'null') return 'null'
  return nonFinite === 'python' ? String(value) : `"${value}"`
}
