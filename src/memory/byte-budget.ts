// A budget of bytes that may be in flight at once, shared by all readings of a worker. First come, first served.
import { type MaybePromise, settled } from './maybe-promise.js'
import type { Stop } from './single-flight.js'

interface Waiter {
  readonly byteLength: number
  readonly proceed: () => void
}

/** More than this many budgets waiting is a crowd. */
const CROWD = 16

export class ByteBudget {
  readonly maxBytes: number
  readonly #waiters: Waiter[] = []
  #taken = 0
  #waiting = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get takenBytes(): number {
    return this.#taken
  }

  /** True when so much waits that new work had better be refused than queued. */
  get isCrowded(): boolean {
    return this.#waiting > CROWD * this.maxBytes
  }

  /**
   * Runs `work` once its bytes fit, at once if they do. What is larger than the whole budget runs alone. Work must
   * not ask for more while it holds some: two such could wait for each other for ever. The signal is looked at only
   * by who has to wait.
   */
  run<T>(byteLength: number, work: () => MaybePromise<T>, stop: Stop = {}): MaybePromise<T> {
    const cost = Math.min(byteLength, this.maxBytes)
    const run = (): MaybePromise<T> =>
      settled(work, () => {
        this.#taken -= cost
        this.#admit()
      })
    if (this.#waiters.length > 0 || this.#taken + cost > this.maxBytes)
      return this.#wait(cost, stop.signal).then(run)
    this.#taken += cost
    return run()
  }

  #wait(byteLength: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const waiter: Waiter = {
        byteLength,
        proceed: () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        },
      }
      const leave = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        this.#waiting -= byteLength
        reject(signal?.reason)
        this.#admit()
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiters.push(waiter)
      this.#waiting += byteLength
    })
  }

  #admit(): void {
    while (this.#waiters.length > 0 && this.#taken + this.#waiters[0].byteLength <= this.maxBytes) {
      const [waiter] = this.#waiters.splice(0, 1)
      this.#waiting -= waiter.byteLength
      this.#taken += waiter.byteLength
      waiter.proceed()
    }
  }
}
