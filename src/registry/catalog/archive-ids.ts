// Which archive has which store id. Ids that clients may know never change.
import type { StoreId } from '../../store/keys.js'
import { assignStoreIds, type KnownIds, locationKey, storeIdOf } from '../discovery/store-id.js'
import type { RegistryLog } from '../registry-log.js'
import type { StoreLocation } from '../stores.js'
import type { TrackedArchive } from './tracked-archive.js'

export class ArchiveIds {
  readonly #archives: () => readonly TrackedArchive[]
  readonly #log: RegistryLog | undefined
  /** Archives that keep their plain ids whatever comes, by location key. */
  readonly #keepers = new Map<string, StoreLocation>()
  readonly #newKeepers: StoreLocation[] = []

  constructor(archives: () => readonly TrackedArchive[], log: RegistryLog | undefined) {
    this.#archives = archives
    this.#log = log
  }

  get keepers(): StoreLocation[] {
    return [...this.#keepers.values()]
  }

  /** Archives that keep their plain ids from now on. */
  keep(locations: readonly StoreLocation[]): void {
    for (const location of locations) this.#keepers.set(locationKey(location), location)
  }

  /** The id an archive at `location` has, or would have, by its place. */
  placedId(location: StoreLocation): StoreId {
    const key = locationKey(location)
    const tracked = this.#archives().find(archive => archive.key === key)
    return tracked?.id ?? (assignStoreIds([location], this.#known()).get(key) as StoreId)
  }

  /**
   * Gives every archive without one the id that its place asks for. One whose id another archive has, or was given
   * by request, gets a suffix.
   */
  assign(): void {
    const newcomers = this.#archives().filter(archive => !archive.isNamed && !archive.hasId)
    const ids = assignStoreIds(
      newcomers.map(archive => archive.location),
      this.#known(),
    )
    for (const archive of newcomers) {
      const plain = storeIdOf(archive.location)
      const id = ids.get(archive.key) as StoreId
      if (id !== plain) this.#suffix(archive, id)
      archive.id = id
    }
    for (const archive of newcomers) archive.hasId = true
  }

  /** Archives that keep their ids although others came, since this was last asked. */
  takeNewKeepers(): StoreLocation[] {
    return this.#newKeepers.splice(0)
  }

  /** The one that had the plain id already shall have it after a restart too. */
  #suffix({ location }: TrackedArchive, id: StoreId): void {
    this.#log?.warn({ id, location }, 'another store has the same id: this one gets a suffix')
    const plain = storeIdOf(location)
    const holder = this.#archives().find(archive => archive.hasId && archive.id === plain)
    if (holder === undefined || this.#keepers.has(holder.key)) return
    this.#keepers.set(holder.key, holder.location)
    this.#newKeepers.push(holder.location)
  }

  #known(): KnownIds {
    const known = this.#archives().filter(archive => archive.isNamed || archive.hasId)
    const keepers = new Set(this.#keepers.keys())
    return { taken: new Set(known.map(archive => archive.id)), keepers }
  }
}
