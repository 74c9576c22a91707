// The index of a shard: where each inner chunk lies. Every entry is checked against the shard's length before
// anything is read or allocated by it.
import type { ShardIndex } from './codec.js'
import { codecFailed } from './failures.js'

const NAME = 'sharding_indexed'
const ENTRY_LENGTH = 16
const EMPTY = 0xffffffff

/** `bytes`: pairs of u64le, offset and length; both 2^64-1 where an inner chunk is not stored. */
export function parseShardIndex(bytes: Uint8Array, shardByteLength: number): ShardIndex {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = bytes.length / ENTRY_LENGTH
  const index = new Float64Array(2 * count)
  for (let slot = 0; slot < count; slot++) {
    const at = slot * ENTRY_LENGTH
    if (isEmpty(view, at)) {
      index[2 * slot] = -1
      index[2 * slot + 1] = -1
      continue
    }
    const byteOffset = readUint64(view, at)
    const byteLength = readUint64(view, at + 8)
    // Beyond 2^53 the sum is only near, but any such number is far outside of every shard.
    if (byteOffset + byteLength > shardByteLength) {
      codecFailed(
        NAME,
        `inner chunk ${slot} lies at ${byteOffset} with ${byteLength} bytes, outside of the ${shardByteLength} of its shard`,
        { slot },
      )
    }
    index[2 * slot] = byteOffset
    index[2 * slot + 1] = byteLength
  }
  return index
}

function isEmpty(view: DataView, at: number): boolean {
  for (let word = 0; word < ENTRY_LENGTH; word += 4)
    if (view.getUint32(at + word, true) !== EMPTY) return false
  return true
}

function readUint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}

/** Where one inner chunk lies. */
export interface ShardSlot {
  readonly byteOffset: number
  readonly byteLength: number
}

/** Undefined for an inner chunk that is not stored. */
export function slotAt(index: ShardIndex, slot: number): ShardSlot | undefined {
  const byteOffset = index[2 * slot]
  return byteOffset < 0 ? undefined : { byteOffset, byteLength: index[2 * slot + 1] }
}
