// A clock that stands still while this process does. After a pause of the whole service (a suspended machine, a
// frozen container, SIGSTOP to the primary) nobody is late only because nobody was asked. Pure.

/** A step longer than so many periods was a pause, or a processor that others kept. */
const MAX_PERIODS = 2

export class AwakeTime {
  readonly #periodMs: number
  #lastMs: number
  #ms = 0

  /** @param periodMs how often `tick` is meant to be called */
  constructor(periodMs: number, nowMs: number) {
    this.#periodMs = periodMs
    this.#lastMs = nowMs
  }

  /** Milliseconds awake, at the last tick. */
  get ms(): number {
    return this.#ms
  }

  /** @param nowMs on a clock that never jumps back */
  tick(nowMs: number): number {
    this.#ms += Math.min(nowMs - this.#lastMs, this.#periodMs * MAX_PERIODS)
    this.#lastMs = nowMs
    return this.#ms
  }
}
