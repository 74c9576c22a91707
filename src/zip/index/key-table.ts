// The hash table over the keys while the index is built. The last entry of a name wins, as in CPython's
// zipfile: zarr-python's ZipStore rewrites a value by appending it once more.
import { keyBytes } from '../directory/directory-record.js'
import type { DirectoryWalk } from '../directory/directory-walk.js'
import { CollidingNamesError, homeSlot } from '../directory/key-hash.js'
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
  const { count, keyHash, recordOffset, entryFolder } = walk
  const items = { count, hashes: keyHash, values: recordOffset, folderOf: entryFolder }
  const pairs = await inSlotOrder(items, signal)
  const keyCount = pairs.length / 2
  const slotCount = slotCountFor(keyCount)
  const slots = new Uint32Array(slotCount * 2)
  let duplicateCount = 0
  let stepsLeft = count * 64 + 100_000
  await inSlices(keyCount, signal, (from, to) => {
    for (let i = from * 2; i < to * 2; i += 2) {
      const hash = pairs[i]!
      const offset = pairs[i + 1]!
      let at = homeSlot(hash, slotCount) * 2
      for (let found = slots[at + 1]!; found !== 0; found = slots[at + 1]!) {
        if (slots[at] === hash && isSameKey(walk.directory, found - 1, offset)) {
          walk.dropEntry(entryAt(walk, found - 1))
          duplicateCount++
          break
        }
        if (--stepsLeft < 0) throw new CollidingNamesError()
        at = at + 2 === slots.length ? 0 : at + 2
      }
      slots[at] = hash
      slots[at + 1] = offset + 1
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
