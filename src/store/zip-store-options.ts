// What a ZipStore is made of.
import type { RandomAccess } from '../bytes/random-access.js'
import type { CacheBudget } from '../memory/lru.js'
import type { ZipIndex } from '../zip/index/zip-index.js'
import type { StoreId } from './keys.js'

export interface ZipStoreOptions {
  readonly id: StoreId
  /** The archive; the store closes it. */
  readonly source: RandomAccess
  /** Told once the archive is found changed. */
  readonly onChanged?: (() => void) | undefined
  /** Its index; the store closes it. */
  readonly index: ZipIndex
  /** Folder of the archive that is the store's root; '' for the archive's own. */
  readonly rootPrefix: string
  readonly maxValueBytes?: number
  /** What the caches of all stores share; absent: a budget of its own. */
  readonly caches?: CacheBudget
}
