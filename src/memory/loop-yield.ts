// Yielding to the event loop: long work is cut into short stretches, so that small requests answered between them
// stay fast.

/** Longest stretch of work before others are let in. */
const TURN_MS = 1

export class LoopYield {
  #startedAt = performance.now()

  get isDue(): boolean {
    return performance.now() - this.#startedAt > TURN_MS
  }

  /** Lets everything that waits in the event loop run once. */
  async yield(): Promise<void> {
    await new Promise<void>(resolve => {
      setImmediate(resolve)
    })
    this.#startedAt = performance.now()
  }
}
