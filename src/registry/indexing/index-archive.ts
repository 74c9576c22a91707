// What the registry has to know of an archive before it can be served: made once per archive and machine, by
// the index process or, in tests and `inspect`, in place.
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { FileBytes } from '../../bytes/file-bytes.js'
import type { RandomAccess } from '../../bytes/random-access.js'
import { isZipzarrError, ZipzarrError } from '../../errors.js'
import { type ArchiveContents, contentsOf } from '../../store/archive-contents.js'
import { buildArchiveIndex, isFolder, rootPrefixOf, zarrFormatAt } from '../../store/archive-index.js'
import { resolveBelow } from '../../store/confine.js'
import type { StoreDescriptor } from '../../store/descriptor/descriptor.js'
import { findEndRecord } from '../../zip/directory/end-of-central-directory.js'
import { indexFileName, writeIndexFile } from '../../zip/index/index-file.js'
import { ZipIndex } from '../../zip/index/zip-index.js'

/** Plain data: travels to the index process as it is. */
export interface IndexRequest {
  /** Absolute path of the data root, and the archive's path below it. */
  readonly rootPath: string
  readonly path: string
  /** Absolute; absent: the index is built for its facts alone and not kept. */
  readonly cacheDir?: string | undefined
  /** Folder inside the archive to serve as the store's root; absent: found by looking. */
  readonly rootPrefix?: string | undefined
}

/** All of a descriptor but what the registry adds, and what is told of the archive. Plain data. */
export interface IndexedArchive
  extends Omit<StoreDescriptor, 'version' | 'id' | 'location' | 'readOnly' | 'revision'> {
  readonly contents: ArchiveContents
  /** Whether the index was made now, not found from an earlier run. */
  readonly isNew: boolean
}

export interface IndexProgress {
  readonly entries: number
  readonly totalEntries: number
}

type OnProgress = (progress: IndexProgress) => void

interface NamedIndex {
  readonly name: string | null
  readonly index: ZipIndex
}

/**
 * Indexes an archive, or finds it indexed by an earlier run.
 * @throws ZipzarrError what is wrong with the archive; ARCHIVE_REFUSED when it has no folder `rootPrefix`
 */
export async function indexArchive(request: IndexRequest, onProgress: OnProgress): Promise<IndexedArchive> {
  const source = await FileBytes.open(await resolveBelow(request.rootPath, request.path))
  try {
    const found = await findIndex(source, request.cacheDir)
    const { name, index } = found ?? (await makeIndex(source, request.cacheDir, onProgress))
    try {
      const described = describeArchive({ index, name }, source, request.rootPrefix)
      return { ...described, isNew: found === undefined }
    } finally {
      await index.close()
    }
  } finally {
    await source.close()
  }
}

/** The index of an earlier run, checked from end to end; its file is marked as used. */
async function findIndex(
  source: RandomAccess,
  cacheDir: string | undefined,
): Promise<NamedIndex | undefined> {
  if (cacheDir === undefined) return undefined
  const { bytes } = await findEndRecord(source)
  const name = indexFileName(source.identity, bytes.toString('hex'))
  const path = join(cacheDir, name)
  try {
    const index = await ZipIndex.open(path, { identity: source.identity, check: 'all' })
    const now = new Date()
    // A file of a read-only cache cannot be marked and is as good.
    await Promise.allSettled([utimes(path, now, now)])
    return { name, index }
  } catch (error) {
    // No file or a damaged one: made anew.
    if (isZipzarrError(error) && error.code !== 'STORE_UNAVAILABLE') throw error
    return undefined
  }
}

async function makeIndex(
  source: RandomAccess,
  cacheDir: string | undefined,
  onProgress: OnProgress,
): Promise<NamedIndex> {
  const built = await buildArchiveIndex(source, {
    onProgress: (entries, totalEntries) => onProgress({ entries, totalEntries }),
  })
  const index = ZipIndex.fromBuffer(built.index)
  if (cacheDir === undefined) return { name: null, index }
  try {
    return { name: (await writeIndexFile(cacheDir, built)).name, index }
  } catch (error) {
    // The disk is full, say: every process then builds its own index, which is slower and as right.
    if (isZipzarrError(error)) return { name: null, index }
    throw error
  }
}

function describeArchive(
  { index, name }: NamedIndex,
  source: RandomAccess,
  wantedRoot: string | undefined,
): Omit<IndexedArchive, 'isNew'> {
  if (wantedRoot !== undefined && !isFolder(index, wantedRoot)) {
    throw new ZipzarrError('ARCHIVE_REFUSED', `the archive holds no folder "${wantedRoot}"`)
  }
  const { identity, endRecord, directory, entryCount } = index.facts
  const rootPrefix = wantedRoot ?? rootPrefixOf(index)
  return {
    rootPrefix,
    zarrFormat: zarrFormatAt(index, rootPrefix),
    fingerprint: { ...identity, endRecord },
    directory: { ...directory, entryCount },
    index: { name, ...index.facts.index },
    contents: contentsOf(index, { source, rootPrefix }),
  }
}
