// Random access to the bytes of one archive, wherever it lies. Knows nothing of ZIP.

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
 * got "Bad CRC-32"). Every read answers exactly the bytes asked for or throws `STORE_CHANGED` (short read:
 * the file shrank) or `READ_FAILED`.
 */
export interface RandomAccess {
  readonly size: number
  readonly identity: ByteIdentity
  /** Reads into a fresh buffer, or into `into` when given (its length must be >= length). */
  read(byteOffset: number, byteLength: number, options?: ReadOptions): Promise<Buffer>
  /** The same, blocking: for small reads of a warm local file. */
  readSync(byteOffset: number, byteLength: number, options?: ReadOptions): Buffer
  /** Compares the identity of what is open with what it was at opening; throws `STORE_CHANGED` if it differs. */
  checkUnchanged(): Promise<void>
  /** The same, blocking. */
  checkUnchangedSync(): void
  close(): Promise<void>
}

/** Memory of exactly `byteLength` bytes; what is in it is old data. */
export type Allocate = (byteLength: number) => Uint8Array

export interface ReadOptions {
  signal?: AbortSignal
  into?: Buffer
}
