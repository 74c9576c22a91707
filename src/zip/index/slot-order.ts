// The order in which a hash table is filled in bulk: by the top bits of the hashes, which is roughly the order
// of the slots, so that filling goes through memory once instead of jumping about in it.
import { NO_FOLDER } from '../directory/folder-table.js'
import { inSlices } from './slices.js'

// One bucket's part of the table fits a processor's cache, and so do the ends of all buckets while they grow.
const BUCKETS = 256
const SHIFT = 24

/** What goes into the table, by number; those whose `folderOf` is NO_FOLDER do not. */
export interface TableItems {
  readonly count: number
  readonly hashes: Uint32Array
  readonly values: Uint32Array
  readonly folderOf: Uint32Array
}

/**
 * Pairs of hash and value by bucket; those of one bucket keep their order. Pairs, not numbers: looking hashes
 * and values up by number later would jump about in memory again.
 */
export async function inSlotOrder(items: TableItems, signal: AbortSignal | undefined): Promise<Uint32Array> {
  const next = bucketStarts(items)
  const pairs = new Uint32Array(next[BUCKETS]! * 2)
  await inSlices(items.count, signal, (from, to) => {
    distribute(items, { from, to, next, pairs })
  })
  return pairs
}

/** Where each bucket starts, counted in items, and behind the last one the number of all. */
function bucketStarts({ count, hashes, folderOf }: TableItems): Uint32Array {
  const starts = new Uint32Array(BUCKETS + 1)
  for (let i = 0; i < count; i++) if (folderOf[i] !== NO_FOLDER) starts[(hashes[i]! >>> SHIFT) + 1]!++
  for (let bucket = 1; bucket <= BUCKETS; bucket++) starts[bucket]! += starts[bucket - 1]!
  return starts
}

interface Slice {
  readonly from: number
  readonly to: number
  readonly next: Uint32Array
  readonly pairs: Uint32Array
}

function distribute({ hashes, values, folderOf }: TableItems, { from, to, next, pairs }: Slice): void {
  for (let i = from; i < to; i++) {
    if (folderOf[i] === NO_FOLDER) continue
    const hash = hashes[i]!
    const at = next[hash >>> SHIFT]!++ * 2
    pairs[at] = hash
    pairs[at + 1] = values[i]!
  }
}
