// What the ZIP reader accepts at most. Every number an archive declares is held against one of these before
// memory is taken for it.

export interface ZipLimits {
  /** Central directory bytes; it is read as one piece when it is indexed. */
  readonly maxDirectoryByteLength: number
  /** Central directory entries, duplicates included. */
  readonly maxEntries: number
  /** Distinct folders named by the entries. */
  readonly maxFolders: number
}

export const DEFAULT_ZIP_LIMITS: ZipLimits = {
  maxDirectoryByteLength: 512 * 1024 * 1024,
  maxEntries: 8_000_000,
  maxFolders: 8_000_000,
}

/** Longest entry name that becomes a key, in UTF-16 code units; longer names are skipped and counted. */
export const MAX_NAME_LENGTH = 1024

/** Longest value read as a whole; longer ones are read in ranges. */
export const DEFAULT_MAX_VALUE_BYTES = 1024 * 1024 * 1024
