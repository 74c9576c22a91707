// A node's metadata documents: which lie where, read in full and parsed. Knows the documents' names and not
// what they say.
import { isZipzarrError, ZipzarrError } from '../../errors.js'
import { joinKey, type NodePath } from '../../store/keys.js'
import type { GetOptions, ReadableStore } from '../../store/store.js'
import { type Json, MAX_JSON_LENGTH, parseJsonInTurns } from '../json/json.js'

export type DocumentName = 'zarr.json' | '.zarray' | '.zgroup' | '.zattrs'

/** A node's documents, as their names are found in the store. */
export type DocumentNames = ReadonlySet<string>

const COST_PER_BYTE = 6

export interface NodeAt {
  readonly store: ReadableStore
  readonly path: NodePath
}

/** The bytes of a document that the index lists. @throws ZipzarrError METADATA_UNSUPPORTED when too large. */
export async function readDocument(
  at: NodeAt,
  name: DocumentName,
  options?: GetOptions,
): Promise<Uint8Array> {
  const key = joinKey(at.path, name)
  const length = at.store.stat(key)?.byteLength ?? 0
  if (length > MAX_JSON_LENGTH) {
    const message = `${key} has ${length} bytes; at most ${MAX_JSON_LENGTH} are read`
    throw new ZipzarrError('METADATA_UNSUPPORTED', message, {
      facts: { key, limit: MAX_JSON_LENGTH, actual: length },
    })
  }
  const bytes = await at.store.get(key, options)
  if (bytes !== undefined) return bytes
  // The index has just listed it, so this is not absence.
  throw new ZipzarrError('STORE_CHANGED', `${key} is gone since the archive was indexed`, { facts: { key } })
}

/** Bytes of a node's metadata documents, as far as they can be read. */
export function documentBytes(store: ReadableStore, path: NodePath): number {
  let byteLength = 0
  for (const name of store.metadataAt(path) ?? []) {
    try {
      byteLength += store.stat(joinKey(path, name))?.byteLength ?? 0
    } catch (error) {
      // Of an unreadable document: reading it says the same.
      if (!isZipzarrError(error)) throw error
    }
  }
  return byteLength
}

/** What reading, parsing and writing them anew takes in memory, about: bytes, text, values and text again. */
export function documentCost(store: ReadableStore, path: NodePath): number {
  return COST_PER_BYTE * documentBytes(store, path)
}

/** A document parsed; errors name it. */
export async function parseDocument(at: NodeAt, name: DocumentName, options?: GetOptions): Promise<Json> {
  const bytes = await readDocument(at, name, options)
  // A copy of what lies below, which is never read: it may be long.
  return naming(joinKey(at.path, name), () => parseJsonInTurns(bytes, { without: 'consolidated_metadata' }))
}

/** Runs a parser and puts the document's key before the message of its error. */
export async function naming<T>(key: string, parse: () => Promise<T>): Promise<T> {
  try {
    return await parse()
  } catch (cause) {
    if (!isZipzarrError(cause)) throw cause
    throw new ZipzarrError(cause.code, `${key}: ${cause.message}`, { cause, facts: { key, ...cause.facts } })
  }
}
