// The order in which a hash table is filled in bulk: by the top bits of the hashes, which is roughly the order
// of the slots, so that filling goes through memory once instead of jumping about in it.

const BUCKETS = 1024
const SHIFT = 22

/** The numbers below `count` that `isWanted`, by bucket; those of one bucket keep their order. */
export function inSlotOrder(
  hashes: Uint32Array,
  count: number,
  isWanted: (number: number) => boolean,
): Uint32Array {
  const next = new Uint32Array(BUCKETS + 1)
  for (let i = 0; i < count; i++) if (isWanted(i)) next[(hashes[i]! >>> SHIFT) + 1]!++
  for (let bucket = 1; bucket <= BUCKETS; bucket++) next[bucket]! += next[bucket - 1]!
  const order = new Uint32Array(next[BUCKETS]!)
  for (let i = 0; i < count; i++) if (isWanted(i)) order[next[hashes[i]! >>> SHIFT]!++] = i
  return order
}
