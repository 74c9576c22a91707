// The index of a shard: where each inner chunk lies. An entry is checked against the shard's length when it is
// looked up, before anything is read or allocated by it: checking all of a large index would take long.
import type { ShardIndex, ShardSlot } from '../interface/codec.js'
import { codecFailed } from '../interface/failures.js'

const NAME = 'sharding_indexed'
const ENTRY_LENGTH = 16
const EMPTY = 0xffffffff

/** `bytes`: pairs of u64le, offset and length; both 2^64-1 where an inner chunk is not stored. */
export class StoredShardIndex implements ShardIndex {
  readonly byteLength: number
  readonly #view: DataView
  readonly #shardByteLength: number

  constructor(bytes: Uint8Array, shardByteLength: number) {
    // The index is kept for long, what it may be a part of should not be.
    const own = bytes.buffer.byteLength > 2 * bytes.length ? new Uint8Array(bytes) : bytes
    this.byteLength = own.buffer.byteLength
    this.#view = new DataView(own.buffer, own.byteOffset, own.length)
    this.#shardByteLength = shardByteLength
  }

  slot(number: number): ShardSlot | undefined {
    const at = number * ENTRY_LENGTH
    if (isEmpty(this.#view, at)) return undefined
    const byteOffset = readUint64(this.#view, at)
    const byteLength = readUint64(this.#view, at + 8)
    // Beyond 2^53 the sum is only near, but any such number is far outside of every shard.
    if (byteOffset + byteLength <= this.#shardByteLength) return { byteOffset, byteLength }
    return codecFailed(
      NAME,
      `inner chunk ${number} lies at ${byteOffset} with ${byteLength} bytes, outside of the ${this.#shardByteLength} of its shard`,
      { slot: number },
    )
  }
}

function isEmpty(view: DataView, at: number): boolean {
  for (let word = 0; word < ENTRY_LENGTH; word += 4)
    if (view.getUint32(at + word, true) !== EMPTY) return false
  return true
}

function readUint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}
