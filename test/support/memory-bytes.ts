// Random access over bytes in memory, with a count of the reads and faults to order: what a file cannot do on
// demand.

import type { RandomAccess, ReadOptions } from '../../src/bytes/random-access.js'
import { ZipzarrError } from '../../src/errors.js'

export class MemoryBytes implements RandomAccess {
  readonly size: number
  readonly identity = { size: 0, mtimeNs: '1', ctimeNs: '1', inode: '1' }
  /** Byte lengths of the reads made so far. */
  readonly reads: number[] = []
  readonly offsets: number[] = []
  /** The n-th read from now fails, counting from 0. */
  failAt = -1
  isChanged = false
  bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.size = bytes.length
    this.identity = { size: bytes.length, mtimeNs: '1', ctimeNs: '1', inode: '1' }
  }

  async read(byteOffset: number, byteLength: number, options: ReadOptions = {}): Promise<Buffer> {
    options.signal?.throwIfAborted()
    return this.readSync(byteOffset, byteLength, options)
  }

  readSync(byteOffset: number, byteLength: number, options: ReadOptions = {}): Buffer {
    if (byteOffset < 0 || byteLength < 0 || byteOffset + byteLength > this.size)
      throw new Error(`a read of ${byteLength} at ${byteOffset} is out of bounds`)
    this.offsets.push(byteOffset)
    this.reads.push(byteLength)
    if (this.failAt-- === 0) throw new ZipzarrError('READ_FAILED', 'the read failed (EIO)')
    const target = (options.into ?? Buffer.alloc(byteLength)).subarray(0, byteLength)
    this.bytes.copy(target, 0, byteOffset, byteOffset + byteLength)
    return target
  }

  async checkUnchanged(): Promise<void> {
    this.checkUnchangedSync()
  }

  checkUnchangedSync(): void {
    if (this.isChanged) throw new ZipzarrError('STORE_CHANGED', 'the archive changed')
  }

  async close(): Promise<void> {}
}
