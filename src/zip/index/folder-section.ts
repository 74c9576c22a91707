// Turns the folders of a finished walk into the index's folder records: children side by side, values side by
// side, sums over everything below.
import type { DirectoryWalk } from '../directory/directory-walk.js'
import { type FolderTable, HIDDEN } from '../directory/folder-table.js'
import { hashEnd, homeSlot } from '../directory/key-hash.js'
import { FOLDER, FOLDER_RECORD_BYTES, type IndexSections, VALUE_BYTES } from './index-layout.js'
import { slotCountFor } from './key-table.js'
import { pause } from './slices.js'
import { inSlotOrder } from './slot-order.js'

/** Per folder (numbered as in the walk): everything below it, itself included. */
export interface SubtreeSums {
  readonly values: Float64Array
  readonly byteLength: Float64Array
  readonly storedByteLength: Float64Array
  readonly mask: Uint8Array
}

export function sumSubtrees(folders: FolderTable): SubtreeSums {
  const { count, parent } = folders
  const sums: SubtreeSums = {
    values: Float64Array.from(folders.valueCount.subarray(0, count)),
    byteLength: folders.byteLength.slice(0, count),
    storedByteLength: folders.storedByteLength.slice(0, count),
    mask: folders.mask.slice(0, count),
  }
  // A parent is made before its children, so going backwards meets every child before its parent.
  for (let folder = count - 1; folder > 0; folder--) {
    const above = parent[folder]!
    sums.values[above]! += sums.values[folder]!
    sums.byteLength[above]! += sums.byteLength[folder]!
    sums.storedByteLength[above]! += sums.storedByteLength[folder]!
    sums.mask[above]! |= sums.mask[folder]!
  }
  return sums
}

/** Where each folder of the walk comes to lie, breadth first, so that the children of one are side by side. */
export interface FolderOrder {
  /** Folder of the walk at each place, and the other way round. */
  readonly folderAt: Uint32Array
  readonly placeOf: Uint32Array
  /** By place. */
  readonly firstChild: Uint32Array
  readonly childCount: Uint32Array
}

export function orderFolders(parent: Uint32Array, count: number): FolderOrder {
  const firstOf = new Uint32Array(count)
  const nextOf = new Uint32Array(count)
  for (let folder = count - 1; folder > 0; folder--) {
    nextOf[folder] = firstOf[parent[folder]!]!
    firstOf[parent[folder]!] = folder
  }
  const order: FolderOrder = {
    folderAt: new Uint32Array(count),
    placeOf: new Uint32Array(count),
    firstChild: new Uint32Array(count),
    childCount: new Uint32Array(count),
  }
  let end = 1
  for (let place = 0; place < count; place++) {
    order.firstChild[place] = end
    // Folder 0 is nobody's child, so 0 ends the list.
    for (let child = firstOf[order.folderAt[place]!]!; child !== 0; child = nextOf[child]!) {
      order.folderAt[end] = child
      order.placeOf[child] = end++
    }
    order.childCount[place] = end - order.firstChild[place]!
  }
  return order
}

/** Writes the sections `folders`, `records`, `values` and `names`. */
export async function writeFolders(
  index: Buffer,
  at: IndexSections,
  made: { walk: DirectoryWalk; signal: AbortSignal | undefined },
): Promise<void> {
  const { walk, signal } = made
  const { folders } = walk
  const order = orderFolders(folders.parent, folders.count)
  await pause(signal)
  await writeFolderSlots(index, at, { folders, order, signal })
  await pause(signal)
  const firstValues = writeRecords(index, at, { folders, order })
  await pause(signal)
  writeValues(index, at, { walk, firstValues })
  index.set(folders.names.subarray(0, folders.namesLength), at.names)
}

interface OrderedFolders {
  readonly folders: FolderTable
  readonly order: FolderOrder
}

async function writeFolderSlots(
  index: Buffer,
  at: IndexSections,
  { folders, order, signal }: OrderedFolders & { signal: AbortSignal | undefined },
): Promise<void> {
  const { count, parent, state } = folders
  const slotCount = slotCountFor(count)
  const slots = new DataView(index.buffer, index.byteOffset + at.folders, slotCount * 8)
  const hashes = new Uint32Array(count)
  for (let folder = 0; folder < count; folder++) hashes[folder] = hashEnd(state[folder]!)
  const pairs = await inSlotOrder({ count, hashes, values: order.placeOf, folderOf: parent }, signal)
  for (let i = 0; i < pairs.length; i += 2) {
    const hash = pairs[i]!
    let slot = homeSlot(hash, slotCount)
    while (slots.getUint32(slot * 8 + 4, true) !== 0) slot = slot + 1 === slotCount ? 0 : slot + 1
    slots.setUint32(slot * 8, hash, true)
    slots.setUint32(slot * 8 + 4, pairs[i + 1]! + 1, true)
  }
}

/** Answers, by folder of the walk, where its values start in the `values` section. */
function writeRecords(index: Buffer, at: IndexSections, { folders, order }: OrderedFolders): Uint32Array {
  const sums = sumSubtrees(folders)
  const records = new DataView(
    index.buffer,
    index.byteOffset + at.records,
    folders.count * FOLDER_RECORD_BYTES,
  )
  const firstValues = new Uint32Array(folders.count)
  let firstValue = 0
  for (let place = 0; place < folders.count; place++) {
    const folder = order.folderAt[place]!
    const record = place * FOLDER_RECORD_BYTES
    records.setUint32(record + FOLDER.nameAt, folders.nameAt[folder]!, true)
    records.setUint32(record + FOLDER.nameLength, folders.nameLength[folder]!, true)
    records.setUint32(record + FOLDER.parent, order.placeOf[folders.parent[folder]!]!, true)
    records.setUint32(record + FOLDER.firstChild, order.firstChild[place]!, true)
    records.setUint32(record + FOLDER.childCount, order.childCount[place]!, true)
    records.setUint32(record + FOLDER.firstValue, firstValue, true)
    records.setUint32(record + FOLDER.valueCount, folders.valueCount[folder]!, true)
    records.setUint8(record + FOLDER.mask, folders.mask[folder]!)
    records.setUint8(record + FOLDER.subtreeMask, sums.mask[folder]!)
    records.setFloat64(record + FOLDER.totalValues, sums.values[folder]!, true)
    records.setFloat64(record + FOLDER.totalByteLength, sums.byteLength[folder]!, true)
    records.setFloat64(record + FOLDER.totalStoredByteLength, sums.storedByteLength[folder]!, true)
    firstValues[folder] = firstValue
    firstValue += folders.valueCount[folder]!
  }
  return firstValues
}

function writeValues(
  index: Buffer,
  at: IndexSections,
  { walk, firstValues }: { walk: DirectoryWalk; firstValues: Uint32Array },
): void {
  const { count, entryFolder, recordOffset } = walk
  const values = new DataView(index.buffer, index.byteOffset + at.values)
  for (let entry = 0; entry < count; entry++) {
    const folder = entryFolder[entry]!
    if (folder < HIDDEN) values.setUint32(firstValues[folder]!++ * VALUE_BYTES, recordOffset[entry]!, true)
  }
}
