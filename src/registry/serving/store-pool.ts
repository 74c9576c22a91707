// A worker's side of the registry: its replica of the records and the stores it has open. Opens from
// descriptors only, on first use, at most once at a time, and never asks another process while serving.
import { isZipzarrError, ZipzarrError } from '../../errors.js'
import type { MaybePromise } from '../../memory/maybe-promise.js'
import { SingleFlight } from '../../memory/single-flight.js'
import type { StoreDescriptor } from '../../store/descriptor/descriptor.js'
import { reopenStore } from '../../store/descriptor/reopen.js'
import type { StoreId } from '../../store/keys.js'
import type { ApplyResult, RegistryChange, RegistrySnapshot } from '../changes.js'
import type { StoreLease, StoreRecord, Stores } from '../stores.js'
import { isSameVersion, KnownFaults } from './known-faults.js'
import { type DescriptorVersion, OpenStore } from './open-store.js'
import { Replica } from './replica.js'
import type { StorePoolOptions } from './store-pool-options.js'

export type { StorePoolOptions }

const DEFAULT_CHECK_INTERVAL_MS = 1000

/** Opens that lose a race against a change of their record are tried again this often. */
const MAX_OPEN_ATTEMPTS = 3

export class StorePool implements Stores {
  readonly #options: StorePoolOptions
  readonly #replica = new Replica()
  /** Least recently used first. */
  readonly #open = new Map<StoreId, OpenStore>()
  #newest: OpenStore | undefined
  readonly #opening = new SingleFlight<OpenStore | undefined>()
  readonly #faults: KnownFaults
  #isClosed = false

  constructor(options: StorePoolOptions) {
    this.#options = options
    this.#faults = new KnownFaults(options.checkIntervalMs ?? DEFAULT_CHECK_INTERVAL_MS)
  }

  get revision(): number {
    return this.#replica.revision
  }

  /** Epoch of the snapshot in place; '' before the first one. */
  get epoch(): string {
    return this.#replica.epoch
  }

  /** Stores open now: for metrics and the budget of file descriptors. */
  get openCount(): number {
    return this.#open.size
  }

  applySnapshot(snapshot: RegistrySnapshot): void {
    if (this.#replica.applySnapshot(snapshot) !== 'applied') return
    for (const id of new Set([...this.#open.keys(), ...this.#faults.ids()])) this.#dropIfReplaced(id)
  }

  /** `gap`: ask the owner for a snapshot; what is in place goes on being served meanwhile. */
  applyChange(change: RegistryChange): ApplyResult {
    const result = this.#replica.applyChange(change)
    if (result === 'applied') this.#dropIfReplaced(change.kind === 'put' ? change.record.id : change.id)
    return result
  }

  list(): readonly StoreRecord[] {
    return this.#replica.list()
  }

  get(id: string): StoreRecord | undefined {
    return this.#replica.get(id)
  }

  lease(id: string): MaybePromise<StoreLease> {
    const open = this.#open.get(id as StoreId)
    const lease = open && this.#leaseIfCurrent(open, id as StoreId)
    return lease ?? this.#openAndLease(id)
  }

  async #openAndLease(id: string): Promise<StoreLease> {
    for (let attempt = 0; attempt < MAX_OPEN_ATTEMPTS; attempt++) {
      const { record, descriptor } = this.#servable(id)
      const open = this.#open.get(record.id) ?? (await this.#openOnce(record.id, descriptor))
      const lease = open && this.#leaseIfCurrent(open, record.id)
      if (lease !== undefined) return lease
    }
    throw new ZipzarrError(
      'STORE_UNAVAILABLE',
      `the archive of store ${id} changed at every attempt to open it`,
    )
  }

  /** Closes every store; those under a lease when it is released. */
  async close(): Promise<void> {
    this.#isClosed = true
    const idle = [...this.#open.values()].filter(open => !open.isLeased)
    for (const [id, open] of this.#open) this.#retire(id, open)
    await Promise.all(idle.map(open => open.retire()))
  }

  /** The record and descriptor to serve from, or the error that says why there is none. */
  #servable(id: string): { record: StoreRecord; descriptor: StoreDescriptor } {
    if (this.#isClosed) throw new ZipzarrError('STORE_UNAVAILABLE', 'the service is closing')
    const record = this.#replica.get(id)
    if (record === undefined) throw new ZipzarrError('STORE_NOT_FOUND', `no store ${id}`, { facts: { id } })
    if (record.state === 'failed') {
      const { code, message } = record.error ?? { code: 'STORE_UNAVAILABLE', message: 'it failed' }
      throw new ZipzarrError(code, message, { facts: { id } })
    }
    const { descriptor } = record
    if (descriptor === undefined) {
      throw new ZipzarrError('STORE_INDEXING', `store ${id} is being indexed`, {
        facts: { ...record.progress },
      })
    }
    if (this.#faults.isOutdated(record.id, this.#versionOf(descriptor))) throw changed(id)
    return { record, descriptor }
  }

  #leaseIfCurrent(open: OpenStore, id: StoreId): StoreLease | undefined {
    const record = this.#replica.get(id)
    if (record?.descriptor === undefined || record.state === 'failed') return undefined
    if (!isSameVersion(open.version, this.#versionOf(record.descriptor)) || this.#open.get(id) !== open)
      return undefined
    this.#touch(id, open)
    if (open.isCheckDue(performance.now(), this.#options.checkIntervalMs ?? DEFAULT_CHECK_INTERVAL_MS))
      void this.#check(id, open)
    return open.lease(record)
  }

  /** Everybody who wants a store while it is being opened waits for the same open; a failed one is forgotten. */
  #openOnce(id: StoreId, descriptor: StoreDescriptor): MaybePromise<OpenStore | undefined> {
    const key = `${id} ${descriptor.revision} ${this.#replica.epoch}`
    return this.#opening.once(key, () => this.#openNew(id, descriptor))
  }

  /** Undefined when the record has moved on while its store was being opened. */
  async #openNew(id: StoreId, descriptor: StoreDescriptor): Promise<OpenStore | undefined> {
    const version = this.#versionOf(descriptor)
    const outdate = () => this.#outdate(id, version)
    try {
      const store = await reopenStore(descriptor, {
        dataRoots: this.#options.dataRoots,
        cacheDir: this.#faults.isDamaged(id, version) ? undefined : this.#options.cacheDir,
        onIndexDamaged: () => this.#distrustIndex(id, version),
        deadlineMs: this.#options.openDeadlineMs ?? 5000,
        caches: this.#options.caches,
        onChanged: outdate,
      })
      const open = new OpenStore(store, version, performance.now())
      if (this.#keep(id, open)) return open
      await open.retire()
      return undefined
    } catch (error) {
      if (isZipzarrError(error) && error.code === 'STORE_CHANGED') outdate()
      throw error
    }
  }

  /** Puts a store just opened among the open ones, unless its record has moved on meanwhile. */
  #keep(id: StoreId, open: OpenStore): boolean {
    const record = this.#replica.get(id)
    if (this.#isClosed || record?.descriptor === undefined) return false
    if (!isSameVersion(open.version, this.#versionOf(record.descriptor))) return false
    this.#touch(id, open)
    // Whoever waited for this open gets a lease before anybody may close it again.
    const hold = open.lease(record)
    setImmediate(() => hold.release())
    this.#closeSurplus()
    return true
  }

  #closeSurplus(): void {
    let surplus = this.#open.size - (this.#options.maxOpenStores ?? 256)
    for (const [id, open] of this.#open) {
      if (surplus <= 0) return
      if (open.isLeased) continue
      this.#retire(id, open)
      surplus--
    }
  }

  /** A changed archive is told of by `onChanged`; any other trouble is for the next read to meet. */
  async #check(id: string, open: OpenStore): Promise<void> {
    try {
      await open.store.checkUnchanged()
    } catch (error) {
      this.#options.log?.warn({ id, err: error }, 'store check failed')
    }
  }

  /** The archive is not the one of this descriptor any more: nothing is served from it, and its owner is told. */
  #outdate(id: StoreId, version: DescriptorVersion): void {
    if (!this.#faults.noteOutdated(id, version)) return
    this.#retireVersion(id, version)
    this.#options.onChanged?.(id, version.revision)
  }

  /** From now on the store is opened without the file. One that is being opened makes its index in memory. */
  #distrustIndex(id: StoreId, version: DescriptorVersion): void {
    if (!this.#faults.noteDamaged(id, version)) return
    this.#retireVersion(id, version)
    this.#options.onIndexDamaged?.(id, version.revision)
  }

  #retireVersion(id: StoreId, version: DescriptorVersion): void {
    const open = this.#open.get(id)
    if (open !== undefined && isSameVersion(open.version, version)) this.#retire(id, open)
  }

  /** Closes and forgets what belongs to a descriptor that is no longer the record's. */
  #dropIfReplaced(id: StoreId): void {
    const descriptor = this.#replica.get(id)?.descriptor
    const current = descriptor && this.#versionOf(descriptor)
    this.#faults.keepOnly(id, current)
    const open = this.#open.get(id)
    if (open !== undefined && !(current && isSameVersion(open.version, current))) this.#retire(id, open)
  }

  /** A Map keeps the order of insertion: what is used moves to the end. */
  #touch(id: StoreId, open: OpenStore): void {
    if (this.#newest === open) return
    this.#open.delete(id)
    this.#open.set(id, open)
    this.#newest = open
  }

  #retire(id: StoreId, open: OpenStore): void {
    if (this.#open.get(id) === open) this.#open.delete(id)
    if (this.#newest === open) this.#newest = undefined
    open.retire().catch(error => this.#options.log?.warn({ err: error, id }, 'closing a store failed'))
  }

  #versionOf({ revision }: StoreDescriptor): DescriptorVersion {
    return { epoch: this.#replica.epoch, revision }
  }
}

function changed(id: string): ZipzarrError {
  return new ZipzarrError('STORE_CHANGED', `the archive of store ${id} changed and is being indexed anew`)
}
