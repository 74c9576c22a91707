// When a store may be read without waiting. A warm page costs microseconds and is best read at once; a cold disk
// or a busy network file system would hold up every other request of the process, so a slow read stops it.

/** A blocking read that took longer met a slow disk. Less would take a busy processor for one. */
const SLOW_MS = 20
/** How long the store is then read asynchronously; by that time its pages are likely warm. */
const PAUSE_MS = 1000

export class BlockingReads {
  #pausedUntilMs = 0

  isAllowed(nowMs: number): boolean {
    return nowMs >= this.#pausedUntilMs
  }

  /** Tells how long a blocking read took. */
  note(startMs: number, endMs: number): void {
    if (endMs - startMs > SLOW_MS) this.#pausedUntilMs = endMs + PAUSE_MS
  }
}
