// Fairness within one process: long work is cut into short turns of the event loop, so that small requests
// answered between them stay fast.

/** Longest stretch of work before others get a turn. */
const TURN_MS = 1

export class Turn {
  #startedAt = performance.now()

  get isOver(): boolean {
    return performance.now() - this.#startedAt > TURN_MS
  }

  /** Lets everything that waits in the event loop run once. */
  async next(): Promise<void> {
    await new Promise<void>(resolve => {
      setImmediate(resolve)
    })
    this.#startedAt = performance.now()
  }
}
