// The hash table over the keys while the index is built. The last entry of a name wins, as in CPython's
// zipfile: zarr-python's ZipStore rewrites a value by appending it once more.
import { type DirectoryWalk, keyBytes, NO_FOLDER } from './directory-walk.js'
import { CollidingNamesError, homeSlot } from './key-hash.js'
import { inSlices } from './slices.js'

export interface KeyTable {
  /** Entry number + 1 in each slot, 0 when it is empty. */
  readonly slots: Uint32Array
  readonly duplicateCount: number
}

/** Slots for a load of two thirds: linear probing then looks at about two slots. */
export function slotCountFor(keyCount: number): number {
  return Math.ceil((keyCount * 3) / 2) + 1
}

/** Sets `entryFolder` of every replaced entry to NO_FOLDER. */
export async function buildKeyTable(walk: DirectoryWalk, signal: AbortSignal | undefined): Promise<KeyTable> {
  const slots = new Uint32Array(slotCountFor(walk.keyCandidateCount))
  const slotCount = slots.length
  const { keyHash, entryFolder } = walk
  let duplicateCount = 0
  let stepsLeft = walk.count * 64 + 100_000
  await inSlices(walk.count, signal, (from, to) => {
    for (let entry = from; entry < to; entry++) {
      if (entryFolder[entry] === NO_FOLDER) continue
      const hash = keyHash[entry]!
      let slot = homeSlot(hash, slotCount)
      for (;;) {
        const found = slots[slot]!
        if (found === 0) break
        if (keyHash[found - 1] === hash && isSameKey(walk, found - 1, entry)) {
          entryFolder[found - 1] = NO_FOLDER
          duplicateCount++
          break
        }
        if (--stepsLeft < 0) throw new CollidingNamesError()
        slot = slot + 1 === slotCount ? 0 : slot + 1
      }
      slots[slot] = entry + 1
    }
  })
  return { slots, duplicateCount }
}

function isSameKey(walk: DirectoryWalk, left: number, right: number): boolean {
  const a = keyBytes(walk.directory, walk.recordOffset[left]!)
  const b = keyBytes(walk.directory, walk.recordOffset[right]!)
  if (a === undefined || b === undefined) return false
  return a.buffer.compare(b.buffer, b.from, b.to, a.from, a.to) === 0
}
