// Builds the index of an archive from one bulk read of its central directory. Off the request path: in a
// process of its own, or in slices inside a worker when there is no cache directory. yauzl is not used for
// the walk: it reads 2 pieces an entry (60-100 s a million), loses entries when a 16-bit count has wrapped,
// and ends the whole listing at one bad name; it decodes names and extra fields (entry-name.ts).
import { randomInt } from 'node:crypto'
import type { RandomAccess } from '../bytes/random-access.js'
import { ZipzarrError } from '../errors.js'
import { DirectoryWalk } from './directory-walk.js'
import { type EndRecord, findEndRecord } from './end-of-central-directory.js'
import { type FolderSums, orderFolders, sumFolders, writeFolders } from './folder-section.js'
import { type IndexFacts, indexFacts } from './index-facts.js'
import {
  FLAW_BYTES,
  FLAW_OVERLAP,
  type IndexHeader,
  type IndexSections,
  layOut,
  sealIndex,
} from './index-layout.js'
import { CollidingNamesError, hashEnd, homeSlot } from './key-hash.js'
import { buildKeyTable, type KeyTable, slotCountFor } from './key-table.js'
import { DEFAULT_ZIP_LIMITS, type ZipLimits } from './limits.js'
import { findOverlaps } from './overlaps.js'
import { inSlices, untilDone } from './slices.js'

export interface BuildOptions {
  /** Names remembered per folder, at most 8: the layer above says which (its metadata documents). */
  readonly markedNames?: readonly string[]
  readonly limits?: Partial<ZipLimits>
  /** Entries walked so far, and in all as far as the archive says. */
  readonly onProgress?: (entries: number, totalEntries: number) => void
  readonly signal?: AbortSignal
}

export interface BuiltIndex {
  readonly index: Buffer
  readonly facts: IndexFacts
}

const MAX_SEEDS = 3

/** @throws ZipzarrError ARCHIVE_INVALID, ARCHIVE_UNSUPPORTED, STORE_CHANGED, READ_FAILED */
export async function buildIndex(source: RandomAccess, options: BuildOptions = {}): Promise<BuiltIndex> {
  const limits = { ...DEFAULT_ZIP_LIMITS, ...options.limits }
  const end = await findEndRecord(source)
  requireWithin(end.directoryByteLength, limits.maxDirectoryByteLength, 'central directory bytes')
  if (end.hasZip64) requireWithin(end.declaredEntryCount, limits.maxEntries, 'entries')
  const directory = await source.read(end.directoryByteOffset, end.directoryByteLength)
  const built = await buildOver(directory, { source, end, limits, options })
  // The directory and the end record were read one after the other: both must be of one state of the file.
  await source.checkUnchanged()
  return built
}

interface BuildContext {
  readonly source: RandomAccess
  readonly end: EndRecord
  readonly limits: ZipLimits
  readonly options: BuildOptions
}

async function buildOver(directory: Buffer, context: BuildContext): Promise<BuiltIndex> {
  for (let attempt = 1; ; attempt++) {
    const seed = attempt === 1 ? 0 : randomInt(1, 0x7fffffff)
    try {
      return await buildWithSeed(directory, seed, context)
    } catch (error) {
      if (!(error instanceof CollidingNamesError)) throw error
      if (attempt === MAX_SEEDS)
        throw new ZipzarrError('ARCHIVE_UNSUPPORTED', 'too many entry names collide', { cause: error })
    }
  }
}

async function buildWithSeed(directory: Buffer, seed: number, context: BuildContext): Promise<BuiltIndex> {
  const { end, limits, options } = context
  const { signal, markedNames = [] } = options
  const walk = new DirectoryWalk(directory, { seed, limits, markedNames })
  await untilDone(signal, size => {
    const isMore = walk.step(size)
    options.onProgress?.(walk.count, Math.max(walk.count, end.declaredEntryCount))
    return isMore
  })
  requireCount(walk.count, end)
  const table = await buildKeyTable(walk, signal)
  // Offsets in the directory do not count the bytes before the archive; neither do these.
  const overlaps = await findOverlaps(walk, end.directoryByteOffset - end.prependedByteLength, signal)
  const sums = await sumFolders(walk, signal)
  return assemble({ walk, table, overlaps, sums, seed }, context)
}

/** Without Zip64 the count is kept modulo 65536: archives of more entries are common and whole. */
function requireCount(found: number, end: EndRecord): void {
  const expected = end.declaredEntryCount
  if (found === expected || (!end.hasZip64 && found % 0x10000 === expected)) return
  throw new ZipzarrError(
    'ARCHIVE_INVALID',
    `the end record counts ${expected} entries, its central directory holds ${found}`,
  )
}

interface Parts {
  readonly walk: DirectoryWalk
  readonly table: KeyTable
  readonly overlaps: readonly number[]
  readonly sums: FolderSums
  readonly seed: number
}

async function assemble(parts: Parts, context: BuildContext): Promise<BuiltIndex> {
  const { walk, sums, overlaps } = parts
  const { signal, markedNames = [] } = context.options
  const header: IndexHeader = {
    numbers: headerNumbers(parts, context),
    identity: context.source.identity,
    endRecord: context.end.bytes,
    markedNames,
  }
  const sections = layOut(header.numbers)
  const index = Buffer.alloc(sections.end)
  await writeKeySlots(index, sections, parts, signal)
  const order = orderFolders(walk.folders.parent, walk.folders.count)
  writeFolderSlots(index, sections, { walk, placeOf: order.placeOf })
  writeFolders(index, sections, { walk, sums, order })
  walk.folders.names.copy(index, sections.names, 0, walk.folders.namesLength)
  overlaps.forEach((recordOffset, i) => {
    index.writeUInt32LE(recordOffset, sections.flaws + i * FLAW_BYTES)
    index.writeUInt32LE(FLAW_OVERLAP, sections.flaws + i * FLAW_BYTES + 4)
  })
  const crc32 = sealIndex(index, header, sections)
  return { index, facts: indexFacts(header, { byteLength: index.length, crc32 }) }
}

function headerNumbers(parts: Parts, context: BuildContext): IndexHeader['numbers'] {
  const { walk, table, sums } = parts
  const { end, source } = context
  return {
    archiveByteLength: source.size,
    directoryByteOffset: end.directoryByteOffset,
    directoryByteLength: end.directoryByteLength,
    endRecordByteOffset: end.endRecordByteOffset,
    prependedByteLength: end.prependedByteLength,
    // Negative when the comment is longer than the file: then nothing trails.
    trailingByteLength: Math.max(0, end.trailingByteLength),
    commentByteLength: end.comment.length,
    hasZip64: end.hasZip64 ? 1 : 0,
    entryCount: walk.count,
    keyCount: walk.keyCandidateCount - table.duplicateCount,
    duplicateCount: table.duplicateCount,
    folderEntryCount: walk.folderEntryCount,
    junkCount: walk.junkCount,
    invalidNameCount: walk.invalidNameCount,
    overlapCount: parts.overlaps.length,
    storedCount: sums.methods.stored,
    deflatedCount: sums.methods.deflated,
    otherMethodCount: sums.methods.other,
    folderCount: walk.folders.count,
    nameByteLength: walk.folders.namesLength,
    keySlotCount: table.slots.length,
    folderSlotCount: slotCountFor(walk.folders.count),
    seed: parts.seed,
  }
}

async function writeKeySlots(
  index: Buffer,
  sections: IndexSections,
  parts: Parts,
  signal?: AbortSignal,
): Promise<void> {
  const { keyHash, recordOffset } = parts.walk
  const { slots } = parts.table
  const view = new DataView(index.buffer, index.byteOffset + sections.keys)
  await inSlices(slots.length, signal, (from, to) => {
    for (let slot = from; slot < to; slot++) {
      const entry = slots[slot]! - 1
      if (entry < 0) continue
      view.setUint32(slot * 8, keyHash[entry]!, true)
      view.setUint32(slot * 8 + 4, recordOffset[entry]! + 1, true)
    }
  })
}

function writeFolderSlots(
  index: Buffer,
  sections: IndexSections,
  made: { walk: DirectoryWalk; placeOf: Uint32Array },
): void {
  const { count, state } = made.walk.folders
  const slotCount = slotCountFor(count)
  for (let folder = 0; folder < count; folder++) {
    const hash = hashEnd(state[folder]!)
    let slot = homeSlot(hash, slotCount)
    while (index.readUInt32LE(sections.folders + slot * 8 + 4) !== 0)
      slot = slot + 1 === slotCount ? 0 : slot + 1
    index.writeUInt32LE(hash, sections.folders + slot * 8)
    index.writeUInt32LE(made.placeOf[folder]! + 1, sections.folders + slot * 8 + 4)
  }
}

function requireWithin(actual: number, limit: number, what: string): void {
  if (actual <= limit) return
  throw new ZipzarrError('ARCHIVE_UNSUPPORTED', `the archive has ${actual} ${what}, the limit is ${limit}`, {
    facts: { limit, actual },
  })
}
