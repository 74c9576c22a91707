// Arrays opened once per open store: metadata is parsed and codecs are resolved for the first request only.
import type { MaybePromise } from '../memory/maybe-promise.js'
import type { NodePath } from '../store/keys.js'
import type { ReadableStore } from '../store/store.js'
import { documentBytes, documentCost } from '../zarr/hierarchy/node-documents.js'
import { ZarrArray } from '../zarr/reading/array.js'
import type { ReadResources } from '../zarr/reading/read-resources.js'
import { PerStoreCache } from './per-store-cache.js'

/**
 * Parsed metadata, resolved codecs and the kernels' tables. Names in it may be parts of the document's text, which
 * they then keep in memory.
 */
const ARRAY_BYTES = 16 * 1024
const BYTES_PER_DOCUMENT_BYTE = 8

export class OpenArrays {
  readonly resources: ReadResources
  readonly #kept: PerStoreCache<ZarrArray>

  constructor(resources: ReadResources) {
    this.resources = resources
    this.#kept = new PerStoreCache<ZarrArray>(resources.caches)
  }

  /** @throws what ZarrArray.open throws */
  open(store: ReadableStore, path: NodePath): MaybePromise<ZarrArray> {
    const { resources } = this
    return this.#kept.load(store, path, {
      make: () =>
        resources.budget.run(documentCost(store, path), () => ZarrArray.open(store, path, { resources })),
      weigh: () => ARRAY_BYTES + BYTES_PER_DOCUMENT_BYTE * documentBytes(store, path),
    })
  }
}
