// All archives the owner of the registry follows: compares each scan with what is known, has indexed what is
// new or changed, and keeps the registry's records true to it. Touches files only through the indexer.
import { isZipzarrError, ZipzarrError } from '../../errors.js'
import type { StoreId } from '../../store/keys.js'
import type { Registrations, SavedRegistration } from '../backends/registrations.js'
import { locationKey, storeIdOf } from '../discovery/store-id.js'
import { WriteStability } from '../discovery/write-stability.js'
import { removeIndexFile } from '../indexing/cache-dir.js'
import type { IndexedArchive, IndexProgress } from '../indexing/index-archive.js'
import type { Indexer } from '../indexing/indexing.js'
import type { RegistryLog } from '../registry-log.js'
import type { StoreLocation, StoreRecord } from '../stores.js'
import { ArchiveIds } from './archive-ids.js'
import type { ArchiveRecords } from './archive-records.js'
import { registrationKey } from './registration.js'
import type { ScanResult } from './scan-result.js'
import { type Look, type Observation, TrackedArchive } from './tracked-archive.js'

export interface ArchiveSetOptions {
  readonly records: ArchiveRecords
  readonly indexer: Indexer
  readonly rootPaths: ReadonlyMap<string, string>
  readonly cacheDir: string | undefined
  readonly settleMs: number
  /** Asks for a scan within that time. */
  readonly requestScan: (delayMs: number) => void
  /** Nothing is being indexed any more. */
  readonly onIdle?: () => void
  readonly log?: RegistryLog | undefined
}

/** Progress of an archive being indexed is told this often at most. */
const PROGRESS_MS = 500
/** An archive that changed while it was being indexed is looked at again after this time. */
const CHANGING_MS = 300

export class ArchiveSet {
  readonly #options: ArchiveSetOptions
  readonly #records: ArchiveRecords
  readonly #writeStability: WriteStability
  /** By `TrackedArchive.key`. */
  readonly #tracked = new Map<string, TrackedArchive>()
  /** Removed by request: scans do not bring them back. */
  readonly #dismissed = new Map<string, StoreLocation>()
  readonly ids: ArchiveIds
  #indexingCount = 0

  constructor(options: ArchiveSetOptions) {
    this.#options = options
    this.#records = options.records
    this.#writeStability = new WriteStability(options.settleMs)
    this.ids = new ArchiveIds(() => this.all, options.log)
  }

  get all(): readonly TrackedArchive[] {
    return [...this.#tracked.values()]
  }

  get isIndexing(): boolean {
    return this.#indexingCount > 0
  }

  byId(id: string): TrackedArchive | undefined {
    return this.all.find(archive => archive.id === id)
  }

  /** Acts on what a scan found; answers in how many milliseconds the next one is wanted. */
  reconcile(scanned: ScanResult): number | undefined {
    for (const [key, { location }] of scanned.found) {
      if (this.#tracked.has(key) || this.#dismissed.has(key)) continue
      this.#tracked.set(key, new TrackedArchive(location, storeIdOf(location), key))
    }
    this.ids.assign()
    const followed = this.all
    const delays = followed.map(archive => this.#act(archive, scanned.observationOf(archive.location)))
    const wanted = delays.filter(delay => delay !== undefined)
    return wanted.length === 0 ? undefined : Math.min(...wanted)
  }

  /** Follows what requests named, also those that came to another service with the same registrations. */
  follow(saved: Registrations): void {
    const wanted = new Map(saved.registered.map(each => [registrationKey(each), each]))
    for (const archive of this.all) {
      if (!archive.isRegistered || wanted.has(archive.key)) continue
      // One that a scan finds stays.
      archive.isRegistered = false
      if (archive.isNamed) this.#drop(archive)
    }
    for (const [key, registration] of wanted) this.#followOne(key, registration)
    this.ids.keep(saved.idKeepers ?? [])
    this.#dismissed.clear()
    for (const location of saved.removed) {
      const key = locationKey(location)
      this.#dismissed.set(key, location)
      const archive = this.#tracked.get(key)
      if (archive !== undefined) this.#drop(archive)
    }
  }

  #followOne(key: string, { id, location, rootPrefix }: SavedRegistration): void {
    const before = this.#tracked.get(key)
    const isSame =
      before?.rootPrefix === rootPrefix && locationKey(before?.location ?? location) === locationKey(location)
    if (before !== undefined && !isSame) this.#drop(before)
    // A scan finds it again and gives it another id.
    const holder = id === undefined ? undefined : this.byId(id)
    if (holder !== undefined && holder.key !== key) this.#drop(holder)
    const placed = (id ?? storeIdOf(location)) as StoreId
    const archive = before !== undefined && isSame ? before : new TrackedArchive(location, placed, key)
    archive.rootPrefix = rootPrefix
    archive.isRegistered = true
    this.#tracked.set(key, archive)
  }

  /** What requests named and removed so far. */
  registrations(): Registrations {
    const registered = this.all.filter(archive => archive.isRegistered)
    return {
      version: 1,
      registered: registered.map(({ id, isNamed, location, rootPrefix }) => ({
        ...(isNamed ? { id } : {}),
        location,
        ...(rootPrefix === undefined ? {} : { rootPrefix }),
      })),
      removed: [...this.#dismissed.values()],
      ...(this.ids.keepers.length > 0 && { idKeepers: this.ids.keepers }),
    }
  }

  /** Follows an archive that a request named; it has been indexed already. */
  adopt(archive: TrackedArchive, indexed: IndexedArchive): StoreRecord {
    const before = this.#tracked.get(archive.key)
    if (before !== undefined) before.isDropped = true
    archive.hasId = before?.hasId ?? false
    this.#tracked.set(archive.key, archive)
    this.#dismissed.delete(archive.key)
    archive.succeed(indexed)
    this.ids.assign()
    return this.#records.ready(archive, indexed)
  }

  /** Follows nothing any more: what is still being indexed ends without a word. */
  close(): void {
    for (const archive of this.#tracked.values()) archive.isDropped = true
  }

  /** Stops to follow an archive, for good when a request wants it gone. */
  dismiss(archive: TrackedArchive): void {
    if (!archive.isNamed) this.#dismissed.set(archive.key, archive.location)
    this.#drop(archive)
  }

  #act(archive: TrackedArchive, seen: Observation): number | undefined {
    const verdict = archive.decide(seen, this.#writeStability, performance.now())
    if (verdict.kind === 'index') void this.#index(archive, seen as Look)
    else if (verdict.kind === 'drop') this.#lose(archive)
    else if (verdict.kind === 'wait' && verdict.isChanging) this.#records.put(archive, 'indexing')
    return verdict.kind === 'wait' ? verdict.delayMs : undefined
  }

  /** The file is gone: with what a scan found goes its store, what a request named stays and says why. */
  #lose(archive: TrackedArchive): void {
    if (archive.isRegistered)
      this.#fail(archive, new ZipzarrError('STORE_UNAVAILABLE', 'the archive is not there'))
    else this.#drop(archive)
  }

  #drop(archive: TrackedArchive): void {
    const { log } = this.#options
    this.#tracked.delete(archive.key)
    this.#writeStability.forget(archive.key)
    archive.isDropped = true
    const isListed = this.#records.remove(archive)
    this.#discardIndex(archive.indexed)
    if (isListed) log?.info({ id: archive.id, location: archive.location }, 'store removed')
  }

  async #index(archive: TrackedArchive, look: Look): Promise<void> {
    archive.startIndexing(look.identity)
    this.#indexingCount++
    this.#records.put(archive, 'indexing')
    try {
      const indexed = await this.index(archive, this.#progressOf(archive))
      if (archive.isDropped) return
      const replaced = archive.indexed
      archive.succeed(indexed)
      this.#discardIndex(replaced)
      this.#records.ready(archive, indexed)
      const { emptyReason } = indexed.contents
      const facts = { id: archive.id, location: archive.location, entries: indexed.directory.entryCount }
      if (emptyReason === null) this.#options.log?.info(facts, 'store ready')
      else this.#options.log?.warn({ ...facts, emptyReason }, 'store ready, but nothing Zarr is found in it')
    } catch (error) {
      if (!archive.isDropped) this.#fail(archive, error)
    } finally {
      this.#indexingCount--
    }
    if (!this.isIndexing) this.#options.onIdle?.()
    if (archive.isOvertaken) this.#options.requestScan(0)
  }

  /** Has every index file checked from end to end; a store whose file had to be made anew is told of anew. */
  async checkIndexes(): Promise<void> {
    await Promise.all(this.all.map(archive => this.#checkIndex(archive)))
  }

  async #checkIndex(archive: TrackedArchive): Promise<void> {
    const before = archive.indexed
    if (before === undefined || archive.isIndexing) return
    try {
      const checked = await this.index(archive, () => undefined)
      const isOvertaken = archive.isDropped || archive.isIndexing || archive.indexed !== before
      if (isOvertaken || !checked.isNew) return
      archive.succeed(checked)
      this.#records.ready(archive, checked)
      this.#options.log?.info({ id: archive.id, location: archive.location }, 'index made anew')
    } catch (error) {
      // Of the archive, not of its index: the next scan meets it too.
      this.#options.log?.warn({ id: archive.id, location: archive.location, err: error }, 'index not checked')
    }
  }

  /** Indexes the archive of a tracked, or not yet tracked, place. */
  async index(
    archive: TrackedArchive,
    onProgress: (progress: IndexProgress) => void,
  ): Promise<IndexedArchive> {
    const rootPath = this.#options.rootPaths.get(archive.location.root)
    if (rootPath === undefined) throw new ZipzarrError('STORE_UNAVAILABLE', 'no data root of that name')
    const { cacheDir } = this.#options
    const request = { rootPath, path: archive.location.path, cacheDir, rootPrefix: archive.rootPrefix }
    return this.#options.indexer.index(request, onProgress)
  }

  /** Removes an index file that nobody needs any more; another store may lie in the same archive. */
  #discardIndex(indexed: IndexedArchive | undefined): void {
    const { cacheDir, log } = this.#options
    const name = indexed?.index.name
    if (cacheDir === undefined || typeof name !== 'string') return
    if (this.all.some(archive => archive.indexed?.index.name === name)) return
    void removeIndexFile(cacheDir, name, log)
  }

  #fail(archive: TrackedArchive, error: unknown): void {
    const { log, requestScan } = this.#options
    const failure = isZipzarrError(error)
      ? error
      : new ZipzarrError('INTERNAL', 'indexing failed', { cause: error })
    const lost = archive.indexed
    archive.fail(failure.code, performance.now())
    // It changed while it was being indexed: not broken, just not yet settled.
    if (failure.code === 'STORE_CHANGED') {
      requestScan(CHANGING_MS)
      return
    }
    this.#discardIndex(lost)
    const { code, message } = failure
    if (this.#records.put(archive, 'failed', { error: { code, message } })) {
      log?.warn({ id: archive.id, location: archive.location, err: failure }, 'store failed')
    }
    if (archive.retryAtMs !== undefined) requestScan(archive.retryAtMs - performance.now())
  }

  #progressOf(archive: TrackedArchive): (progress: IndexProgress) => void {
    let toldAtMs = performance.now()
    return progress => {
      if (archive.isDropped || performance.now() - toldAtMs < PROGRESS_MS) return
      toldAtMs = performance.now()
      this.#records.put(archive, 'indexing', { progress })
    }
  }
}
