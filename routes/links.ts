// Where a node's data can be had: absolute paths on this service.
import type { NodeMetadata } from '../src/zarr/metadata.js'

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
  const place = path === '' ? '' : `${path.split('/').map(encodeURIComponent).join('/')}/`
  return `/zarr/${encodeURIComponent(storeId)}/${place}`
}
