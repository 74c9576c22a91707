// Random access over bytes in memory, with a count of the reads and faults to order: what a file cannot do on
// demand.

import type { RandomAccess, ReadOptions } from '../../src/bytes/random-access.js'
import { ZipzarrError } from '../../src/errors.js'
import { attempt, type MaybePromise } from '../../src/memory/maybe-promise.js'

export class MemoryBytes implements RandomAccess {
  readonly size: number
  readonly identity = { size: 0, mtimeNs: '1', ctimeNs: '1', inode: '1' }
  /** Byte lengths of the reads made so far. */
  readonly reads: number[] = []
  readonly offsets: number[] = []
  /** The n-th read from now fails, counting from 0. */
  failAt = -1
  isChanged = false
  /** Nothing is had at once. */
  isSlow = false
  bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.size = bytes.length
    this.identity = { size: bytes.length, mtimeNs: '1', ctimeNs: '1', inode: '1' }
  }

  read(byteOffset: number, byteLength: number, options: ReadOptions = {}): MaybePromise<Buffer> {
    const read = (): Buffer => {
      options.signal?.throwIfAborted()
      return this.#fill(byteOffset, byteLength, options.into)
    }
    return this.isSlow ? Promise.resolve().then(read) : attempt(read)
  }

  isImmediate(): boolean {
    return !this.isSlow
  }

  readSync(byteOffset: number, byteLength: number): Buffer {
    return this.#fill(byteOffset, byteLength)
  }

  #fill(byteOffset: number, byteLength: number, into: Buffer = Buffer.alloc(byteLength)): Buffer {
    if (byteOffset < 0 || byteLength < 0 || byteOffset + byteLength > this.size)
      throw new Error(`a read of ${byteLength} at ${byteOffset} is out of bounds`)
    this.offsets.push(byteOffset)
    this.reads.push(byteLength)
    if (this.failAt-- === 0) throw new ZipzarrError('READ_FAILED', 'the read failed (EIO)')
    const target = into.subarray(0, byteLength)
    this.bytes.copy(target, 0, byteOffset, byteOffset + byteLength)
    return target
  }

  checkUnchanged(): MaybePromise<void> {
    if (this.isChanged) return Promise.reject(new ZipzarrError('STORE_CHANGED', 'the archive changed'))
  }

  async close(): Promise<void> {}
}
