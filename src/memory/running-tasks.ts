// Keeps several asynchronous tasks in flight, bounded in number and bytes, and stops all when one fails.

export interface RunningLimits {
  readonly maxTasks: number
  readonly maxBytes: number
}

export class RunningTasks {
  readonly limits: RunningLimits
  readonly #controller = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #outer: AbortSignal | undefined
  #signal: AbortSignal | undefined
  #bytes = 0
  #failure: { readonly error: unknown } | undefined

  constructor(limits: RunningLimits, signal: AbortSignal | undefined) {
    this.limits = limits
    this.#outer = signal
  }

  /** Starts `task` as soon as it fits; throws the first failure of an earlier task. */
  async add(byteLength: number, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    while (!this.#fits(byteLength)) await Promise.race(this.#running)
    this.#throwFailure()
    this.#bytes += byteLength
    // Made with the first task: a slab that lies in memory needs no signal.
    this.#signal ??=
      this.#outer === undefined
        ? this.#controller.signal
        : AbortSignal.any([this.#outer, this.#controller.signal])
    const running = task(this.#signal)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#bytes -= byteLength
        this.#running.delete(running)
      })
    this.#running.add(running)
  }

  /** Waits for the last task; throws the first failure. */
  async finish(): Promise<void> {
    await Promise.all(this.#running)
    this.#throwFailure()
  }

  /** Stops what runs and waits until nothing does: after that nobody writes into the slab any more. */
  async stop(): Promise<void> {
    if (this.#running.size === 0) return
    this.#controller.abort()
    await Promise.all(this.#running)
  }

  #fits(byteLength: number): boolean {
    if (this.#running.size === 0) return true
    return this.#running.size < this.limits.maxTasks && this.#bytes + byteLength <= this.limits.maxBytes
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#controller.abort(error)
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
