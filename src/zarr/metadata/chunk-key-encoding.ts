// From chunk coordinates to the chunk's key below its array, and back (only the canonical spelling).
import { checkMembers, parseExtension } from '../json/extension.js'
import type { Json } from '../json/json.js'
import { failInvalid, failUnsupported, type MetadataLocation, within } from '../json/metadata-location.js'

export interface ChunkKeyEncoding {
  readonly name: 'default' | 'v2'
  readonly separator: '/' | '.'
}

/** `c/0/1`, `c.0.1` (default), `0.1`, `0/1` (v2); for 0-d arrays `c` and `0`. */
export function encodeChunkKey(encoding: ChunkKeyEncoding, coordinates: readonly number[]): string {
  const joined = coordinates.join(encoding.separator)
  if (encoding.name === 'v2') return coordinates.length === 0 ? '0' : joined
  return coordinates.length === 0 ? 'c' : `c${encoding.separator}${joined}`
}

/** The coordinates a key means, or undefined when it is no canonical chunk key of that many dimensions. */
export function decodeChunkKey(
  encoding: ChunkKeyEncoding,
  key: string,
  dimensions: number,
): number[] | undefined {
  if (dimensions === 0) return key === encodeChunkKey(encoding, []) ? [] : undefined
  const parts = key.split(encoding.separator)
  if (encoding.name === 'default' && parts.shift() !== 'c') return undefined
  if (parts.length !== dimensions) return undefined
  const coordinates: number[] = []
  for (const part of parts) {
    if (!/^(?:0|[1-9][0-9]{0,14})$/.test(part)) return undefined
    coordinates.push(Number(part))
  }
  return coordinates
}

/** The `chunk_key_encoding` of v3. @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED */
export function parseChunkKeyEncoding(json: Json | undefined, place: MetadataLocation): ChunkKeyEncoding {
  const { name, configuration } = parseExtension(json, place)
  if (name !== 'default' && name !== 'v2') {
    return failUnsupported(place, `chunk key encoding "${name}" is not supported`)
  }
  const inside = within(place, 'configuration')
  checkMembers(configuration, ['separator'], inside)
  const { separator } = configuration
  if (separator === undefined) return { name, separator: name === 'default' ? '/' : '.' }
  return { name, separator: parseSeparator(separator, within(inside, 'separator')) }
}

export function parseSeparator(json: Json, place: MetadataLocation): '/' | '.' {
  if (json === '/' || json === '.') return json
  return failInvalid(place, `expected "/" or ".", found ${JSON.stringify(String(json))}`)
}
