// Turns a place below a data root into a path that may be opened. The one guard against leaving a data root
// (path traversal, symbolic links); knows nothing of archives.
import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { ZipzarrError } from '../errors.js'
import { archivePathProblem } from './keys.js'

/**
 * The real path of `path` below the data root at `rootPath`. Both are resolved, so neither `..` nor a
 * symbolic link leads out of the root.
 * @throws ZipzarrError STORE_UNAVAILABLE, whose message names no path of this machine
 */
export async function resolveBelow(rootPath: string, path: string): Promise<string> {
  const problem = archivePathProblem(path)
  if (problem !== undefined) throw unavailable(`the path below the data root cannot be used: ${problem}`)
  const root = await resolved(rootPath, 'the data root')
  const target = await resolved(join(root, path), 'the archive')
  if (!target.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw unavailable('the archive lies outside its data root')
  }
  return target
}

async function resolved(path: string, what: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw unavailable(
      code === 'ENOENT' ? `${what} is not there` : `${what} cannot be reached (${code})`,
      cause,
    )
  }
}

function unavailable(message: string, cause?: unknown): ZipzarrError {
  return new ZipzarrError('STORE_UNAVAILABLE', message, { cause })
}
