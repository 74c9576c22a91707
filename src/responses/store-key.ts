// One key of a store as a response: its value, or a document that is made because clients look for one there.
import type { Config } from '../config.js'
import { ZipzarrError } from '../errors.js'
import { mediaTypeOfKey } from '../http/media-types.js'
import type { CacheBudget } from '../memory/lru.js'
import { type MaybePromise, then } from '../memory/maybe-promise.js'
import type { SlabPool } from '../memory/slab-pool.js'
import { stopOf } from '../plugins/client.js'
import { type NodePath, parseStoreKey, type StoreKey } from '../store/keys.js'
import type { ReadableStore, ValueStat } from '../store/store.js'
import { documentResponse } from './documents/document-response.js'
import { mayBeMade, synthesisedDocument } from './documents/synthesised.js'
import { PerStoreCache } from './per-store-cache.js'
import type { RequestContext } from './request-context.js'
import type { Response } from './response.js'
import { type ValueHead, valueHead, valueResponse } from './value.js'

/** What a kept head takes beside its texts: arrays and the place in the cache. */
const HEAD_BYTES = 1024

/** One object for all: sparse arrays ask for many absent chunks, and a stack trace each would cost the most. */
const KEY_ABSENT = new ZipzarrError('KEY_NOT_FOUND', 'the store holds no such key')

export interface StoreKeysOptions {
  readonly config: Config
  readonly caches: CacheBudget
  readonly slabPool: SlabPool
}

/** A value that was looked up, under the URL without its query. */
interface KnownValue {
  readonly head: ValueHead
  readonly name: string
  readonly isAskedAgain: boolean
}

export class StoreKeys {
  readonly #config: Config
  readonly #slabPool: SlabPool
  readonly #documents: PerStoreCache<string | undefined>
  readonly #heads: PerStoreCache<ValueHead>
  readonly #bodies: PerStoreCache<Uint8Array>

  constructor({ config, caches, slabPool }: StoreKeysOptions) {
    this.#config = config
    this.#slabPool = slabPool
    this.#documents = new PerStoreCache(caches)
    this.#heads = new PerStoreCache(caches)
    this.#bodies = new PerStoreCache(config.valueCacheBytes)
  }

  /**
   * Undefined: the path is a folder of the store and no key.
   * @throws ZipzarrError INVALID_KEY, KEY_NOT_FOUND, PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE; read failures reject
   */
  respond(context: RequestContext, store: ReadableStore, path: string): MaybePromise<Response | undefined> {
    const { url, query } = context.request
    const isConsolidated = (query as { consolidated?: string }).consolidated === 'true'
    const queryStart = url.indexOf('?')
    const name = queryStart < 0 ? url : url.slice(0, queryStart)
    const head = isConsolidated ? undefined : this.#heads.get(store, name)
    if (head === undefined)
      return this.#lookUp(context, store, { key: parseStoreKey(path), name, isConsolidated })
    // What is kept is not looked up again, so whether the archive changed is asked here.
    store.requireUnchanged?.()
    return this.#value(context, store, { head, name, isAskedAgain: true })
  }

  #lookUp(
    context: RequestContext,
    store: ReadableStore,
    asked: { readonly key: StoreKey; readonly name: string; readonly isConsolidated: boolean },
  ): MaybePromise<Response | undefined> {
    const { key, name, isConsolidated } = asked
    const stat = store.stat(key)
    const stored = (): MaybePromise<Response | undefined> => {
      if (stat !== undefined) {
        return this.#value(context, store, {
          head: this.#keepHead(store, { key, stat, name }),
          name,
          isAskedAgain: false,
        })
      }
      if (store.metadataAt(key as string as NodePath) !== undefined) return undefined
      throw KEY_ABSENT
    }
    if (!mayBeMade(key) || (stat !== undefined && !isConsolidated)) return stored()
    const made = synthesisedDocument(store, key, { isAsked: isConsolidated, documents: this.#documents })
    const { cacheControl } = this.#config
    const head = ['zarr-key-stored', 'false']
    return then(made, text =>
      text === undefined ? stored() : documentResponse(context.request, text, { cacheControl, head }),
    )
  }

  #keepHead(
    store: ReadableStore,
    { key, stat, name }: { readonly key: StoreKey; readonly stat: ValueStat; readonly name: string },
  ): ValueHead {
    const { cacheControl } = this.#config
    const head = valueHead(key, stat, { mediaType: mediaTypeOfKey(key), cacheControl })
    this.#heads.set(store, name, head, HEAD_BYTES + 2 * name.length)
    return head
  }

  #value(
    { request, reply }: RequestContext,
    store: ReadableStore,
    { head, name, isAskedAgain }: KnownValue,
  ): MaybePromise<Response> {
    return valueResponse(head, request, {
      store,
      slabPool: this.#slabPool,
      maxInflatedBytes: this.#config.maxResponseBytes,
      stop: stopOf(reply),
      bodies: { kept: this.#bodies, name, isAskedAgain },
    })
  }
}
