// One open store of a worker and the leases on it: it is closed when it is retired *and* nobody uses it.
import type { MaybePromise } from '../../memory/maybe-promise.js'
import type { ReadableStore } from '../../store/store.js'
import type { StoreLease, StoreRecord } from '../stores.js'

/** A store that can be asked whether its archive is still the one it was opened on. */
export interface CheckableStore extends ReadableStore {
  /** @throws ZipzarrError STORE_CHANGED */
  checkUnchanged(): MaybePromise<void>
}

/** Tells one descriptor of a store from another. */
export interface DescriptorVersion {
  /** Life of the registry that the revision belongs to. */
  readonly epoch: string
  readonly revision: number
}

export class OpenStore {
  readonly store: CheckableStore
  /** The descriptor it was opened from. */
  readonly version: DescriptorVersion
  #leases = 0
  #checkedAtMs: number
  #onIdle: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(store: CheckableStore, version: DescriptorVersion, nowMs: number) {
    this.store = store
    this.version = version
    this.#checkedAtMs = nowMs
  }

  get isLeased(): boolean {
    return this.#leases > 0
  }

  lease(record: StoreRecord): StoreLease {
    this.#leases++
    let isReleased = false
    const release = () => {
      if (isReleased) return
      isReleased = true
      this.#leases--
      if (this.#leases === 0) this.#onIdle?.()
    }
    return { store: this.store, record, release }
  }

  /** Closes the store once nobody leases it; resolved when that is done. No lease may be taken any more. */
  retire(): Promise<void> {
    this.#closed ??= this.#whenIdle().then(() => this.store.close())
    return this.#closed
  }

  /** True at most once per interval, for the one caller that shall compare the store with its archive. */
  isCheckDue(nowMs: number, intervalMs: number): boolean {
    if (nowMs - this.#checkedAtMs < intervalMs) return false
    this.#checkedAtMs = nowMs
    return true
  }

  #whenIdle(): Promise<void> {
    if (this.#leases === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#onIdle = resolve
    })
  }
}
