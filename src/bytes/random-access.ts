// Random access to the bytes of one archive, wherever it lies. Knows nothing of ZIP.
import type { MaybePromise } from '../memory/maybe-promise.js'

/**
 * What tells one state of a file from another: size in bytes, modification and status change time in nanoseconds
 * (decimal digits, as they exceed 2^53) and inode (decimal digits). Whoever rewrites a file can restore its
 * modification time but not its status change time, which in turn changes by much that leaves the bytes alone.
 */
export interface ByteIdentity {
  readonly size: number
  readonly mtimeNs: string
  readonly ctimeNs: string
  readonly inode: string
}

/** In the order in which a difference is told. */
export const IDENTITY_FIELDS = [
  'size',
  'mtimeNs',
  'inode',
  'ctimeNs',
] as const satisfies readonly (keyof ByteIdentity)[]

/** The first field in which two identities differ; undefined when they are the same. */
export function identityDifference(a: ByteIdentity, b: ByteIdentity): keyof ByteIdentity | undefined {
  return IDENTITY_FIELDS.find(field => a[field] !== b[field])
}

/**
 * Positional reads only: there is no shared seek pointer to race on (a shared pointer is how forked readers
 * got "Bad CRC-32"). Every read answers exactly the bytes asked for, or fails with `STORE_CHANGED` (short read:
 * the file shrank) or `READ_FAILED`. Whether it answers at once or with a promise is decided here and nowhere
 * above; a failure is always a promise that rejects.
 */
export interface RandomAccess {
  readonly size: number
  readonly identity: ByteIdentity
  /** Reads into a fresh buffer, or into `into` when given (its length must be >= length). */
  read(byteOffset: number, byteLength: number, options?: ReadOptions): MaybePromise<Buffer>
  /** Whether such a read would answer at once, if nothing is waited for before. */
  isImmediate(byteLength: number): boolean
  /** The same, blocking: for the pages of directories and index files. Throws. */
  readSync(byteOffset: number, byteLength: number): Buffer
  /** Compares the identity of what is open with what it was at opening; fails with `STORE_CHANGED` if it differs. */
  checkUnchanged(): MaybePromise<void>
  close(): Promise<void>
}

/** Memory of exactly `byteLength` bytes; what is in it is old data. */
export type Allocate = (byteLength: number) => Uint8Array

export interface ReadOptions {
  signal?: AbortSignal | undefined
  into?: Buffer
  /** One of many reads in a row: never on the event loop, however warm the file is. */
  isBulk?: boolean
}
