// Small values that were asked for lately, kept in memory: no read and no checksum for what many clients ask
// again (metadata, coordinates, the tiles in view). Each was verified when it was read.
import type { StoreKey } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { ByteCache } from '../src/zarr/byte-cache.js'

/** For one worker, all stores together. */
const MAX_BYTES = 32 * 1024 * 1024
/** A larger value costs more to send than to read. */
export const MAX_HOT_BYTES = 64 * 1024

/** The buffers are shared: whoever gets one only sends it. */
export class HotValues {
  readonly #values = new ByteCache<Buffer>(MAX_BYTES)
  /** A new state of an archive is another store object, so nothing kept here goes stale. */
  readonly #names = new WeakMap<ReadableStore, string>()
  #count = 0

  get(store: ReadableStore, key: StoreKey): Buffer | undefined {
    const name = this.#names.get(store)
    return name === undefined ? undefined : this.#values.get(name + key)
  }

  set(store: ReadableStore, key: StoreKey, value: Buffer): void {
    if (value.byteLength > MAX_HOT_BYTES) return
    const name = this.#names.get(store) ?? `${this.#count++}/`
    this.#names.set(store, name)
    // In memory of its own: a view would keep the whole block alive that it was read in.
    this.#values.set(name + key, Buffer.from(new Uint8Array(value).buffer), value.byteLength)
  }
}
