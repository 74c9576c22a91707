// Lists of lengths out of untrusted documents: array shapes, chunk shapes, chunk edges.
import type { Json } from './json.js'
import { failInvalid, failUnsupported, type MetadataLocation, within } from './metadata-location.js'

/** Most dimensions of an array; NumPy's limit was the same for long. */
export const MAX_DIMENSIONS = 32

/** One length: a whole number from `least` to 2^53 - 1. @throws ZipzarrError METADATA_INVALID */
export function parseLength(json: Json | undefined, least: number, place: MetadataLocation): number {
  if (typeof json === 'number' && Number.isSafeInteger(json) && json >= least) return json
  const found = typeof json === 'object' && json !== null ? 'a list or an object' : String(json)
  return failInvalid(place, `expected a length from ${least} to 2^53 - 1, found ${found}`)
}

/**
 * A list of lengths, or the one length of one dimension as Rarr writes it and zarr-python reads it.
 * @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED
 */
export function parseShape(json: Json | undefined, place: MetadataLocation): number[] {
  if (typeof json === 'number') return [parseLength(json, 0, place)]
  if (!Array.isArray(json)) return failInvalid(place, 'expected a list of lengths')
  if (json.length > MAX_DIMENSIONS) {
    failUnsupported(place, `${json.length} dimensions; at most ${MAX_DIMENSIONS} are read`)
  }
  return json.map((length, dimension) => parseLength(length, 0, within(place, dimension)))
}
