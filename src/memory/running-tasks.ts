// Keeps several tasks in flight, bounded in number and bytes, and stops all when one fails. A task that ends at once
// costs nothing here.
import type { MaybePromise } from './maybe-promise.js'
import type { Stop } from './single-flight.js'

export interface RunningLimits {
  readonly maxTasks: number
  readonly maxBytes: number
}

export class RunningTasks {
  readonly limits: RunningLimits
  /** Made with the first task that has to be waited for: what lies in memory needs no signal. */
  #controller: AbortController | undefined
  readonly #running = new Set<Promise<void>>()
  readonly #outer: Stop
  #signal: AbortSignal | undefined
  #bytes = 0
  #failure: { readonly error: unknown } | undefined

  /** `outer`: its signal, if it has one, stops all tasks. */
  constructor(limits: RunningLimits, outer: Stop) {
    this.limits = limits
    this.#outer = outer
  }

  /** Stops a task: when another one fails, or from outside. */
  get signal(): AbortSignal {
    if (this.#signal !== undefined) return this.#signal
    this.#controller ??= new AbortController()
    const { signal: own } = this.#controller
    const { signal: outer } = this.#outer
    this.#signal = outer === undefined ? own : AbortSignal.any([outer, own])
    return this.#signal
  }

  /** Starts `task` as soon as it fits. @throws the first failure of this or an earlier task */
  add(
    byteLength: number,
    task: (options: { readonly signal: AbortSignal }) => MaybePromise<void>,
  ): MaybePromise<void> {
    if (!this.#fits(byteLength)) return this.#addLater(byteLength, task)
    this.#throwFailure()
    const ended = task(this)
    if (ended instanceof Promise) this.#watch(byteLength, ended)
  }

  async #addLater(
    byteLength: number,
    task: (options: { readonly signal: AbortSignal }) => MaybePromise<void>,
  ): Promise<void> {
    while (!this.#fits(byteLength)) await Promise.race(this.#running)
    await this.add(byteLength, task)
  }

  #watch(byteLength: number, ended: Promise<void>): void {
    this.#bytes += byteLength
    const running = ended
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#bytes -= byteLength
        this.#running.delete(running)
      })
    this.#running.add(running)
  }

  /** Waits for the last task; throws the first failure. */
  async finish(): Promise<void> {
    if (this.#running.size > 0) await Promise.all(this.#running)
    this.#throwFailure()
  }

  /** Stops what runs and waits until nothing does: after that nobody writes into the slab any more. */
  async stop(): Promise<void> {
    if (this.#running.size === 0) return
    this.#controller?.abort()
    await Promise.all(this.#running)
  }

  #fits(byteLength: number): boolean {
    if (this.#running.size === 0) return true
    return this.#running.size < this.limits.maxTasks && this.#bytes + byteLength <= this.limits.maxBytes
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#controller?.abort(error)
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
