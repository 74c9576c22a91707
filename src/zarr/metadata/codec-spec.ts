// v3 codec lists as plain specs: short forms expanded, old names mapped. Which codecs exist is decided by the
// pipeline.
import { parseExtension } from '../json/extension.js'
import type { Json } from '../json/json.js'
import { failInvalid, failUnsupported, type MetadataLocation, within } from '../json/metadata-location.js'
import type { CodecSpec } from './metadata.js'

/** Longest chain of codecs; each is a pass over the chunk. */
export const MAX_CODECS = 16

/** Names from before the specification was final: the first drafts used URLs, the next `endian` for `bytes`. */
const DRAFT_URL = /^https:\/\/purl\.org\/zarr\/spec\/codecs?\/([a-z0-9_]+)\/1\.0$/
const ALIASES: Readonly<Record<string, string>> = { endian: 'bytes' }

/** A `codecs` list, that of an array or the inner one of a sharding codec. @throws ZipzarrError METADATA_INVALID */
export function parseCodecSpecs(json: Json | undefined, place: MetadataLocation): CodecSpec[] {
  if (!Array.isArray(json)) return failInvalid(place, 'expected a list of codecs')
  if (json.length === 0) return failInvalid(place, 'expected at least the codec that makes bytes, found none')
  checkCodecCount(json.length, place)
  return json.map((codec, index) => {
    const { name, configuration } = parseExtension(codec, within(place, index))
    return { name: currentName(name), configuration }
  })
}

/** @throws ZipzarrError METADATA_UNSUPPORTED */
export function checkCodecCount(count: number, place: MetadataLocation): void {
  if (count > MAX_CODECS) failUnsupported(place, `${count} codecs; at most ${MAX_CODECS} are read`)
}

function currentName(name: string): string {
  const bare = DRAFT_URL.exec(name)?.[1] ?? name
  return Object.hasOwn(ALIASES, bare) ? (ALIASES[bare] as string) : bare
}
