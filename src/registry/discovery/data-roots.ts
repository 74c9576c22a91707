// The data roots: the folders below which archives may lie, each by a name that may be shown. The one place
// that turns a place below a root into a path of this machine.
import { access, constants, realpath, stat } from 'node:fs/promises'
import { basename, dirname, resolve, sep } from 'node:path'
import { cutText, idText, MAX_STORE_ID_LENGTH } from '../../store/keys.js'
import { isArchiveName } from './store-id.js'
import { isTarName, packCommands } from './unpacked.js'

export interface DataRoot {
  readonly name: string
  /** Absolute and free of symbolic links. */
  readonly path: string
  /** File names directly in it that are served; undefined: everything below it is. */
  readonly only?: ReadonlySet<string>
}

/** A path given at start cannot be served. For the operator, hence with the path; never shown to a client. */
export class DataRootError extends Error {
  readonly path: string

  constructor(path: string, problem: string, cause?: unknown) {
    super(`${path}: ${problem}`, cause === undefined ? undefined : { cause })
    this.name = 'DataRootError'
    this.path = path
  }
}

interface GivenPath {
  readonly folder: string
  /** The one archive meant, when a file was given. */
  readonly file?: string
}

/**
 * The data roots of the paths given at start: a folder is a root, a file makes its folder a root of just that
 * file. A path given twice counts once.
 * @throws DataRootError when a path is missing, cannot be read, or is neither a folder nor an archive
 */
export async function openDataRoots(paths: readonly string[]): Promise<DataRoot[]> {
  const given = await Promise.all(paths.map(openPath))
  const whole = new Set(given.filter(path => path.file === undefined).map(path => path.folder))
  const files = new Map<string, Set<string>>()
  for (const { folder, file } of given) {
    if (file === undefined || whole.has(folder)) continue
    files.set(folder, (files.get(folder) ?? new Set<string>()).add(file))
  }
  const taken = new Set<string>()
  const folders = new Set(given.map(path => path.folder))
  return [...folders].map(folder => {
    const root = { name: freeName(folder, taken), path: folder }
    const only = files.get(folder)
    return only === undefined ? root : { ...root, only }
  })
}

/** The absolute paths of roots by their names. */
export function rootPaths(roots: readonly DataRoot[]): Map<string, string> {
  return new Map(roots.map(root => [root.name, root.path]))
}

/** Whether `path` lies below `folder`; both absolute and free of symbolic links. */
export function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

async function openPath(path: string): Promise<GivenPath> {
  try {
    const resolved = await realpath(path)
    const found = await stat(resolved)
    if (found.isDirectory()) {
      await access(resolved, constants.R_OK | constants.X_OK)
      return { folder: resolved }
    }
    if (found.isFile() && isArchiveName(path)) {
      await access(resolved, constants.R_OK)
      return await openFile(path, resolved)
    }
  } catch (error) {
    throw new DataRootError(path, problemOf(error), error)
  }
  const found = { kind: 'tar', path: resolve(path) } as const
  const hint = isTarName(path) ? `; to make an archive of it: ${packCommands(found)[0] ?? ''}` : ''
  throw new DataRootError(path, `neither a folder nor a .zip or .ozx file${hint}`)
}

/**
 * A link is served under its own name as long as it stays in its folder, so that switching it is noticed;
 * one that leads elsewhere stands for its target, as nothing outside a data root is ever opened.
 */
async function openFile(path: string, resolved: string): Promise<GivenPath> {
  const folder = await realpath(dirname(path))
  return isBelow(folder, resolved)
    ? { folder, file: basename(path) }
    : { folder: dirname(resolved), file: basename(resolved) }
}

function problemOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'no such file or folder'
  if (code === 'EACCES' || code === 'EPERM') return 'not readable (permission denied)'
  if (code === 'ELOOP') return 'too many symbolic links'
  return `cannot be opened (${code ?? 'unknown reason'})`
}

/** The folder's own name, made showable; numbered when two roots share it. */
function freeName(folder: string, taken: Set<string>): string {
  const bare = cutText(idText(basename(folder)), MAX_STORE_ID_LENGTH - 8)
  const name = /^\.{0,2}$/.test(bare) ? 'root' : bare
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`
    if (taken.has(candidate)) continue
    taken.add(candidate)
    return candidate
  }
}
