// Whether an archive holds what was indexed, told by its contents: asked when the system says that something about
// the file changed and not what. A chmod or a new hard link does that, and so does a rewrite that restores the time.
import type { RandomAccess } from '../../bytes/random-access.js'
import { crc32 } from '../../crc32.js'
import { isZipzarrError } from '../../errors.js'
import { findEndRecord } from '../../zip/directory/end-of-central-directory.js'
import type { StoreDescriptor } from './descriptor.js'

/** Read and checked in pieces, between which the event loop turns. */
const PIECE_BYTES = 1024 * 1024

/**
 * Compares end record and central directory, which names every value with its CRC-32. A value whose bytes alone
 * changed is then found by that checksum.
 */
export async function isSameArchive(
  source: RandomAccess,
  { fingerprint, directory }: Pick<StoreDescriptor, 'fingerprint' | 'directory'>,
): Promise<boolean> {
  const found = await findEndRecord(source).catch(ignoreInvalid)
  if (found?.bytes.toString('hex') !== fingerprint.endRecord) return false
  const end = directory.byteOffset + directory.byteLength
  let checksum = 0
  for (let at = directory.byteOffset; at < end; at += PIECE_BYTES)
    checksum = crc32(await source.read(at, Math.min(PIECE_BYTES, end - at), { isBulk: true }), checksum)
  return checksum === directory.crc32
}

/** What was an archive when it was indexed is none any more. */
function ignoreInvalid(error: unknown): undefined {
  if (!isZipzarrError(error) || !error.code.startsWith('ARCHIVE_')) throw error
}
