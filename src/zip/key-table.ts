// The hash table over the keys while the index is built. The last entry of a name wins, as in CPython's
// zipfile: zarr-python's ZipStore rewrites a value by appending it once more.
import { type DirectoryWalk, keyBytes, NO_FOLDER } from './directory-walk.js'
import { CollidingNamesError, homeSlot } from './key-hash.js'
import { inSlices } from './slices.js'
import { inSlotOrder } from './slot-order.js'

export interface KeyTable {
  /** Per slot the hash and the record offset + 1; 0 and 0 when it is empty. */
  readonly slots: Uint32Array<ArrayBuffer>
  readonly slotCount: number
  readonly duplicateCount: number
}

/** Slots for a load of two thirds: linear probing then looks at about two slots. */
export function slotCountFor(keyCount: number): number {
  return Math.ceil((keyCount * 3) / 2) + 1
}

/** Takes every replaced entry back out of the walk. */
export async function buildKeyTable(walk: DirectoryWalk, signal?: AbortSignal): Promise<KeyTable> {
  const { entryFolder } = walk
  const order = inSlotOrder(walk.keyHash, walk.count, entry => entryFolder[entry] !== NO_FOLDER)
  const slotCount = slotCountFor(order.length)
  const slots = new Uint32Array(slotCount * 2)
  const { keyHash, recordOffset } = walk
  let duplicateCount = 0
  let stepsLeft = walk.count * 64 + 100_000
  await inSlices(order.length, signal, (from, to) => {
    for (let i = from; i < to; i++) {
      const entry = order[i]!
      const hash = keyHash[entry]!
      const offset = recordOffset[entry]!
      let slot = homeSlot(hash, slotCount)
      while (slots[slot * 2 + 1] !== 0) {
        if (slots[slot * 2] === hash && isSameKey(walk.directory, slots[slot * 2 + 1]! - 1, offset)) {
          walk.dropEntry(entryAt(walk, slots[slot * 2 + 1]! - 1))
          duplicateCount++
          break
        }
        if (--stepsLeft < 0) throw new CollidingNamesError()
        slot = slot + 1 === slotCount ? 0 : slot + 1
      }
      slots[slot * 2] = hash
      slots[slot * 2 + 1] = offset + 1
    }
  })
  return { slots, slotCount, duplicateCount }
}

function isSameKey(directory: Buffer, left: number, right: number): boolean {
  const a = keyBytes(directory, left)
  const b = keyBytes(directory, right)
  if (a === undefined || b === undefined) return false
  return a.buffer.compare(b.buffer, b.from, b.to, a.from, a.to) === 0
}

/** The entry number of a record; records are in the order of their offsets. */
function entryAt(walk: DirectoryWalk, recordOffset: number): number {
  let low = 0
  let high = walk.count - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (walk.recordOffset[middle]! < recordOffset) low = middle + 1
    else high = middle
  }
  return low
}
