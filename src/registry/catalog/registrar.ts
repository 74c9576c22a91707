// Registers and removes stores on request: one archive per id, nothing half-done, and answered only when the
// request will outlive the process.
import { isZipzarrError, ZipzarrError } from '../../errors.js'
import type { StoreId } from '../../store/keys.js'
import type { RegistrationFile, Registrations, SavedRegistration } from '../backends/registrations.js'
import type { DataRoot } from '../discovery/data-roots.js'
import { locationKey } from '../discovery/store-id.js'
import type { IndexedArchive } from '../indexing/index-archive.js'
import type { StoreMutations, StoreRecord } from '../stores.js'
import type { ArchiveSet } from './archive-set.js'
import {
  checkRegistration,
  namedKey,
  type RegisterRequest,
  type Registration,
  refused,
  registrationKey,
} from './registration.js'
import type { Registry } from './registry.js'
import { TrackedArchive } from './tracked-archive.js'

export interface RegistrarOptions {
  readonly archives: ArchiveSet
  readonly registry: Registry
  readonly roots: readonly DataRoot[]
  readonly file: RegistrationFile
}

export class Registrar implements StoreMutations {
  readonly #options: RegistrarOptions
  /** Ids of registrations on their way, so that two requests cannot both win one. */
  readonly #claimed = new Set<string>()

  constructor(options: RegistrarOptions) {
    this.#options = options
  }

  /**
   * Registers an archive under the id asked for, else under that of its place. The same request once more
   * answers the same record.
   * @throws ZipzarrError BAD_REQUEST, ARCHIVE_REFUSED, STORE_EXISTS, STATE_UNAVAILABLE
   */
  async register(request: RegisterRequest): Promise<StoreRecord> {
    const { archives, roots } = this.#options
    const registration = await checkRegistration(request, roots)
    const id = registration.id ?? archives.ids.placedId(registration.location)
    if (this.#claimed.has(id)) throw taken(id)
    this.#claimed.add(id)
    try {
      return await this.#register(registration, id)
    } finally {
      this.#claimed.delete(id)
    }
  }

  /**
   * A store that a scan found stays removed until it is registered.
   * @throws ZipzarrError STORE_NOT_FOUND, STATE_UNAVAILABLE
   */
  async remove(id: string): Promise<void> {
    const { archives, file } = this.#options
    const archive = archives.byId(id)
    if (archive === undefined) throw new ZipzarrError('STORE_NOT_FOUND', `no store ${id}`, { facts: { id } })
    await file.update(archives.registrations(), saved => withRemoved(saved, archive))
    archives.dismiss(archive)
  }

  async #register(registration: Registration, id: StoreId): Promise<StoreRecord> {
    const { archives, registry, file } = this.#options
    const { location, rootPrefix } = registration
    const existing = archives.byId(id)
    requireFree(existing, registration, id)
    const record = registry.get(id)
    const isSame = existing !== undefined && record?.state === 'ready' && existing.rootPrefix === rootPrefix
    if (isSame && existing.isRegistered) return record
    const isPlaced = id === archives.ids.placedId(location)
    const archive = new TrackedArchive(location, id, isPlaced ? locationKey(location) : namedKey(id))
    archive.rootPrefix = rootPrefix
    archive.isRegistered = true
    // One that a scan found is served already: from now on it is kept as well.
    const indexed = isSame ? existing.indexed : await this.#index(archive)
    if (indexed === undefined) throw new ZipzarrError('STORE_UNAVAILABLE', 'the archive is being indexed')
    // On the disk before anybody sees it: what cannot be kept is not registered at all.
    await file.update(archives.registrations(), saved => {
      // Meanwhile a scan may have found an archive whose place asks for the id.
      if (archive.isNamed) requireFree(archives.byId(id), registration, id)
      return withRegistered(saved, archive)
    })
    if (!isSame) return archives.adopt(archive, indexed)
    existing.isRegistered = true
    return record
  }

  async #index(archive: TrackedArchive): Promise<IndexedArchive> {
    try {
      return await this.#options.archives.index(archive, () => undefined)
    } catch (error) {
      // What may pass (the service is closing, the index process died) says nothing against the archive.
      throw isZipzarrError(error) && error.code === 'STORE_UNAVAILABLE' ? error : refused(error)
    }
  }
}

/** @throws ZipzarrError STORE_EXISTS when another service gave the id to another archive meanwhile */
function withRegistered(saved: Registrations, archive: TrackedArchive): Registrations {
  const registration: SavedRegistration = {
    ...(archive.isNamed && { id: archive.id }),
    location: archive.location,
    ...(archive.rootPrefix !== undefined && { rootPrefix: archive.rootPrefix }),
  }
  const others = saved.registered.filter(each => registrationKey(each) !== archive.key)
  const before = saved.registered.find(each => registrationKey(each) === archive.key)
  if (before !== undefined && locationKey(before.location) !== locationKey(archive.location))
    throw taken(archive.id)
  const removed = saved.removed.filter(location => locationKey(location) !== archive.key)
  return { ...saved, registered: [...others, registration], removed }
}

function withRemoved(saved: Registrations, archive: TrackedArchive): Registrations {
  const removed = saved.removed.filter(location => locationKey(location) !== archive.key)
  return {
    ...saved,
    registered: saved.registered.filter(each => registrationKey(each) !== archive.key),
    removed: archive.isNamed ? removed : [...removed, archive.location],
  }
}

/** @throws ZipzarrError STORE_EXISTS */
function requireFree(holder: TrackedArchive | undefined, { location }: Registration, id: string): void {
  if (holder !== undefined && locationKey(holder.location) !== locationKey(location)) throw taken(id)
}

function taken(id: string): ZipzarrError {
  return new ZipzarrError('STORE_EXISTS', `the id ${id} belongs to another archive`, { facts: { id } })
}
