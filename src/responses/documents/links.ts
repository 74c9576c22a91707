// Where a node's data can be had: absolute paths on this service.
import type { NodeMetadata } from '../../zarr/metadata/metadata.js'

/** Links of the getMetadata document. */
export function nodeLinks(storeId: string, node: NodeMetadata): Record<string, string> {
  const store = `/v1/stores/${encodeURIComponent(storeId)}`
  const query = `?path=${encodeURIComponent(`/${node.path}`)}`
  const links = { self: `${store}/metadata${query}`, zarr: zarrLink(storeId, node.path) }
  if (node.nodeType === 'group') return { ...links, nodes: `${store}/nodes${query}` }
  return { ...links, slice: `${store}/slice${query}`, chunk: `${store}/chunk${query}` }
}

/** The node in the raw Zarr store protocol. */
export function zarrLink(storeId: string, path: string): string {
  return storeUrl(storeId, path === '' ? '' : `${path}/`)
}

/** A path in the raw Zarr store protocol as it stands: with a slash at its end or without. */
export function storeUrl(storeId: string, path: string): string {
  return `/zarr/${encodeURIComponent(storeId)}/${path.split('/').map(encodeURIComponent).join('/')}`
}
