// Hints that something below the data roots may have changed. A hint is never the truth (events get lost, and
// network file systems give none): the owner of the registry rescans on a hint and also without one.
import { basename } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { DataRoot } from './data-roots.js'
import { isArchiveName } from './store-id.js'

/** Deepest folder watched; what lies deeper is found by rescans. */
const MAX_WATCHED_DEPTH = 16

export interface HintListener {
  onHint(): void
  /** The system watches no more (out of watches, say): from now on only rescans find changes. */
  onFailure(error: unknown): void
}

export class RootWatcher {
  readonly #watchers: readonly FSWatcher[]

  private constructor(watchers: readonly FSWatcher[]) {
    this.#watchers = watchers
  }

  static start(roots: readonly DataRoot[], listener: HintListener): RootWatcher {
    return new RootWatcher(roots.map(root => watchRoot(root, listener)))
  }

  async close(): Promise<void> {
    await Promise.all(this.#watchers.map(watcher => watcher.close()))
  }
}

function watchRoot(root: DataRoot, listener: HintListener): FSWatcher {
  const watcher = watch(root.path, {
    ignoreInitial: true,
    followSymlinks: false,
    ignorePermissionErrors: true,
    depth: root.only === undefined ? MAX_WATCHED_DEPTH : 0,
    ignored: (path, stats) => path !== root.path && isIgnored(root, path, stats?.isFile() === true),
  })
  watcher.on('all', () => listener.onHint())
  watcher.on('error', error => listener.onFailure(error))
  return watcher
}

function isIgnored(root: DataRoot, path: string, isFile: boolean): boolean {
  const name = basename(path)
  if (root.only !== undefined) return !root.only.has(name)
  return name.startsWith('.') || (isFile && !isArchiveName(name))
}
