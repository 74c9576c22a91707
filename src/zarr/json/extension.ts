// v3 extension points: a chunk grid, a chunk key encoding, a codec or a storage transformer is written as a
// name, or as an object with name and configuration. Which names exist is decided elsewhere.
import { isJsonObject, type Json, type JsonObject } from './json.js'
import { failInvalid, failUnsupported, type MetadataLocation, within } from './metadata-location.js'

export interface Extension {
  readonly name: string
  readonly configuration: JsonObject
}

/**
 * Both spellings as one. `must_understand: false` changes nothing: without its grid, key encoding or codec an
 * array can not be read.
 * @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED
 */
export function parseExtension(json: Json | undefined, place: MetadataLocation): Extension {
  if (typeof json === 'string') return { name: json, configuration: Object.create(null) }
  if (!isJsonObject(json) || typeof json.name !== 'string') {
    return failInvalid(place, 'expected a name, or an object with one')
  }
  checkMembers(json, ['name', 'configuration', 'must_understand'], place)
  const { name, configuration } = json
  if (configuration === undefined) return { name, configuration: Object.create(null) }
  if (!isJsonObject(configuration)) return failInvalid(within(place, 'configuration'), 'expected an object')
  return { name, configuration }
}

/** A member nobody knows may change what the others mean. @throws ZipzarrError METADATA_UNSUPPORTED */
export function checkMembers(object: JsonObject, known: readonly string[], place: MetadataLocation): void {
  const unknown = Object.keys(object).find(name => !known.includes(name))
  if (unknown !== undefined) failUnsupported(within(place, unknown), 'this member is not known')
}
