// Arrays opened once per open store: metadata is parsed and codecs are resolved for the first request only.
import type { NodePath } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { ZarrArray } from '../src/zarr/array.js'
import type { ReadResources } from '../src/zarr/read-resources.js'

const MAX_ARRAYS_PER_STORE = 256

/** Arrays by store and path. A store never changes under its descriptor; a new state is another store object. */
export class OpenArrays {
  readonly resources: ReadResources
  readonly #byStore = new WeakMap<ReadableStore, Map<NodePath, Promise<ZarrArray>>>()

  constructor(resources: ReadResources) {
    this.resources = resources
  }

  /** Opened at most once at a time; a failure is never kept. @throws what ZarrArray.open throws */
  open(store: ReadableStore, path: NodePath): Promise<ZarrArray> {
    const arrays = this.#byStore.get(store) ?? new Map<NodePath, Promise<ZarrArray>>()
    this.#byStore.set(store, arrays)
    const present = arrays.get(path)
    if (present !== undefined) return present
    const array = ZarrArray.open(store, path, { resources: this.resources })
    array.catch(() => arrays.delete(path))
    if (arrays.size >= MAX_ARRAYS_PER_STORE) arrays.delete(arrays.keys().next().value as NodePath)
    arrays.set(path, array)
    return array
  }
}
