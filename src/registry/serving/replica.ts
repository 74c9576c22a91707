// A process's own copy of the registry. Applies snapshots and changes in revision order and says when it has
// missed one; pure of I/O, and never empties itself because the other side fell silent.
import type { StoreId } from '../../store/keys.js'
import type { ApplyResult, RegistryChange, RegistrySnapshot } from '../changes.js'
import type { StoreRecord } from '../stores.js'

export class Replica {
  #epoch = ''
  #revision = 0
  #records = new Map<string, StoreRecord>()
  #sorted: readonly StoreRecord[] | undefined

  get revision(): number {
    return this.#revision
  }

  /** Epoch of the snapshot in place; '' before the first one. */
  get epoch(): string {
    return this.#epoch
  }

  get(id: string): StoreRecord | undefined {
    return this.#records.get(id)
  }

  /** All records in id order. */
  list(): readonly StoreRecord[] {
    this.#sorted ??= [...this.#records.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    return this.#sorted
  }

  /** A snapshot older than what is in place (it was overtaken by changes) is left aside: `stale`. */
  applySnapshot(snapshot: RegistrySnapshot): ApplyResult {
    if (snapshot.epoch === this.#epoch && snapshot.revision < this.#revision) return 'stale'
    this.#epoch = snapshot.epoch
    this.#records = new Map<StoreId, StoreRecord>(snapshot.records.map(record => [record.id, record]))
    this.#moveTo(snapshot.revision)
    return 'applied'
  }

  applyChange(change: RegistryChange): ApplyResult {
    if (change.epoch !== this.#epoch || change.revision > this.#revision + 1) return 'gap'
    if (change.revision <= this.#revision) return 'stale'
    if (change.kind === 'put') this.#records.set(change.record.id, change.record)
    else this.#records.delete(change.id)
    this.#moveTo(change.revision)
    return 'applied'
  }

  #moveTo(revision: number): void {
    this.#revision = revision
    this.#sorted = undefined
  }
}
