// Entries whose data reaches into another entry: the "quoted overlap" bomb (CVE-2024-0450) and damaged
// directories. CPython refuses such entries when they are read; so does the index, by their record offset.
import { leastEnd, recordSizes } from '../directory/directory-record.js'
import type { DirectoryWalk } from '../directory/directory-walk.js'
import { NO_FOLDER } from '../directory/folder-table.js'
import { inSlices } from './slices.js'

/**
 * Record offsets, ascending, of the keys whose local header and data need more room than there is before the
 * next local header or the directory. The local extra field is not known here, so this is the least extent;
 * the reader checks the true end against the directory. Entries sharing one local header do not overlap each
 * other: the local header's name decides between them. An ordinary archive, whose entries follow one another,
 * costs nothing.
 */
export async function findOverlaps(
  walk: DirectoryWalk,
  directoryOffset: number,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  if (walk.isInOrder && walk.lastEnd <= directoryOffset) return []
  const { count, directory, entryFolder, recordOffset } = walk
  const starts = new Float64Array(count)
  await inSlices(count, signal, (from, to) => {
    for (let i = from; i < to; i++) starts[i] = recordSizes(directory, recordOffset[i]!).headerOffset
  })
  const sorted = starts.slice().sort()
  const overlapping: number[] = []
  await inSlices(count, signal, (from, to) => {
    for (let i = from; i < to; i++) {
      if (entryFolder[i] === NO_FOLDER) continue
      const at = recordOffset[i]!
      const nameLength = directory.readUInt16LE(at + 28) // file name length
      const end = leastEnd(starts[i]!, nameLength, recordSizes(directory, at).storedByteLength)
      if (end > Math.min(nextStart(sorted, starts[i]!), directoryOffset)) overlapping.push(at)
    }
  })
  return overlapping
}

/** The smallest start greater than `start`, Infinity when there is none. */
function nextStart(sorted: Float64Array, start: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! <= start) low = middle + 1
    else high = middle
  }
  return sorted[low] ?? Number.POSITIVE_INFINITY
}
