// Pooled slab buffers: a fresh large buffer costs more (page faults) than the copy into it. Safe by default:
// a buffer nobody releases is simply garbage, and only buffers lent by this pool are ever taken back.

export interface SlabPoolOptions {
  /** Bytes of idle buffers kept. */
  readonly maxIdleBytes: number
}

/** Buffers are lent in power-of-two sizes, so that a returned one fits the next request of its class. */
export class SlabPool {
  readonly maxIdleBytes: number
  readonly #idle = new Map<number, ArrayBuffer[]>()
  /** Views lent and not yet released. */
  readonly #lent = new WeakMap<Uint8Array, ArrayBuffer>()
  #idleBytes = 0

  constructor(options: SlabPoolOptions) {
    this.maxIdleBytes = options.maxIdleBytes
  }

  get idleBytes(): number {
    return this.#idleBytes
  }

  /** A buffer of exactly `byteLength` bytes; what is in it is old data and must be overwritten in full. */
  acquire(byteLength: number): Uint8Array {
    const size = sizeClass(byteLength)
    const buffer = this.#idle.get(size)?.pop()
    if (buffer !== undefined) this.#idleBytes -= size
    const view = new Uint8Array(buffer ?? new ArrayBuffer(size), 0, byteLength)
    this.#lent.set(view, view.buffer as ArrayBuffer)
    return view
  }

  /**
   * Takes a lent view back. Call it only when nothing reads the bytes any more: for a socket that is the
   * write's callback, not the write. Other arrays, and a second release, are ignored.
   */
  release(view: Uint8Array): void {
    const buffer = this.#lent.get(view)
    if (buffer === undefined) return
    this.#lent.delete(view)
    const size = buffer.byteLength
    if (size > this.maxIdleBytes) return
    this.#makeRoom(size)
    if (this.#idleBytes + size > this.maxIdleBytes) return
    const sameSize = this.#idle.get(size)
    if (sameSize === undefined) this.#idle.set(size, [buffer])
    else sameSize.push(buffer)
    this.#idleBytes += size
  }

  /**
   * What was lent as one view comes back as another one of the same memory, mostly a part of it. A view that is not
   * lent is left alone.
   */
  transfer(from: Uint8Array, to: Uint8Array): void {
    const buffer = this.#lent.get(from)
    if (buffer === undefined || from === to) return
    this.#lent.delete(from)
    if (to.buffer === buffer) this.#lent.set(to, buffer)
  }

  /** A lent view that several hold, or a cache: it does not come back, and its memory is the collector's. */
  forget(view: Uint8Array): void {
    this.#lent.delete(view)
  }

  /** What is given back now is more likely to be asked for again than idle buffers of other sizes. */
  #makeRoom(size: number): void {
    for (const [other, buffers] of this.#idle) {
      while (other !== size && buffers.length > 0 && this.#idleBytes + size > this.maxIdleBytes) {
        buffers.pop()
        this.#idleBytes -= other
      }
    }
  }
}

const MIN_SIZE = 4096

function sizeClass(byteLength: number): number {
  if (byteLength <= MIN_SIZE) return MIN_SIZE
  return 2 ** Math.ceil(Math.log2(byteLength))
}
