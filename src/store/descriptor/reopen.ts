// Reopens a store from its descriptor in any process that sees the data roots: an observably equal store, or a
// named error, within a deadline. Everything the descriptor says is held against the archive; nothing is guessed.
import { join } from 'node:path'
import { FileBytes } from '../../bytes/file-bytes.js'
import type { RandomAccess } from '../../bytes/random-access.js'
import { isZipzarrError, ZipzarrError } from '../../errors.js'
import type { CacheBudget } from '../../memory/lru.js'
import { ZipIndex } from '../../zip/index/zip-index.js'
import { buildArchiveIndex, isFolder, zarrFormatAt } from '../archive-index.js'
import { resolveBelow } from '../confine.js'
import { ZipStore } from '../zip-store.js'
import { parseDescriptor, type StoreDescriptor } from './descriptor.js'
import { isSameArchive } from './same-archive.js'

export interface ReopenOptions {
  /** Absolute paths of the data roots by the names that descriptors use. */
  readonly dataRoots: ReadonlyMap<string, string>
  /** Where the index files lie; undefined: every index is built in memory. */
  readonly cacheDir?: string | undefined
  readonly deadlineMs: number
  /** Called when the index file is found unusable, at the opening or by a later look-up. */
  readonly onIndexDamaged?: () => void
  /** What the caches of all stores share; absent: every store has a budget of its own. */
  readonly caches?: CacheBudget | undefined
  /** Called once when the open store's archive is found to have changed. */
  readonly onChanged?: () => void
}

/**
 * @throws ZipzarrError DESCRIPTOR_INVALID (also when it does not fit the archive it names), STORE_CHANGED
 * (another file is there now), STORE_UNAVAILABLE, DEADLINE_EXCEEDED, or what is wrong with the archive
 */
export async function reopenStore(descriptor: unknown, options: ReopenOptions): Promise<ZipStore> {
  const parsed = parseDescriptor(descriptor)
  const abort = new AbortController()
  const opening = open(parsed, options, abort.signal)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate(options.deadlineMs)), options.deadlineMs)
  })
  try {
    return await Promise.race([opening, late])
  } catch (error) {
    abort.abort()
    // Nobody waits for it any more: whatever it still opens is closed.
    void opening.then(
      store => store.close(),
      () => undefined,
    )
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function open(
  descriptor: StoreDescriptor,
  options: ReopenOptions,
  signal: AbortSignal,
): Promise<ZipStore> {
  const { id, location, fingerprint, rootPrefix } = descriptor
  const root = options.dataRoots.get(location.root)
  if (root === undefined)
    throw new ZipzarrError('STORE_UNAVAILABLE', `there is no data root "${location.root}"`)
  const path = await resolveBelow(root, location.path)
  signal.throwIfAborted()
  const source = await FileBytes.open(path, {
    expected: fingerprint,
    isSameContent: bytes => isSameArchive(bytes, descriptor),
  })
  let index: ZipIndex | undefined
  try {
    index = await openIndex(source, descriptor, { ...options, signal })
    requireSameArchive(descriptor, index)
    const { caches, onChanged } = options
    return await ZipStore.open({
      id,
      source,
      onChanged,
      index,
      rootPrefix,
      ...(caches && { caches }),
    })
  } catch (error) {
    await Promise.all([source.close(), index?.close()])
    throw error
  }
}

/** The shared index file, or the same index made anew where there is none (or it is damaged or gone). */
async function openIndex(
  source: RandomAccess,
  descriptor: StoreDescriptor,
  options: ReopenOptions & { signal: AbortSignal },
): Promise<ZipIndex> {
  const { fingerprint, index } = descriptor
  if (index.name !== null && options.cacheDir !== undefined) {
    try {
      return await ZipIndex.open(join(options.cacheDir, index.name), {
        identity: fingerprint,
        expected: index,
        ...(options.onIndexDamaged && { onDamaged: options.onIndexDamaged }),
        caches: options.caches,
      })
    } catch (error) {
      if (!isZipzarrError(error) || error.code !== 'STORE_UNAVAILABLE') throw error
      options.onIndexDamaged?.()
    }
  }
  const built = await buildArchiveIndex(source, { signal: options.signal })
  return ZipIndex.fromBuffer(built.index)
}

function requireSameArchive(descriptor: StoreDescriptor, index: ZipIndex): void {
  const { facts } = index
  if (facts.endRecord !== descriptor.fingerprint.endRecord) {
    throw new ZipzarrError(
      'STORE_CHANGED',
      'the archive ends with another central directory record than indexed',
    )
  }
  requireEqual('directory.byteOffset', descriptor.directory.byteOffset, facts.directory.byteOffset)
  requireEqual('directory.byteLength', descriptor.directory.byteLength, facts.directory.byteLength)
  requireEqual('directory.crc32', descriptor.directory.crc32, facts.directory.crc32)
  requireEqual('directory.entryCount', descriptor.directory.entryCount, facts.entryCount)
  requireEqual('index.byteLength', descriptor.index.byteLength, facts.index.byteLength)
  requireEqual('rootPrefix is a folder', true, isFolder(index, descriptor.rootPrefix))
  requireEqual('zarrFormat', descriptor.zarrFormat, zarrFormatAt(index, descriptor.rootPrefix))
}

function requireEqual(field: string, said: unknown, found: unknown): void {
  if (said === found) return
  throw new ZipzarrError(
    'DESCRIPTOR_INVALID',
    `store descriptor: ${field} is ${said}, the archive has ${found}`,
    {
      facts: { field },
    },
  )
}

function tooLate(deadlineMs: number): ZipzarrError {
  return new ZipzarrError('DEADLINE_EXCEEDED', `the store could not be opened within ${deadlineMs} ms`)
}
