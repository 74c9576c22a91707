// Builds the index of an archive from one bulk read of its central directory. Off the request path: in a
// process of its own, or in slices inside a worker when there is no cache directory. yauzl is not used for
// the walk: it reads 2 pieces an entry (60-100 s a million), loses entries when a 16-bit count has wrapped,
// and ends the whole listing at one bad name; it decodes names and extra fields (entry-name.ts).
import { randomInt } from 'node:crypto'
import { endianness } from 'node:os'
import type { RandomAccess } from '../../bytes/random-access.js'
import { crc32 } from '../../crc32.js'
import { ZipzarrError } from '../../errors.js'
import { DirectoryWalk } from '../directory/directory-walk.js'
import { type EndRecord, findEndRecord } from '../directory/end-of-central-directory.js'
import { CollidingNamesError } from '../directory/key-hash.js'
import { DEFAULT_ZIP_LIMITS, type ZipLimits } from '../directory/limits.js'
import { writeFolders } from './folder-section.js'
import { type IndexFacts, indexFacts } from './index-facts.js'
import {
  FLAW_BYTES,
  FLAW_OVERLAP,
  type IndexHeader,
  type IndexSections,
  layOut,
  NAME_PROBLEM_COUNTS,
  type NameProblemCount,
  sealIndex,
} from './index-layout.js'
import { buildKeyTable, type KeyTable, slotCountFor } from './key-table.js'
import { findOverlaps } from './overlaps.js'
import { pause, untilDone } from './slices.js'

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
const PIECE_BYTES = 4 * 1024 * 1024

/** @throws ZipzarrError ARCHIVE_INVALID, ARCHIVE_UNSUPPORTED, STORE_CHANGED, READ_FAILED */
export async function buildIndex(source: RandomAccess, options: BuildOptions = {}): Promise<BuiltIndex> {
  const limits = { ...DEFAULT_ZIP_LIMITS, ...options.limits }
  const end = await findEndRecord(source)
  requireWithin(end.directoryByteLength, limits.maxDirectoryByteLength, 'central directory bytes')
  if (end.hasZip64) requireWithin(end.declaredEntryCount, limits.maxEntries, 'entries')
  const built = await buildWithSeeds({ source, end, limits, options })
  // The directory was read piece by piece: all of it must be of one state of the file.
  await source.checkUnchanged()
  return built
}

interface BuildContext {
  readonly source: RandomAccess
  readonly end: EndRecord
  readonly limits: ZipLimits
  readonly options: BuildOptions
}

async function buildWithSeeds(context: BuildContext): Promise<BuiltIndex> {
  for (let attempt = 1; ; attempt++) {
    const seed = attempt === 1 ? 0 : randomInt(1, 0x7fffffff)
    try {
      return await buildWithSeed(seed, context)
    } catch (error) {
      if (!(error instanceof CollidingNamesError)) throw error
      if (attempt === MAX_SEEDS)
        throw new ZipzarrError('ARCHIVE_UNSUPPORTED', 'too many entry names collide', { cause: error })
    }
  }
}

async function buildWithSeed(seed: number, context: BuildContext): Promise<BuiltIndex> {
  const { end, options } = context
  const { walk, directoryCrc32 } = await walkDirectory(seed, context)
  requireCount(walk.count, end)
  const table = await buildKeyTable(walk, options.signal)
  // Offsets in the directory do not count the bytes before the archive; neither do these.
  const overlaps = await findOverlaps(walk, end.directoryByteOffset - end.prependedByteLength, options.signal)
  return assemble({ walk, directoryCrc32, table, overlaps, seed }, context)
}

/** Each piece of the directory is walked while the next one is being read. */
async function walkDirectory(
  seed: number,
  context: BuildContext,
): Promise<Pick<IndexParts, 'walk' | 'directoryCrc32'>> {
  const { source, end, limits, options } = context
  const { signal, markedNames = [] } = options
  const length = end.directoryByteLength
  const directory = Buffer.allocUnsafeSlow(length)
  const walk = new DirectoryWalk(directory, { seed, limits, markedNames })
  const readPiece = (from: number) => {
    const to = Math.min(length, from + PIECE_BYTES)
    const into = directory.subarray(from, to)
    return source.read(end.directoryByteOffset + from, to - from, { into, isBulk: true })
  }
  let next = readPiece(0)
  let directoryCrc32 = 0
  for (let available = 0; available < length; ) {
    const piece = await next
    directoryCrc32 = crc32(piece, directoryCrc32)
    available += piece.length
    if (available < length) {
      next = readPiece(available)
      // Reported where it is awaited, unless the walk fails before.
      if (next instanceof Promise) next.catch(() => undefined)
    }
    await untilDone(signal, size => {
      const isMore = walk.step(size, available)
      options.onProgress?.(walk.count, Math.max(walk.count, end.declaredEntryCount))
      return isMore
    })
  }
  return { walk, directoryCrc32 }
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

interface IndexParts {
  readonly walk: DirectoryWalk
  readonly directoryCrc32: number
  readonly table: KeyTable
  readonly overlaps: readonly number[]
  readonly seed: number
}

async function assemble(parts: IndexParts, context: BuildContext): Promise<BuiltIndex> {
  const { walk, table, overlaps } = parts
  const { markedNames = [], signal } = context.options
  const header: IndexHeader = {
    numbers: headerNumbers(parts, context),
    identity: context.source.identity,
    endRecord: context.end.bytes,
    markedNames,
  }
  const sections = layOut(header.numbers)
  const index = Buffer.alloc(sections.end)
  writeSlots(index, sections, table)
  await writeFolders(index, sections, { walk, signal })
  overlaps.forEach((recordOffset, i) => {
    index.writeUInt32LE(recordOffset, sections.flaws + i * FLAW_BYTES)
    index.writeUInt32LE(FLAW_OVERLAP, sections.flaws + i * FLAW_BYTES + 4)
  })
  await pause(signal)
  const checksum = sealIndex(index, header, sections)
  return { index, facts: indexFacts(header, { byteLength: index.length, crc32: checksum }) }
}

function headerNumbers(parts: IndexParts, context: BuildContext): IndexHeader['numbers'] {
  const { walk, table } = parts
  const { end, source } = context
  return {
    archiveByteLength: source.size,
    directoryByteOffset: end.directoryByteOffset,
    directoryByteLength: end.directoryByteLength,
    directoryCrc32: parts.directoryCrc32,
    endRecordByteOffset: end.endRecordByteOffset,
    prependedByteLength: end.prependedByteLength,
    // Negative when the comment is longer than the file: then nothing trails.
    trailingByteLength: Math.max(0, end.trailingByteLength),
    commentByteLength: end.comment.length,
    hasZip64: end.hasZip64 ? 1 : 0,
    entryCount: walk.count,
    keyCount: walk.keyCount,
    duplicateCount: table.duplicateCount,
    folderEntryCount: walk.folderEntryCount,
    litterCount: walk.litterCount,
    ...(Object.fromEntries(
      NAME_PROBLEM_COUNTS.map((name, i) => [name, walk.nameProblemCounts[i]!]),
    ) as Record<NameProblemCount, number>),
    overlapCount: parts.overlaps.length,
    storedCount: walk.methodCounts[0]!,
    deflatedCount: walk.methodCounts[1]!,
    otherMethodCount: walk.methodCounts[2]!,
    folderCount: walk.folders.count,
    nameByteLength: walk.folders.namesLength,
    keySlotCount: table.slotCount,
    folderSlotCount: slotCountFor(walk.folders.count),
    seed: parts.seed,
  }
}

function writeSlots(index: Buffer, sections: IndexSections, table: KeyTable): void {
  const bytes = Buffer.from(table.slots.buffer)
  if (endianness() === 'BE') bytes.swap32()
  bytes.copy(index, sections.keys)
}

function requireWithin(actual: number, limit: number, what: string): void {
  if (actual <= limit) return
  throw new ZipzarrError('ARCHIVE_UNSUPPORTED', `the archive has ${actual} ${what}, the limit is ${limit}`, {
    facts: { limit, actual },
  })
}
