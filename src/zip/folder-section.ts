// Turns the folders of a finished walk into the index's folder records: children side by side, values side by
// side, sums over everything below.
import { type DirectoryWalk, NO_FOLDER, recordSizes } from './directory-walk.js'
import { FOLDER, FOLDER_RECORD_BYTES, VALUE_BYTES } from './index-layout.js'
import { inSlices } from './slices.js'

/** Per folder (numbered as in the walk): what lies directly in it, then everything below it. */
export interface FolderSums {
  readonly valueCount: Uint32Array
  readonly values: Float64Array
  readonly byteLength: Float64Array
  readonly storedByteLength: Float64Array
  readonly subtreeMask: Uint8Array
  /** Keys by method: stored, deflated, other. */
  readonly methods: { stored: number; deflated: number; other: number }
}

export async function sumFolders(walk: DirectoryWalk, signal: AbortSignal | undefined): Promise<FolderSums> {
  const folderCount = walk.folders.count
  const sums: FolderSums = {
    valueCount: new Uint32Array(folderCount),
    values: new Float64Array(folderCount),
    byteLength: new Float64Array(folderCount),
    storedByteLength: new Float64Array(folderCount),
    subtreeMask: walk.folders.mask.slice(0, folderCount),
    methods: { stored: 0, deflated: 0, other: 0 },
  }
  await inSlices(walk.count, signal, (from, to) => addEntries(walk, sums, from, to))
  const { parent } = walk.folders
  // A parent is made before its children, so going backwards meets every child before its parent.
  for (let folder = folderCount - 1; folder >= 0; folder--) {
    sums.values[folder]! += sums.valueCount[folder]!
    if (folder === 0) break
    const above = parent[folder]!
    sums.values[above]! += sums.values[folder]!
    sums.byteLength[above]! += sums.byteLength[folder]!
    sums.storedByteLength[above]! += sums.storedByteLength[folder]!
    sums.subtreeMask[above]! |= sums.subtreeMask[folder]!
  }
  return sums
}

function addEntries(walk: DirectoryWalk, sums: FolderSums, from: number, to: number): void {
  const { directory, recordOffset, entryFolder } = walk
  for (let entry = from; entry < to; entry++) {
    const folder = entryFolder[entry]!
    if (folder === NO_FOLDER) continue
    const at = recordOffset[entry]!
    let stored = directory.readUInt32LE(at + 20) // compressed size
    let length = directory.readUInt32LE(at + 24) // uncompressed size
    if (stored === 0xffffffff || length === 0xffffffff) {
      const sizes = recordSizes(directory, at)
      stored = sizes.storedByteLength
      length = sizes.byteLength
    }
    sums.valueCount[folder]!++
    sums.byteLength[folder]! += length
    sums.storedByteLength[folder]! += stored
    const method = directory.readUInt16LE(at + 10) // compression method
    if (method === 0) sums.methods.stored++
    else if (method === 8) sums.methods.deflated++
    else sums.methods.other++
  }
}

/** Where each folder of the walk comes to lie, breadth first, so that the children of one are side by side. */
export interface FolderOrder {
  /** Folder of the walk at each place. */
  readonly folderAt: Uint32Array
  readonly placeOf: Uint32Array
  /** By place. */
  readonly firstChild: Uint32Array
  readonly childCount: Uint32Array
}

export function orderFolders(parent: Uint32Array, count: number): FolderOrder {
  const head = new Uint32Array(count) // first child + 1, by folder of the walk
  const next = new Uint32Array(count)
  for (let folder = count - 1; folder > 0; folder--) {
    next[folder] = head[parent[folder]!]!
    head[parent[folder]!] = folder
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
    for (let child = head[order.folderAt[place]!]!; child !== 0; child = next[child]!) {
      order.folderAt[end] = child
      order.placeOf[child] = end++
    }
    order.childCount[place] = end - order.firstChild[place]!
  }
  return order
}

/** Writes records and values; both sections start at the given offsets of `index`. */
export function writeFolders(
  index: Buffer,
  at: { records: number; values: number },
  made: { walk: DirectoryWalk; sums: FolderSums; order: FolderOrder },
): void {
  const { walk, sums, order } = made
  const { folders } = walk
  const nextValue = new Uint32Array(folders.count)
  let firstValue = 0
  for (let place = 0; place < folders.count; place++) {
    const folder = order.folderAt[place]!
    const record = at.records + place * FOLDER_RECORD_BYTES
    index.writeUInt32LE(folders.nameAt[folder]!, record + FOLDER.nameAt)
    index.writeUInt32LE(folders.nameLength[folder]!, record + FOLDER.nameLength)
    index.writeUInt32LE(order.placeOf[folders.parent[folder]!]!, record + FOLDER.parent)
    index.writeUInt32LE(order.firstChild[place]!, record + FOLDER.firstChild)
    index.writeUInt32LE(order.childCount[place]!, record + FOLDER.childCount)
    index.writeUInt32LE(firstValue, record + FOLDER.firstValue)
    index.writeUInt32LE(sums.valueCount[folder]!, record + FOLDER.valueCount)
    index[record + FOLDER.mask] = folders.mask[folder]!
    index[record + FOLDER.subtreeMask] = sums.subtreeMask[folder]!
    index.writeDoubleLE(sums.values[folder]!, record + FOLDER.totalValues)
    index.writeDoubleLE(sums.byteLength[folder]!, record + FOLDER.totalByteLength)
    index.writeDoubleLE(sums.storedByteLength[folder]!, record + FOLDER.totalStoredByteLength)
    nextValue[folder] = firstValue
    firstValue += sums.valueCount[folder]!
  }
  const { entryFolder, recordOffset } = walk
  for (let entry = 0; entry < walk.count; entry++) {
    const folder = entryFolder[entry]!
    if (folder === NO_FOLDER) continue
    index.writeUInt32LE(recordOffset[entry]!, at.values + nextValue[folder]!++ * VALUE_BYTES)
  }
}
