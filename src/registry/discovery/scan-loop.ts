// Runs scans one after the other: at the latest after a fixed period, earlier when somebody asks, and never so
// often that scanning is all the process does. Knows nothing of what is scanned.

/** A scan is followed by at least this many times its own duration of rest. */
const REST_FACTOR = 2

export interface ScanLoopOptions {
  /** Answers in how many milliseconds it wants to be called again at the latest, if it matters. */
  readonly scan: () => Promise<number | undefined>
  /** Undefined: no scans but those asked for. */
  readonly periodMs: number | undefined
  readonly onFailure: (error: unknown) => void
}

export class ScanLoop {
  readonly #options: ScanLoopOptions
  #timer: NodeJS.Timeout | undefined
  #dueAtMs = Number.POSITIVE_INFINITY
  #restUntilMs = 0
  #running: Promise<void> | undefined
  #isClosed = false

  constructor(options: ScanLoopOptions) {
    this.#options = options
  }

  /** Asks for a scan within `delayMs`. */
  request(delayMs: number): void {
    const dueAtMs = performance.now() + delayMs
    if (this.#isClosed || dueAtMs >= this.#dueAtMs) return
    this.#dueAtMs = dueAtMs
    this.#arm()
  }

  /** A scan that starts after this call; rejects when it fails. */
  async now(): Promise<void> {
    await this.#running?.catch(this.#options.onFailure)
    await this.#run()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#running?.catch(this.#options.onFailure)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    // What is asked for during a scan is armed when that scan is over.
    if (this.#isClosed || this.#running !== undefined || this.#dueAtMs === Number.POSITIVE_INFINITY) return
    const delayMs = Math.max(this.#dueAtMs, this.#restUntilMs) - performance.now()
    this.#timer = setTimeout(() => void this.#run().catch(this.#options.onFailure), Math.max(0, delayMs))
  }

  #run(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    // Not at once: what the scan itself asks for has to find it running.
    this.#running ??= Promise.resolve()
      .then(() => this.#scan())
      .finally(() => {
        this.#running = undefined
        this.#arm()
      })
    return this.#running
  }

  async #scan(): Promise<void> {
    this.#dueAtMs = Number.POSITIVE_INFINITY
    clearTimeout(this.#timer)
    const startMs = performance.now()
    let wantedMs: number | undefined
    try {
      wantedMs = await this.#options.scan()
    } finally {
      const endMs = performance.now()
      this.#restUntilMs = endMs + (endMs - startMs) * REST_FACTOR
      const delayMs = Math.min(
        wantedMs ?? Number.POSITIVE_INFINITY,
        this.#options.periodMs ?? Number.POSITIVE_INFINITY,
      )
      this.#dueAtMs = Math.min(this.#dueAtMs, endMs + delayMs)
    }
  }
}
