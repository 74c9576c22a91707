// The owner's side of the registry: data roots, discovery, watching and indexing feed one revisioned set of
// records. Knows nothing of workers: whoever forks them sends them `snapshot()` and every `change`.
import { ZipzarrError } from '../../errors.js'
import type { StoreId } from '../../store/keys.js'
import { RegistrationFile, withIdKeepers } from '../backends/registrations.js'
import type { RegistryChange, RegistrySnapshot } from '../changes.js'
import { type DataRoot, openDataRoots, rootPaths } from '../discovery/data-roots.js'
import { ScanLoop } from '../discovery/scan-loop.js'
import type { Unpacked } from '../discovery/unpacked.js'
import { RootWatcher } from '../discovery/watch.js'
import { prepareCacheDir, pruneCacheDir } from '../indexing/cache-dir.js'
import { Indexer } from '../indexing/indexing.js'
import { BriefLog } from '../registry-log.js'
import type { StoreLocation, StoreMutations, StoreRecord } from '../stores.js'
import { ArchiveRecords } from './archive-records.js'
import { ArchiveSet } from './archive-set.js'
import { whenIndexed } from './first-scan.js'
import { Registrar } from './registrar.js'
import type { RegisterRequest } from './registration.js'
import { Registry } from './registry.js'
import type { RegistryServiceOptions } from './registry-service-options.js'
import { findArchives, type ScanProblem } from './scan-result.js'

export type { RegistryServiceOptions }

/** A hint is followed by a scan after this pause: changes come in bursts. */
const HINT_PAUSE_MS = 40
/** A hint may come before the file system shows what it hints at: look once more. */
const SECOND_LOOK_MS = 400

/** What there is once the data roots are known. */
interface Running {
  readonly archives: ArchiveSet
  readonly registrar: Registrar
  readonly file: RegistrationFile
}

export class RegistryService implements StoreMutations {
  readonly #registry = new Registry()
  readonly #options: RegistryServiceOptions
  readonly #indexer: Indexer
  readonly #loop: ScanLoop
  readonly #told = new Set<string>()
  readonly #log: BriefLog | undefined
  #unpacked: readonly Unpacked[] = []
  #roots: readonly DataRoot[] = []
  #rootPaths: ReadonlyMap<string, string> = new Map()
  #cacheDir: string | undefined
  #running: Running | undefined
  #watcher: RootWatcher | undefined
  #secondLook: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: RegistryServiceOptions) {
    this.#options = options
    this.#log = options.log && new BriefLog(options.log)
    this.#indexer = new Indexer(
      options.indexSilenceMs === undefined ? {} : { silenceMs: options.indexSilenceMs },
    )
    this.#loop = new ScanLoop({
      scan: () => this.#scan(),
      periodMs: options.watch === false ? undefined : (options.rescanMs ?? 5000),
      onFailure: error => this.#log?.warn({ err: error }, 'looking for archives failed'),
    })
  }

  /**
   * Resolves the data roots and registers every archive of the first scan, as `indexing`; indexing goes on
   * after it has resolved.
   * @throws DataRootError when a path is missing or cannot be read
   */
  async start(): Promise<void> {
    const { cacheDir, watch } = this.#options
    const log = this.#log
    this.#roots = await openDataRoots(this.#options.paths)
    this.#rootPaths = rootPaths(this.#roots)
    this.#cacheDir = cacheDir === undefined ? undefined : await prepareCacheDir(cacheDir, log)
    const archives = new ArchiveSet({
      records: new ArchiveRecords(this.#registry),
      indexer: this.#indexer,
      rootPaths: this.#rootPaths,
      cacheDir: this.#cacheDir,
      settleMs: this.#options.settleMs ?? 300,
      requestScan: delayMs => this.#loop.request(delayMs),
      onIdle: () => this.#log?.flush(),
      log,
    })
    const file = new RegistrationFile({
      folder: this.#options.stateDir,
      formerFolder: this.#cacheDir,
      roots: this.#roots,
      log,
    })
    archives.follow(await file.read())
    const registrar = new Registrar({ archives, registry: this.#registry, roots: this.#roots, file })
    this.#running = { archives, registrar, file }
    // Watching starts before the first scan: what happens in between is scanned for again.
    if (watch !== false) this.#watch()
    await this.#loop.now()
  }

  /**
   * Resolved once every archive of the first scan is `ready`, `failed` or gone; an archive that somebody goes
   * on writing is waited for a few seconds only.
   */
  async whenSettled(): Promise<void> {
    await whenIndexed({
      registry: this.#registry,
      isWorkedOn: id => this.#running?.archives.byId(id)?.isIndexing === true,
      isClosed: () => this.#isClosed,
    })
    if (this.#cacheDir !== undefined && !this.#isClosed) await this.#prune(this.#cacheDir)
  }

  /** Data roots by name, absolute and resolved: what a worker needs beside the snapshot. After `start()`. */
  get dataRoots(): ReadonlyMap<string, string> {
    return this.#rootPaths
  }

  /** The cache directory really in use: absolute; undefined when there is none or it is not writable. */
  get cacheDir(): string | undefined {
    return this.#cacheDir
  }

  /** Data that the last scan found in a form that is not served; absolute paths, for the operator alone. */
  get unpacked(): readonly Unpacked[] {
    return this.#unpacked
  }

  get revision(): number {
    return this.#registry.revision
  }

  list(): readonly StoreRecord[] {
    return this.#registry.list()
  }

  get(id: string): StoreRecord | undefined {
    return this.#registry.get(id as StoreId)
  }

  snapshot(): RegistrySnapshot {
    return this.#registry.snapshot()
  }

  /** Calls `listener` with every change after this moment; the answer stops it. */
  onChange(listener: (change: RegistryChange) => void): () => void {
    this.#registry.on('change', listener)
    return () => this.#registry.off('change', listener)
  }

  /** Looks at the data roots now (SIGHUP); resolved when what was found is registered. */
  async rescan(): Promise<void> {
    await this.#loop.now()
  }

  /** A worker saw the archive of `id` change under the descriptor of `revision`: index it anew. */
  noteChanged(id: string, revision: number): void {
    const archive = this.#running?.archives.byId(id)
    const descriptor = this.get(id)?.descriptor
    if (archive === undefined || descriptor?.revision !== revision || archive.isIndexing) return
    archive.distrust()
    this.#loop.request(0)
  }

  /** A worker found the index file of `id` damaged: make it anew, once for all workers that say so. */
  noteIndexDamaged(id: string, revision: number): void {
    const archive = this.#running?.archives.byId(id)
    const descriptor = this.get(id)?.descriptor
    if (archive === undefined || descriptor?.revision !== revision || archive.isIndexing) return
    if (!archive.distrustIndex(performance.now())) return
    this.#options.log?.warn({ id, location: archive.location }, 'index damaged: made anew')
    this.#loop.request((archive.retryAtMs ?? 0) - performance.now())
  }

  /** Looks at every index file (SIGHUP), and makes those anew that are damaged. */
  async checkIndexes(): Promise<void> {
    await this.#started().archives.checkIndexes()
  }

  /** @throws ZipzarrError BAD_REQUEST, ARCHIVE_REFUSED, STORE_EXISTS, STATE_UNAVAILABLE */
  async register(request: RegisterRequest): Promise<StoreRecord> {
    return this.#started().registrar.register(request)
  }

  /** @throws ZipzarrError STORE_NOT_FOUND, STATE_UNAVAILABLE */
  async remove(id: string): Promise<void> {
    await this.#started().registrar.remove(id)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#secondLook)
    this.#running?.archives.close()
    await Promise.all([this.#watcher?.close(), this.#loop.close(), this.#indexer.close()])
    this.#registry.removeAllListeners()
  }

  async #scan(): Promise<number | undefined> {
    const { archives, file } = this.#started()
    const saved = await file.readIfChanged()
    if (saved !== undefined) archives.follow(saved)
    const named = archives.all.filter(archive => archive.isRegistered).map(archive => archive.location)
    const scanned = await findArchives(this.#roots, named)
    this.#unpacked = scanned.unpacked
    this.#tell(scanned.skipped, 'left out')
    this.#tell(scanned.unreadable, 'cannot be read: what is known of it stays')
    const wantedMs = archives.reconcile(scanned)
    const keepers = archives.ids.takeNewKeepers()
    if (keepers.length > 0) await this.#keepIds(keepers)
    if (!archives.isIndexing) this.#log?.flush()
    return wantedMs
  }

  async #keepIds(keepers: readonly StoreLocation[]): Promise<void> {
    const { archives, file } = this.#started()
    try {
      await file.update(archives.registrations(), saved => withIdKeepers(saved, keepers))
    } catch (error) {
      this.#log?.warn({ err: error, keepers }, 'stores of these archives may get other ids at the next start')
    }
  }

  #watch(): void {
    this.#watcher = RootWatcher.start(this.#roots, {
      onHint: () => {
        this.#loop.request(HINT_PAUSE_MS)
        this.#secondLook ??= setTimeout(() => {
          this.#secondLook = undefined
          this.#loop.request(0)
        }, SECOND_LOOK_MS)
      },
      onFailure: error => this.#log?.warn({ err: error }, 'watching failed: changes are found by rescans'),
    })
  }

  /** Each place is told of once: scans see it again and again. */
  #tell(scanned: readonly ScanProblem[], what: string): void {
    for (const { root, path, reason } of scanned) {
      const key = `${root}/${path} ${reason}`
      if (this.#told.has(key)) continue
      this.#told.add(key)
      this.#log?.warn({ root, path, reason }, what)
    }
  }

  async #prune(cacheDir: string): Promise<void> {
    const names = this.list().map(record => record.descriptor?.index.name)
    await pruneCacheDir(cacheDir, new Set(names.filter(name => typeof name === 'string')), this.#log)
  }

  #started(): Running {
    if (this.#running === undefined || this.#isClosed) {
      throw new ZipzarrError('STORE_UNAVAILABLE', 'the registry is not running')
    }
    return this.#running
  }
}
