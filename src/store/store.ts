// Zarr's abstract store as the layers above see it: keys to values, byte ranges, listing. Nothing of ZIP.
import type { Allocate } from '../bytes/random-access.js'
import type { MaybePromise } from '../memory/maybe-promise.js'
import type { NodePath, StoreKey } from './keys.js'

/** What the index alone knows of a value; asking for it never reads the value. */
export interface ValueStat {
  /** Bytes of the value as a client gets it (after undoing the archive's own compression). */
  readonly byteLength: number
  /** Bytes it takes in the archive. */
  readonly storedByteLength: number
  /** CRC-32 of the value. */
  readonly crc32: number
  /** True when a byte range can be read without reading the whole value. */
  readonly isStored: boolean
  /**
   * A strong entity tag without quotes, from CRC-32, sizes and method only: the same on every worker and
   * machine, and it survives a re-zip of unchanged chunks.
   */
  readonly tag: string
  /** ZIP compression method (0 stored, 8 deflate, …). */
  readonly method: number
}

/** A half-open part of a value. `suffixLength` counts from the end. Parts reaching past the end are clamped. */
export type ByteRange = { byteOffset: number; byteLength?: number } | { suffixLength: number }

export type { Allocate }

export interface GetOptions {
  signal?: AbortSignal | undefined
  /**
   * Where the memory that a value is read into comes from, if the caller has some. More than the value may be
   * asked for, and the value may be a part of it or, where it had to be inflated, not lie in it at all.
   */
  allocate?: Allocate | undefined
}

/** A value in the archive's own DEFLATE coding: with CRC-32 and length it makes a gzip member without re-compression. */
export interface DeflatedValue {
  /** All of them, or of a large value one piece after the other: a failure on the way is thrown before the last. */
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>
  /** Bytes of them all. */
  readonly storedByteLength: number
  readonly crc32: number
  /** Bytes of the value after inflating. */
  readonly byteLength: number
}

/** The archive file itself, for clients that read ZIP on their own. */
export interface ArchiveBytes {
  readonly byteLength: number
  /** A strong entity tag of this state of the file, without quotes. */
  readonly tag: string
  /** Exactly the bytes asked for. Throws STORE_CHANGED or READ_FAILED. */
  read(byteOffset: number, byteLength: number, options?: GetOptions): Promise<Buffer>
}

/** One child directory of a path in the store, with what lies directly in it. */
export interface DirectoryEntry {
  readonly name: string
  /** Which Zarr metadata documents lie directly inside: any of `zarr.json .zarray .zgroup .zattrs`. */
  readonly metadata: ReadonlySet<string>
}

/** Sums over everything stored below a path. */
export interface SubtreeTotals {
  readonly values: number
  readonly byteLength: number
  readonly storedByteLength: number
  /** Which Zarr metadata documents lie anywhere below the path. */
  readonly metadata: ReadonlySet<string>
}

/**
 * A read-only Zarr store. **Absence is `undefined`, failure is a throw**: `undefined` is said only of keys a
 * completely indexed archive does not hold. All methods throw `STORE_CHANGED` once the archive is no longer
 * the one that was indexed.
 */
export interface ReadableStore {
  readonly id: string
  readonly readOnly: true
  /** Throws STORE_CHANGED once a change was seen; looks at nothing itself. */
  requireUnchanged?(): void
  /** Index look-up; no read of the value. Throws ENTRY_UNSUPPORTED / ENTRY_INVALID for unreadable entries. */
  stat(key: StoreKey): ValueStat | undefined
  /** Whether a value of such sizes would be had at once, by `get`, if nothing is waited for before. */
  isImmediate(stat: ValueStat): boolean
  /**
   * The whole value, verified against its CRC-32. The buffer belongs to the caller. Here and below, what is at hand
   * is answered at once, all else with a promise, and a failure is always a promise that rejects.
   */
  get(key: StoreKey, options?: GetOptions): MaybePromise<Buffer | undefined>
  /** A part of a value (see ByteRange). */
  getRange(key: StoreKey, range: ByteRange, options?: GetOptions): MaybePromise<Buffer | undefined>
  /**
   * The same part by part, in memory that does not grow with it. A value that is asked for whole is verified before
   * its last piece is given out. Ranges of a value that is not stored as it is cost reading all before them.
   */
  getPieces(
    key: StoreKey,
    range: ByteRange,
    options?: Pick<GetOptions, 'signal'>,
  ): AsyncIterable<Buffer> | undefined
  /**
   * The value still deflated, when the archive holds it so, known to inflate to the value; undefined: absent or
   * not deflated.
   */
  getDeflated?(key: StoreKey, options?: GetOptions): MaybePromise<DeflatedValue | undefined>
  /** The archive the store lies in, when it lies in one file. */
  readonly archive?: ArchiveBytes
  /** Child directories directly below `path`, in byte order of their names; cost grows with the answer. */
  listDirectories(path: NodePath): Promise<DirectoryEntry[]>
  /** Which Zarr metadata documents lie directly in `path`; undefined when nothing at all lies below it. */
  metadataAt(path: NodePath): ReadonlySet<string> | undefined
  /** Keys of values directly below `path` (not in sub-directories), unsorted. */
  listKeys(path: NodePath): Iterable<StoreKey>
  totals(path: NodePath): SubtreeTotals
  close(): Promise<void>
}
