// Where the store's root lies inside the archive. `zip -r x.zip x.zarr`, the macOS Finder and Windows put
// everything into one folder; zarr-python looks at the archive's root only. Pure: asks an outline of folders.

/** What must be known of the folders of an archive; '' is the root. */
export interface FolderOutline {
  /** Some metadata document lies directly in the folder. */
  hasMetadata(path: string): boolean
  /** Names of the child folders with metadata somewhere below; looked at only until the second one. */
  zarrChildren(path: string): Iterable<string>
}

/** Deeper than any real archive; bounds what a made-up one costs. */
const MAX_DEPTH = 64

/**
 * When nothing Zarr lies at the archive's root and exactly one top folder leads to Zarr metadata, that folder
 * is the root, and so on down its chain to the first folder with metadata or with a choice. Otherwise ''.
 */
export function detectRootPrefix(outline: FolderOutline): string {
  let path = ''
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (outline.hasMetadata(path)) return path
    const child = onlyOne(outline.zarrChildren(path))
    if (child === undefined) return path
    path = path === '' ? child : `${path}/${child}`
  }
  return path
}

function onlyOne(names: Iterable<string>): string | undefined {
  let only: string | undefined
  for (const name of names) {
    if (only !== undefined) return undefined
    only = name
  }
  return only
}
