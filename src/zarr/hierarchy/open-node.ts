// From a node path to the node's metadata: which documents decide, and what a folder without any is.
import { ZipzarrError } from '../../errors.js'
import type { NodePath } from '../../store/keys.js'
import type { GetOptions, ReadableStore } from '../../store/store.js'
import type { GroupMetadata, NodeMetadata } from '../metadata/metadata.js'
import { parseArrayV2, parseGroupV2 } from '../metadata/metadata-v2.js'
import { parseNodeV3 } from '../metadata/metadata-v3.js'
import { type DocumentNames, type NodeAt, parseDocument } from './node-documents.js'

/**
 * The node at `path`. `zarr.json` wins over the documents of v2, `.zarray` over `.zgroup`; a folder without
 * any is an implicit group, and the root is one even when nothing lies in it. What lies below an array are
 * its chunks, never nodes.
 * @throws ZipzarrError NODE_NOT_FOUND, METADATA_INVALID, METADATA_UNSUPPORTED, DATA_TYPE_UNSUPPORTED,
 * CODEC_UNSUPPORTED, and what reading the documents throws.
 */
export async function openNode(
  store: ReadableStore,
  path: NodePath,
  options?: GetOptions,
): Promise<NodeMetadata> {
  const documents = store.metadataAt(path) ?? (path === '' ? new Set<string>() : undefined)
  if (documents === undefined) throw notFound(path)
  if (!isExplicit(documents) && (await liesInArray(store, path, options))) throw notFound(path)
  return readNode({ store, path }, documents, options)
}

/** The node whose documents are known already, from a listing. */
export async function readNode(
  at: NodeAt,
  documents: DocumentNames,
  options?: GetOptions,
): Promise<NodeMetadata> {
  if (documents.has('zarr.json')) return parseNodeV3(at.path, await parseDocument(at, 'zarr.json', options))
  const attributes = documents.has('.zattrs') ? await parseDocument(at, '.zattrs', options) : undefined
  if (documents.has('.zarray'))
    return parseArrayV2(at.path, await parseDocument(at, '.zarray', options), attributes)
  if (documents.has('.zgroup'))
    return parseGroupV2(at.path, await parseDocument(at, '.zgroup', options), attributes)
  if (attributes !== undefined) return parseGroupV2(at.path, undefined, attributes)
  return implicitGroup(at)
}

/** Its format is that of what lies below: 3 where both are, as at one path; 2 when nothing is. */
function implicitGroup({ store, path }: NodeAt): GroupMetadata {
  const zarrFormat = store.totals(path).metadata.has('zarr.json') ? 3 : 2
  return { nodeType: 'group', zarrFormat, path, attributes: Object.create(null), isImplicit: true }
}

/**
 * The formats in which a folder is a group although no document says so: those of the nodes below it. None for a
 * node with documents of its own, for a folder without nodes, and inside of an array.
 */
export async function implicitFormats(
  store: ReadableStore,
  path: NodePath,
  options?: GetOptions,
): Promise<ReadonlySet<2 | 3>> {
  const documents = store.metadataAt(path)
  if (documents === undefined || isExplicit(documents)) return new Set()
  const below = store.totals(path).metadata
  const formats = new Set<2 | 3>()
  if (below.has('.zgroup') || below.has('.zarray')) formats.add(2)
  if (below.has('zarr.json')) formats.add(3)
  return formats.size > 0 && (await liesInArray(store, path, options)) ? new Set() : formats
}

/** True when the node's own documents say what it is. */
function isExplicit(documents: DocumentNames): boolean {
  return documents.has('zarr.json') || documents.has('.zarray') || documents.has('.zgroup')
}

/** Whether the nearest node above that has documents is an array. */
async function liesInArray(store: ReadableStore, path: NodePath, options?: GetOptions): Promise<boolean> {
  for (let above = parentOf(path); above !== undefined; above = parentOf(above)) {
    const documents = store.metadataAt(above) ?? new Set<string>()
    if (documents.has('zarr.json')) {
      const node = await readNode({ store, path: above }, documents, options)
      return node.nodeType === 'array'
    }
    if (documents.has('.zarray')) return true
    if (documents.has('.zgroup')) return false
  }
  return false
}

function parentOf(path: NodePath): NodePath | undefined {
  if (path === '') return undefined
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) as NodePath
}

function notFound(path: NodePath): ZipzarrError {
  return new ZipzarrError('NODE_NOT_FOUND', `there is no node "/${path}"`, { facts: { path: `/${path}` } })
}
