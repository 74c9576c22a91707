// An archive on disk with its index and its descriptor, made the way the registry makes them.
import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { indexArchive } from '../../src/registry/indexing/index-archive.js'
import { describeStore } from '../../src/store/descriptor/describe.js'
import type { StoreDescriptor } from '../../src/store/descriptor/descriptor.js'
import type { StoreId } from '../../src/store/keys.js'

export interface Place {
  /** Absolute path of the data root called `data`. */
  root: string
  cacheDir?: string | undefined
}

export async function describeArchiveAt(place: Place, path: string, id = 'test'): Promise<StoreDescriptor> {
  const request = { rootPath: place.root, path, cacheDir: place.cacheDir }
  const { contents: _contents, isNew: _isNew, ...described } = await indexArchive(request, () => undefined)
  return describeStore({ id: id as StoreId, location: { root: 'data', path }, ...described, revision: 1 })
}

export async function describeBytes(place: Place, bytes: Buffer, path = 'x.zip'): Promise<StoreDescriptor> {
  await writeFile(join(place.root, path), bytes)
  // Written long ago: the file system's clock is coarse, and a change right after would show the same time.
  await utimes(join(place.root, path), 1e9, 1e9)
  return describeArchiveAt(place, path)
}

/** What a process needs beside the descriptor. */
export function placesOf(place: Place) {
  return { dataRoots: new Map([['data', place.root]]), cacheDir: place.cacheDir }
}
