// The registry as its owner holds it: a revisioned set of records. Pure of I/O; every step is one revision.
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { StoreId } from '../../store/keys.js'
import type { RegistryChange, RegistrySnapshot } from '../changes.js'
import type { StoreRecord } from '../stores.js'

/** A record before the registry has given it its revision (and its descriptor, if any, the same one). */
export type NewRecord = Omit<StoreRecord, 'revision'>

interface RegistryEvents {
  change: [RegistryChange]
}

export class Registry extends EventEmitter<RegistryEvents> {
  readonly epoch = randomUUID()
  #revision = 0
  readonly #records = new Map<StoreId, StoreRecord>()

  get revision(): number {
    return this.#revision
  }

  get(id: StoreId): StoreRecord | undefined {
    return this.#records.get(id)
  }

  /** All records in id order. */
  list(): StoreRecord[] {
    return [...this.#records.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Adds or replaces the record of an id. The record and a descriptor made for it carry the new revision. */
  put(record: NewRecord): StoreRecord {
    const revision = ++this.#revision
    const kept = Object.freeze({ ...record, revision })
    this.#records.set(kept.id, kept)
    this.emit('change', { kind: 'put', epoch: this.epoch, revision, record: kept })
    return kept
  }

  /** False when there was no such record; the revision then stays. */
  remove(id: StoreId): boolean {
    if (!this.#records.delete(id)) return false
    const revision = ++this.#revision
    this.emit('change', { kind: 'remove', epoch: this.epoch, revision, id })
    return true
  }

  snapshot(): RegistrySnapshot {
    return { epoch: this.epoch, revision: this.#revision, records: this.list() }
  }

  /** The revision the next `put` will give, for a descriptor that must carry it. */
  get nextRevision(): number {
    return this.#revision + 1
  }
}
