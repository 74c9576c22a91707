// Checks a request to register an archive against the data roots and against what is registered, before
// anything is opened. A request may name any place; only one really below a data root gets through.
import { stat } from 'node:fs/promises'
import { isZipzarrError, ZipzarrError } from '../../errors.js'
import { resolveBelow } from '../../store/confine.js'
import { archivePathProblem, parseNodePath, type StoreId, storeIdProblem } from '../../store/keys.js'
import type { DataRoot } from '../discovery/data-roots.js'
import { locationKey } from '../discovery/store-id.js'
import type { StoreLocation } from '../stores.js'

export interface RegisterRequest {
  readonly id?: string
  readonly location: StoreLocation
  readonly root?: string
}

/** A request whose fields are well-formed and whose place is a regular file below a data root. */
export interface Registration {
  readonly id: StoreId | undefined
  readonly location: StoreLocation
  readonly rootPrefix: string | undefined
}

/** The key of an archive whose id was given by request: one that no location has. */
export function namedKey(id: string): string {
  return `id:${id}`
}

/** `TrackedArchive.key` of what was registered. */
export function registrationKey({ id, location }: { id?: string; location: StoreLocation }): string {
  return id === undefined ? locationKey(location) : namedKey(id)
}

/** @throws ZipzarrError BAD_REQUEST, INVALID_NODE_PATH, ARCHIVE_REFUSED */
export async function checkRegistration(
  request: RegisterRequest,
  roots: readonly DataRoot[],
): Promise<Registration> {
  const { id, location } = request
  const idProblem = id === undefined ? undefined : storeIdProblem(id)
  if (idProblem !== undefined) throw new ZipzarrError('BAD_REQUEST', `the id cannot be used: ${idProblem}`)
  const pathProblem = archivePathProblem(location.path)
  if (pathProblem !== undefined) {
    throw new ZipzarrError('BAD_REQUEST', `the path of the location cannot be used: ${pathProblem}`)
  }
  const rootPrefix = request.root === undefined ? undefined : parseNodePath(request.root)
  const root = chooseRoot(location, roots)
  await requireRegularFile(root, location.path)
  return { id: id as StoreId | undefined, location: { root: root.name, path: location.path }, rootPrefix }
}

/** The archive cannot be used: the reason is for whoever wanted it registered. */
export function refused(error: unknown): unknown {
  if (!isZipzarrError(error) || error.code === 'ARCHIVE_REFUSED') return error
  return new ZipzarrError('ARCHIVE_REFUSED', error.message, { cause: error, facts: { reason: error.code } })
}

function chooseRoot(location: StoreLocation, roots: readonly DataRoot[]): DataRoot {
  const names = roots.map(root => root.name).join(', ')
  const root =
    location.root === '' && roots.length === 1 ? roots[0] : roots.find(root => root.name === location.root)
  if (root === undefined) {
    throw new ZipzarrError('ARCHIVE_REFUSED', `no data root "${location.root}"; there are: ${names}`)
  }
  if (root.only !== undefined && !root.only.has(location.path)) {
    throw new ZipzarrError('ARCHIVE_REFUSED', `of data root "${root.name}" only single files are served`)
  }
  return root
}

async function requireRegularFile(root: DataRoot, path: string): Promise<void> {
  try {
    const found = await stat(await resolveBelow(root.path, path))
    if (found.isFile()) return
  } catch (error) {
    if (isZipzarrError(error)) throw refused(error)
    throw new ZipzarrError('ARCHIVE_REFUSED', 'the archive cannot be reached', { cause: error })
  }
  throw new ZipzarrError('ARCHIVE_REFUSED', 'the location is not a regular file')
}
