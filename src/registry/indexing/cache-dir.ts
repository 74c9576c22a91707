// The folder of the shared index files: whether it can be used, and what in it is of no use any more. Index
// files can always be built again, so failures here are told and never stop the service.
import { randomUUID } from 'node:crypto'
import { readdir, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ZipzarrError } from '../../errors.js'
import { INDEX_FILE_EXTENSION } from '../../zip/index/index-file.js'
import { makeFolder } from '../make-folder.js'
import type { RegistryLog } from '../registry-log.js'

/** Index files nobody made or used for this long are removed. */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000

/** The folder made, checked and resolved; undefined, with a warning, when index files cannot be kept there. */
export async function prepareCacheDir(path: string, log?: RegistryLog): Promise<string | undefined> {
  try {
    await makeFolder(resolve(path))
    const resolved = await realpath(path)
    await requireTrusted(resolved)
    await requireWritable(resolved)
    return resolved
  } catch (error) {
    log?.warn(
      { cacheDir: path, err: error },
      'no usable cache directory: every process keeps its own indexes',
    )
    return undefined
  }
}

/** A folder of another user (somebody was first in a shared /tmp) could hold files that lie. */
export async function requireTrusted(path: string): Promise<void> {
  const { uid } = await stat(path)
  const own = process.getuid?.()
  if (own === undefined || uid === own || uid === 0) return
  throw new ZipzarrError('STORE_UNAVAILABLE', `the folder belongs to user ${uid}, not to ${own}`)
}

/** By trying: what the access rights say is not true of root, nor of a full or special file system. */
async function requireWritable(path: string): Promise<void> {
  const probe = join(path, `.probe-${randomUUID()}`)
  try {
    await writeFile(probe, 'x', { flag: 'wx' })
  } finally {
    await rm(probe, { force: true })
  }
}

/** Removes index files that are old and not `used`, by name. */
export async function pruneCacheDir(
  path: string,
  used: ReadonlySet<string>,
  log?: RegistryLog,
): Promise<void> {
  try {
    for (const name of await readdir(path)) {
      if (!name.includes(INDEX_FILE_EXTENSION) || used.has(name)) continue
      const { mtimeMs } = await stat(join(path, name))
      if (Date.now() - mtimeMs > MAX_AGE_MS) await rm(join(path, name), { force: true })
    }
  } catch (error) {
    log?.warn({ cacheDir: path, err: error }, 'old index files could not be removed')
  }
}

/** Removes an index file that a newer one has replaced. Whoever has it open keeps it; nobody else needs it. */
export async function removeIndexFile(path: string, name: string, log?: RegistryLog): Promise<void> {
  await rm(join(path, name), { force: true }).catch(error =>
    log?.warn({ name, err: error }, 'an index file stays'),
  )
}
