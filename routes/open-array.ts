// Arrays opened once per open store: metadata is parsed and codecs are resolved for the first request only.
import type { NodePath } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { ZarrArray } from '../src/zarr/array.js'
import type { ReadResources } from '../src/zarr/read-resources.js'
import { KeptPerStore } from './kept-per-store.js'

const MAX_ARRAYS_PER_STORE = 256

export class OpenArrays {
  readonly resources: ReadResources
  readonly #kept = new KeptPerStore<ZarrArray>(MAX_ARRAYS_PER_STORE)

  constructor(resources: ReadResources) {
    this.resources = resources
  }

  /** @throws what ZarrArray.open throws */
  open(store: ReadableStore, path: NodePath): Promise<ZarrArray> {
    return this.#kept.get(store, path, () => ZarrArray.open(store, path, { resources: this.resources }))
  }
}
