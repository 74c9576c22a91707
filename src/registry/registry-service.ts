// The owner's side of the registry: data roots, discovery, watching and indexing feed one revisioned set of
// records. Knows nothing of workers: whoever forks them sends them `snapshot()` and every `change`.
import type { StoreId } from '../store/keys.js'
import type { RegistryChange, RegistrySnapshot } from './changes.js'
import { Registry } from './registry.js'
import type { StoreLocation, StoreMutations, StoreRecord } from './stores.js'

/** What the service says while it works; pino's logger fits. */
export interface RegistryLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

export interface RegistryServiceOptions {
  /** Archives and folders to serve, as given on the command line. */
  readonly paths: readonly string[]
  /** Where index files go; undefined or not writable: every process keeps its own index in memory. */
  readonly cacheDir?: string
  /** Period of the full rescan that backs up the file system's hints. Default 5,000. */
  readonly rescanMs?: number
  /** How long size and mtime must stay as they are before a file is taken as complete. Default 300. */
  readonly settleMs?: number
  /** False: scan once at start, never again (tests, `inspect`). Default true. */
  readonly watch?: boolean
  /** Longest silence of the index process before it is replaced. Default 30,000. */
  readonly indexSilenceMs?: number
  readonly log?: RegistryLog
}

export class RegistryService implements StoreMutations {
  readonly #registry = new Registry()
  readonly #options: RegistryServiceOptions

  constructor(options: RegistryServiceOptions) {
    this.#options = options
  }

  /**
   * Resolves the data roots and registers every archive of the first scan, as `indexing`; indexing goes on
   * after it has resolved.
   * @throws DataRootError when a path is missing or cannot be read
   */
  async start(): Promise<void> {
    void this.#options
  }

  /** Resolved once every archive of the first scan is `ready` or `failed`. */
  async whenSettled(): Promise<void> {}

  /** Data roots by name, absolute and resolved: what a worker needs beside the snapshot. After `start()`. */
  get dataRoots(): ReadonlyMap<string, string> {
    return new Map()
  }

  /** The cache directory really in use: absolute; undefined when there is none or it is not writable. */
  get cacheDir(): string | undefined {
    return this.#options.cacheDir
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
  async rescan(): Promise<void> {}

  /** A worker saw the archive of `id` change under the descriptor of `revision`: index it anew. */
  noteChanged(_id: string, _revision: number): void {}

  async register(_request: { id?: string; location: StoreLocation; root?: string }): Promise<StoreRecord> {
    throw new Error('not built yet')
  }

  async remove(_id: string): Promise<void> {}

  async close(): Promise<void> {}
}
