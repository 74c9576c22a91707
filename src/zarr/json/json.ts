// JSON as Zarr writers really write it: Python's bare NaN and Infinity are read as numbers and integers
// beyond 2^53 stay exact. Linear in the text, bounded in depth. Knows nothing of Zarr.
import { ZipzarrError } from '../../errors.js'
import { LoopYield } from '../../memory/loop-yield.js'
import { type Json, type JsonObject, JsonReader } from './json-reader.js'
import { JsonWriter, type StringifyOptions } from './json-writer.js'

export type { Json, JsonObject } from './json-reader.js'
export { MAX_JSON_DEPTH } from './json-reader.js'
export type { StringifyOptions } from './json-writer.js'

/** Longest document read, in bytes. */
export const MAX_JSON_LENGTH = 16 * 1024 * 1024

/** True for a JSON object: neither a list nor a scalar. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Values read or written between two looks at the clock. */
const VALUES_PER_LOOK = 2000

/**
 * Reads UTF-8 bytes or text. Of two members with one name the last wins, as in Python; a byte order mark is
 * skipped. Holds the event loop until all is read: a document of 16 MiB takes seconds.
 * @throws ZipzarrError METADATA_INVALID with `position` (in characters); METADATA_UNSUPPORTED when the text
 * is longer than MAX_JSON_LENGTH, nested deeper than MAX_JSON_DEPTH, or its values would take more than
 * MAX_JSON_MEMORY.
 */
export function parseJson(text: string | Uint8Array): Json {
  const reader = new JsonReader(jsonText(text))
  while (!reader.readSome(VALUES_PER_LOOK));
  return reader.document
}

/** The same, letting others have their turns; the member `without` is checked and left out. */
export async function parseJsonInTurns(
  text: string | Uint8Array,
  { without }: { readonly without?: string } = {},
): Promise<Json> {
  const loop = new LoopYield()
  const reader = new JsonReader(jsonText(text), { without })
  await inTurns(() => reader.readSome(VALUES_PER_LOOK), loop)
  return reader.document
}

/**
 * The members of an object with their values as they are written, for putting a document into another one
 * without changing a digit. The whole text is checked as parseJson does.
 */
export async function jsonMembers(
  text: string | Uint8Array,
  { nonFinite = 'python' }: MembersOptions = {},
): Promise<Map<string, string>> {
  const loop = new LoopYield()
  const reader = new JsonReader(jsonText(text), { members: { nonFinite } })
  await inTurns(() => reader.readSome(VALUES_PER_LOOK), loop)
  return reader.members
}

/** A long text is made before, and used after that: neither of them in one turn with this. */
async function inTurns(doSome: () => boolean, loop = new LoopYield()): Promise<void> {
  while (!doSome()) if (loop.isDue) await loop.yield()
  if (loop.isDue) await loop.yield()
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

/** Writes JSON with every digit of a bigint, as browsers and strict parsers read it unless told otherwise. */
export function stringifyJson(value: Json, options: StringifyOptions = {}): string {
  const writer = new JsonWriter(value, options)
  while (!writer.writeSome(VALUES_PER_LOOK));
  return writer.text
}

/** The same, letting others have their turns. */
export async function stringifyJsonInTurns(value: Json, options: StringifyOptions = {}): Promise<string> {
  const writer = new JsonWriter(value, options)
  await inTurns(() => writer.writeSome(VALUES_PER_LOOK))
  return writer.text
}
