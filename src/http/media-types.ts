// Media types, and which one a store key has. Nothing here looks at bytes: the name alone decides.

export const OCTET_STREAM = 'application/octet-stream'
export const JSON_TYPE = 'application/json'
export const PROBLEM_TYPE = 'application/problem+json'
export const HTML_TYPE = 'text/html; charset=utf-8'
export const ZIP_TYPE = 'application/zip'

const METADATA_DOCUMENTS: ReadonlySet<string> = new Set([
  'zarr.json',
  '.zarray',
  '.zgroup',
  '.zattrs',
  '.zmetadata',
])

/** JSON for Zarr's metadata documents, octet-stream for every other value. */
export function mediaTypeOfKey(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1)
  return METADATA_DOCUMENTS.has(name) ? JSON_TYPE : OCTET_STREAM
}
