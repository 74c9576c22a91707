// How many of an array's chunks are stored: counted from the keys there are, never from the grid, which may
// be of any size.

import { LoopYield } from '../../memory/loop-yield.js'
import { joinPath, type NodePath } from '../../store/keys.js'
import type { GetOptions, ReadableStore } from '../../store/store.js'
import { decodeChunkKey } from '../metadata/chunk-key-encoding.js'
import type { ArrayMetadata } from '../metadata/metadata.js'

/** Keys looked at between two looks at the clock. */
const KEYS_PER_LOOK = 256

export interface StoredChunks {
  /** Exact number of grid chunks (shards, where there are any) that are stored. */
  readonly count: number
  /**
   * Keys below the array that are no metadata, of no other node, and no chunk keys as the array's metadata spells
   * them: written with another separator, for one. No reader finds them.
   */
  readonly unreachableKeys: number
}

/** Chunk keys outside the grid, left over after a shrink, count as neither. */
export async function countStoredChunks(
  store: ReadableStore,
  array: ArrayMetadata,
  options: GetOptions = {},
): Promise<StoredChunks> {
  const loop = new LoopYield()
  const found = { keys: 0, inGrid: 0, elsewhere: 0 }
  let seen = 0
  for await (const keys of keysBelow(store, array.path, { folders: foldersOf(array), found })) {
    for (const key of keys) {
      const coordinates = coordinatesOf(array, key)
      if (coordinates !== undefined) found.keys++
      if (coordinates !== undefined && isInGrid(array, coordinates)) found.inGrid++
      if (++seen % KEYS_PER_LOOK === 0 && loop.isDue) {
        await loop.yield()
        options.signal?.throwIfAborted()
      }
    }
  }
  const documents = store.metadataAt(array.path)?.size ?? 0
  const values = store.totals(array.path).values
  return { count: found.inGrid, unreachableKeys: values - documents - found.keys - found.elsewhere }
}

/** How deep chunk keys lie in folders: `c/0/1` in two, `0/1` in one, `0.1` in none. */
function foldersOf({ chunkKeyEncoding, shape }: ArrayMetadata): number {
  if (chunkKeyEncoding.separator === '.') return 0
  return chunkKeyEncoding.name === 'default' ? shape.length : Math.max(0, shape.length - 1)
}

interface Below {
  /** How many folders further down chunk keys lie. */
  readonly folders: number
  /** `elsewhere` counts the keys of folders that are nodes of their own. */
  readonly found: { elsewhere: number }
}

/** Folder by folder: a promise for every key would cost more than looking at it. */
async function* keysBelow(
  store: ReadableStore,
  path: NodePath,
  { folders, found }: Below,
): AsyncGenerator<Iterable<string>> {
  if (folders === 0) yield store.listKeys(path)
  for (const { name, metadata } of await store.listDirectories(path)) {
    const child = joinPath(path, name)
    if (metadata.size > 0) found.elsewhere += store.totals(child).values
    else if (folders > 0) yield* keysBelow(store, child, { folders: folders - 1, found })
  }
}

function coordinatesOf({ path, chunkKeyEncoding, shape }: ArrayMetadata, key: string): number[] | undefined {
  const prefixLength = path === '' ? 0 : path.length + 1
  return decodeChunkKey(chunkKeyEncoding, key.slice(prefixLength), shape.length)
}

function isInGrid({ chunkGrid }: ArrayMetadata, coordinates: readonly number[]): boolean {
  return coordinates.every((chunk, dimension) => chunk < (chunkGrid.axes[dimension]?.chunkCount ?? 0))
}
