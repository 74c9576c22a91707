// What the registry says of each archive that its owner follows: one record, told anew only when it is news.
import { describeStore } from '../../store/descriptor/describe.js'
import { locationKey } from '../discovery/store-id.js'
import type { IndexedArchive } from '../indexing/index-archive.js'
import type { StoreRecord } from '../stores.js'
import type { NewRecord, Registry } from './registry.js'
import type { TrackedArchive } from './tracked-archive.js'

export class ArchiveRecords {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  ready(archive: TrackedArchive, indexed: IndexedArchive): StoreRecord {
    const { id, location } = archive
    const { contents, isNew: _, ...described } = indexed
    const descriptor = describeStore({ id, location, ...described, revision: this.#registry.nextRevision })
    return this.#registry.put({ id, location, state: 'ready', descriptor, contents })
  }

  /**
   * True when that is news. The descriptor in place stays while a changed archive is being indexed: its old
   * bytes may still be open.
   */
  put(archive: TrackedArchive, state: 'indexing' | 'failed', more: Partial<NewRecord> = {}): boolean {
    const { id, location } = archive
    const before = this.#registry.get(id)
    const isSame = before?.state === state && before.error?.message === more.error?.message
    if (isSame && more.progress === undefined) return false
    const descriptor = state === 'failed' ? undefined : before?.descriptor
    this.#registry.put({ id, location, state, ...(descriptor === undefined ? {} : { descriptor }), ...more })
    return true
  }

  /** False when nothing was said of it. */
  remove(archive: TrackedArchive): boolean {
    return this.#isTold(archive) && this.#registry.remove(archive.id)
  }

  /** An id may be on its way from one archive to another: the record tells whose it is. */
  #isTold(archive: TrackedArchive): boolean {
    const record = this.#registry.get(archive.id)
    return record !== undefined && locationKey(record.location) === locationKey(archive.location)
  }
}
