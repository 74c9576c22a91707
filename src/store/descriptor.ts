// The descriptor: how to reopen a read-only store in another process, as complete, versioned plain data.
import type { StoreId } from './keys.js'

export const DESCRIPTOR_VERSION = 1

/**
 * Everything another process needs to reopen the store, and nothing else: no handle, no lock, no absolute
 * path (two containers mount the same data elsewhere). Legal only for read-only stores.
 */
export interface StoreDescriptor {
  readonly version: typeof DESCRIPTOR_VERSION
  readonly id: StoreId
  /** Data root by name and the path below it, `/`-separated. */
  readonly location: { readonly root: string; readonly path: string }
  /** Folder inside the archive that is the store's root; '' when it is the archive's own root. */
  readonly rootPrefix: string
  readonly readOnly: true
  /** Format of the root node; null when nothing Zarr lies at the root (implicit groups). */
  readonly zarrFormat: 2 | 3 | null
  /** Tells this state of the archive from any other. Numbers beyond 2^53 are decimal digits. */
  readonly fingerprint: {
    readonly size: number
    readonly mtimeNs: string
    readonly inode: string
    /** The end-of-central-directory record, hex. */
    readonly endRecord: string
  }
  readonly directory: {
    readonly byteOffset: number
    readonly byteLength: number
    /** Directory entries, duplicates included. */
    readonly entryCount: number
  }
  /** The shared index file by name and checksum; null name: no cache directory, each process keeps its own. */
  readonly index: { readonly name: string | null; readonly byteLength: number; readonly crc32: number }
  /** Registry revision that made this descriptor. */
  readonly revision: number
}
