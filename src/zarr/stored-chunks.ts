// How many of an array's chunks are stored: counted from the keys there are, never from the grid, which may
// be of any size. Keys outside the grid (left over after a shrink) do not count.
import { joinPath, type NodePath } from '../store/keys.js'
import type { GetOptions, ReadableStore } from '../store/store.js'
import { type ChunkKeyEncoding, decodeChunkKey } from './chunk-key-encoding.js'
import type { ArrayMetadata } from './metadata.js'
import { Turn } from './turn.js'

/** Keys looked at between two looks at the clock. */
const KEYS_PER_LOOK = 256

/** Exact number of grid chunks (shards, where there are any) that are stored. */
export async function countStoredChunks(
  store: ReadableStore,
  array: ArrayMetadata,
  options: GetOptions = {},
): Promise<number> {
  const turn = new Turn()
  const isChunkKey = chunkKeyTest(array)
  let count = 0
  let seen = 0
  for (const key of keysBelow(store, array.path, foldersOf(array))) {
    if (isChunkKey(key)) count++
    if (++seen % KEYS_PER_LOOK === 0 && turn.isOver) {
      await turn.next()
      options.signal?.throwIfAborted()
    }
  }
  return count
}

/** How deep chunk keys lie in folders: `c/0/1` in two, `0/1` in one, `0.1` in none. */
function foldersOf({ chunkKeyEncoding, shape }: ArrayMetadata): number {
  if (chunkKeyEncoding.separator === '.') return 0
  return chunkKeyEncoding.name === 'default' ? shape.length : Math.max(0, shape.length - 1)
}

function* keysBelow(store: ReadableStore, path: NodePath, folders: number): Generator<string> {
  if (folders === 0) {
    yield* store.listKeys(path)
    return
  }
  for (const { name } of store.listDirectories(path))
    yield* keysBelow(store, joinPath(path, name), folders - 1)
}

function chunkKeyTest(array: ArrayMetadata): (key: string) => boolean {
  const { path, chunkGrid, shape } = array
  const encoding: ChunkKeyEncoding = array.chunkKeyEncoding
  const prefixLength = path === '' ? 0 : path.length + 1
  return key => {
    const coordinates = decodeChunkKey(encoding, key.slice(prefixLength), shape.length)
    return (
      coordinates?.every((chunk, dimension) => chunk < (chunkGrid.axes[dimension]?.chunkCount ?? 0)) ?? false
    )
  }
}
