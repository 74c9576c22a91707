// The index of an archive as a Zarr store needs it: the ZIP layer's index with Zarr's document names marked,
// and what can be told of the store before it is opened.
import type { RandomAccess } from '../bytes/random-access.js'
import { type BuildOptions, type BuiltIndex, buildIndex } from '../zip/index/index-builder.js'
import type { ZipIndex } from '../zip/index/zip-index.js'
import { detectRootPrefix, type FolderOutline } from './root-prefix.js'

/** The documents that make a folder a node, in the order of the index's mask bits. */
export const METADATA_NAMES = ['zarr.json', '.zarray', '.zgroup', '.zattrs', '.zmetadata'] as const

/** `buildIndex` for a store. */
export function buildArchiveIndex(
  source: RandomAccess,
  options: Omit<BuildOptions, 'markedNames'> = {},
): Promise<BuiltIndex> {
  return buildIndex(source, { ...options, markedNames: METADATA_NAMES })
}

/** The metadata documents directly in a folder of the index. */
export function metadataNames(mask: number): ReadonlySet<string> {
  return SETS[mask] ?? new Set()
}

const SETS: readonly ReadonlySet<string>[] = Array.from(
  { length: 1 << METADATA_NAMES.length },
  (_, mask) => new Set(METADATA_NAMES.filter((_name, bit) => (mask & (1 << bit)) !== 0)),
)

/** True when a document that makes a node lies in the folder or below it. */
export function holdsNodes(index: ZipIndex, folder: number): boolean {
  return (index.subtreeMask(folder) & NODE_BITS) !== 0
}

/** `zarr.json`, `.zarray` and `.zgroup`. */
const NODE_BITS = 0b111

/** See `detectRootPrefix`; '' when the archive's own root is the store's. */
export function rootPrefixOf(index: ZipIndex): string {
  return detectRootPrefix(outlineOf(index))
}

/** The Zarr format of the node at a path of the archive: 3 wins where both are (zarr-python's rule). */
export function zarrFormatAt(index: ZipIndex, path: string): 2 | 3 | null {
  const folder = index.findFolder(path)
  if (folder === undefined) return null
  const names = metadataNames(index.folderMask(folder))
  if (names.has('zarr.json')) return 3
  return names.has('.zgroup') || names.has('.zarray') ? 2 : null
}

/** True when the path is '' or a folder of the archive: what a root given by hand must be. */
export function isFolder(index: ZipIndex, path: string): boolean {
  return index.findFolder(path) !== undefined
}

function outlineOf(index: ZipIndex): FolderOutline {
  return {
    hasMetadata(path) {
      const folder = index.findFolder(path)
      return folder !== undefined && index.folderMask(folder) !== 0
    },
    *zarrChildren(path) {
      const folder = index.findFolder(path)
      if (folder === undefined) return
      const { first, count } = index.childFolders(folder)
      for (let child = first; child < first + count; child++)
        if (index.subtreeMask(child) !== 0) yield index.folderName(child)
    },
  }
}
