// Entries whose data reaches into another entry: the "quoted overlap" bomb (CVE-2024-0450) and damaged
// directories. CPython refuses such entries when they are read; so does the index, by their record offset.
import type { DirectoryWalk } from './directory-walk.js'
import { NO_FOLDER } from './directory-walk.js'
import { inSlices } from './slices.js'

/**
 * Record offsets, ascending, of the keys whose local header and data need more room than there is before the
 * next local header or the directory. The local extra field is not known here, so this is the least extent;
 * the reader checks the true end against the directory. Entries sharing one local header do not overlap each
 * other: the local header's name decides between them.
 */
export async function findOverlaps(
  walk: DirectoryWalk,
  directoryOffset: number,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const overlapping: number[] = []
  const { count, headerOffset, leastEnd, entryFolder, recordOffset } = walk
  const starts = headerOffset.slice(0, count)
  // In a sound archive each header follows the data before it; only then is sorting needless.
  if (!walk.isInOrder) starts.sort()
  await inSlices(count, signal, (from, to) => {
    for (let i = from; i < to; i++) {
      const end = leastEnd[i]!
      const next = walk.isInOrder
        ? i + 1 < count
          ? starts[i + 1]!
          : directoryOffset
        : nextStart(starts, headerOffset[i]!)
      if (end <= directoryOffset && end <= (next ?? directoryOffset)) continue
      if (entryFolder[i] !== NO_FOLDER) overlapping.push(recordOffset[i]!)
    }
  })
  return overlapping
}

/** The smallest start greater than `start`; undefined when there is none. */
function nextStart(sorted: Float64Array, start: number): number | undefined {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! <= start) low = middle + 1
    else high = middle
  }
  return sorted[low]
}
