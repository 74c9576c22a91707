// A store whose reads a test can count, delay, fail or falsify. Nothing of it can be had at once, as when its disk
// is slow.
import type { MaybePromise } from '../../src/memory/maybe-promise.js'
import type { StoreKey } from '../../src/store/keys.js'
import type { GetOptions, ReadableStore } from '../../src/store/store.js'

type Bytes = Buffer | undefined

/** Stands for every read of a value; `read` is the read itself. */
export type AroundRead = (
  key: StoreKey,
  read: () => MaybePromise<Bytes>,
  options: GetOptions,
) => MaybePromise<Bytes>

export function watched<Store extends ReadableStore>(store: Store, around: AroundRead): Store {
  const members: Partial<ReadableStore> = {
    isImmediate: () => false,
    get: async (key, options = {}) => around(key, () => store.get(key, options), options),
    getRange: async (key, range, options = {}) =>
      around(key, () => store.getRange(key, range, options), options),
  }
  return new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(members, name)
      if (own !== undefined) return own
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
