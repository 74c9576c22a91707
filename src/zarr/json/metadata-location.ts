// Where in the metadata something was found, and the errors that say so. Knows nothing of what is parsed.
import { ZipzarrError } from '../../errors.js'

/** A member of a node's metadata: `{ path: 'a/b', member: 'chunk_grid.configuration' }`. */
export interface MetadataLocation {
  /** Node path; '' is the root. */
  readonly path: string
  /** Name of the member, with its parents; '' is the document itself. */
  readonly member: string
}

/** The place of a member (or list index) of what lies at `place`. */
export function within(place: MetadataLocation, name: string | number): MetadataLocation {
  return { path: place.path, member: place.member === '' ? String(name) : `${place.member}.${name}` }
}

function describe(place: MetadataLocation): string {
  const node = `node "/${place.path}"`
  return place.member === '' ? node : `${place.member} of ${node}`
}

function fail(
  code: 'METADATA_INVALID' | 'METADATA_UNSUPPORTED' | 'DATA_TYPE_UNSUPPORTED',
  place: MetadataLocation,
  text: string,
): never {
  const facts = { path: `/${place.path}`, ...(place.member === '' ? {} : { member: place.member }) }
  throw new ZipzarrError(code, `${describe(place)}: ${text}`, { facts })
}

/** @throws ZipzarrError METADATA_INVALID */
export function failInvalid(place: MetadataLocation, text: string): never {
  return fail('METADATA_INVALID', place, text)
}

/** @throws ZipzarrError METADATA_UNSUPPORTED */
export function failUnsupported(place: MetadataLocation, text: string): never {
  return fail('METADATA_UNSUPPORTED', place, text)
}

/** @throws ZipzarrError DATA_TYPE_UNSUPPORTED */
export function failDataType(place: MetadataLocation, text: string): never {
  return fail('DATA_TYPE_UNSUPPORTED', place, text)
}
