// What the owner of the registry is told.
import type { RegistryLog } from '../registry-log.js'

export interface RegistryServiceOptions {
  /** Archives and folders to serve, as given on the command line. */
  readonly paths: readonly string[]
  /** Where index files go; undefined or not writable: every process keeps its own index in memory. */
  readonly cacheDir?: string | undefined
  /** Where registrations are kept; undefined: registering and removing is refused. */
  readonly stateDir?: string | undefined
  /** Period of the full rescan that backs up the file system's hints. Default 5,000. */
  readonly rescanMs?: number
  /** How long size and mtime must stay as they are before a file is taken as complete. Default 300. */
  readonly settleMs?: number
  /** False: no looks but the one at start and those asked for (tests, `inspect`). Default true. */
  readonly watch?: boolean
  /** Longest silence of the index process before it is replaced. Default 30,000. */
  readonly indexSilenceMs?: number
  readonly log?: RegistryLog
}
