// The order in which a store lists its folders.
import type { LoopYield } from '../memory/loop-yield.js'
import type { DirectoryEntry } from './store.js'

/** Names sorted, or merged, between two looks at the clock. */
const NAMES_PER_LOOK = 512

/**
 * Byte order of the names in UTF-8. A merge sort that lets others have their turns: a hundred thousand names take
 * tens of milliseconds.
 */
export async function sortByName(entries: DirectoryEntry[], loop: LoopYield): Promise<DirectoryEntry[]> {
  if (entries.every((entry, i) => i === 0 || isBefore(entries[i - 1], entry))) return entries
  let runs: DirectoryEntry[][] = []
  for (let from = 0; from < entries.length; from += NAMES_PER_LOOK) {
    const run = entries.slice(from, from + NAMES_PER_LOOK)
    runs.push(run.sort((a, b) => (isBefore(a, b) ? -1 : 1)))
    if (loop.isDue) await loop.yield()
  }
  while (runs.length > 1) {
    const merged: DirectoryEntry[][] = []
    for (let i = 0; i < runs.length; i += 2) {
      merged.push(i + 1 < runs.length ? await merge(runs[i], runs[i + 1], loop) : runs[i])
    }
    runs = merged
  }
  return runs[0] ?? []
}

async function merge(
  first: readonly DirectoryEntry[],
  second: readonly DirectoryEntry[],
  loop: LoopYield,
): Promise<DirectoryEntry[]> {
  const merged: DirectoryEntry[] = []
  let [i, j] = [0, 0]
  while (i < first.length || j < second.length) {
    const isFirst = j === second.length || (i < first.length && isBefore(first[i], second[j]))
    merged.push(isFirst ? first[i++] : second[j++])
    if (merged.length % NAMES_PER_LOOK === 0 && loop.isDue) await loop.yield()
  }
  return merged
}

/** JavaScript's order of strings differs from that of UTF-8 only where there are surrogates. */
function isBefore({ name: a }: DirectoryEntry, { name: b }: DirectoryEntry): boolean {
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
}

const SURROGATE = /[\ud800-\udfff]/
