// An archive and its index belong together: identity, and the end record's bytes.
import { createHash } from 'node:crypto'
import { identityDifference, type RandomAccess } from '../bytes/random-access.js'
import { ZipzarrError } from '../errors.js'
import type { IndexFacts } from '../zip/index/index-facts.js'

const END_RECORD_BYTES = 22

/** @throws ZipzarrError STORE_CHANGED, READ_FAILED: the index is not that of the archive */
export async function requireIndexed(source: RandomAccess, facts: IndexFacts): Promise<void> {
  await source.checkUnchanged()
  requireSameArchive(source, facts)
  const expected = Buffer.from(facts.endRecord, 'hex').subarray(0, END_RECORD_BYTES)
  const found = await source.read(facts.endRecordByteOffset, expected.length)
  if (!found.equals(expected)) throw changed('its end of central directory record is another one')
}

/** Unlike a value's, this tag is of one state of one file: ranges of it must never be mixed with another's. */
export function archiveTag(facts: IndexFacts): string {
  const { size, mtimeNs, ctimeNs, inode } = facts.identity
  const hash = createHash('sha256').update([size, mtimeNs, ctimeNs, inode, facts.endRecord].join('\n'))
  return hash.digest('hex').slice(0, 32)
}

function requireSameArchive(source: RandomAccess, facts: IndexFacts): void {
  const field = identityDifference(source.identity, facts.identity)
  if (field !== undefined)
    throw changed(`${field} was ${facts.identity[field]} when it was indexed, now ${source.identity[field]}`)
}

function changed(what: string): ZipzarrError {
  return new ZipzarrError('STORE_CHANGED', `the archive is not the one that was indexed: ${what}`)
}
