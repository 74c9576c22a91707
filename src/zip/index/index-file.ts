// Index files in the cache directory: their names and how they come into being. A name is made of the
// archive's identity, never of its path; a file is complete from the moment it has its name.
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ByteIdentity, IDENTITY_FIELDS } from '../../bytes/random-access.js'
import { ZipzarrError } from '../../errors.js'
import type { BuiltIndex } from './index-builder.js'
import { INDEX_VERSION } from './index-layout.js'

export const INDEX_FILE_EXTENSION = '.zidx'

/** The descriptor's `index` for an index that lies in a cache directory. */
export interface IndexFile {
  readonly name: string
  readonly byteLength: number
  readonly crc32: number
}

/** The same archive, seen at any path, in any container, has the same name; another state of it has another. */
export function indexFileName(identity: ByteIdentity, endRecord: string): string {
  const hash = createHash('sha256')
  hash.update([INDEX_VERSION, ...IDENTITY_FIELDS.map(field => identity[field]), endRecord].join('\n'))
  return `${hash.digest('hex').slice(0, 40)}${INDEX_FILE_EXTENSION}`
}

/**
 * Written under another name and renamed, so that a reader sees all of it or nothing. Not flushed to the disk:
 * after a power failure the checksums say that it is damaged, and it is built again.
 * @throws ZipzarrError STORE_UNAVAILABLE when it cannot be written
 */
export async function writeIndexFile(directory: string, built: BuiltIndex): Promise<IndexFile> {
  const name = indexFileName(built.facts.identity, built.facts.endRecord)
  const temporary = join(directory, `.${name}.${process.pid}.${randomBytes(6).toString('hex')}`)
  try {
    // The folder may have been deleted since the start.
    await mkdir(directory, { mode: 0o700 }).catch(ignoreExisting)
    await writeFile(temporary, built.index, { flag: 'wx', mode: 0o644 })
    await replace(join(directory, name), temporary)
  } catch (cause) {
    await rm(temporary, { force: true })
    const errno = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new ZipzarrError('STORE_UNAVAILABLE', `the index file cannot be written (${errno})`, { cause })
  }
  return { name, ...built.facts.index }
}

/** A file, a FIFO or a link in its place is replaced by the renaming; a folder has to go before. */
async function replace(path: string, temporary: string): Promise<void> {
  try {
    await rename(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error
    await rm(path, { recursive: true })
    await rename(temporary, path)
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
