// When a dead worker is replaced. Pure: told of each death and when it was, says what to do; forks nothing.

/** What is known of a worker's end. */
export interface WorkerDeath {
  readonly atMs: number
  /** How long it had been ready; undefined when it never was. */
  readonly readyForMs: number | undefined
  /** Ended from outside (by SIGKILL, say) rather than by its own fault. */
  readonly wasKilled: boolean
}

export type RestartDecision =
  | { readonly action: 'restart'; readonly delayMs: number; readonly alarm: boolean }
  | { readonly action: 'stop' }

export interface RestartPolicyOptions {
  readonly firstDelayMs?: number
  readonly maxDelayMs?: number
  /** A worker that was ready for less died of its start, not of its work. */
  readonly healthyAfterMs?: number
  /** So many deaths within the window raise the alarm; so many crashes slow the restarts down as well. */
  readonly stormDeaths?: number
  readonly stormWindowMs?: number
  /** From 0 to 1; spreads the restarts of several slots. */
  readonly random?: () => number
}

const DEFAULTS: Required<RestartPolicyOptions> = {
  firstDelayMs: 100,
  maxDelayMs: 30_000,
  healthyAfterMs: 250,
  stormDeaths: 5,
  stormWindowMs: 30_000,
  random: Math.random,
}

/**
 * - Nobody was ever ready: a start that cannot work is not tried again (no respawn loop on a bad setup).
 * - A worker that had served is replaced at once: capacity is missing now.
 * - Deaths at the start back off, doubling from `firstDelayMs` to `maxDelayMs`, with jitter.
 * - Many crashes within the window: every restart waits about `maxDelayMs`, until the window is clear again.
 * - Kills from outside raise the alarm, but neither they nor what comes after them is slowed, whatever the worker
 *   was doing: they say nothing about our own health. Forking takes time enough to keep this from spinning.
 */
export class RestartPolicy {
  readonly #options: Required<RestartPolicyOptions>
  readonly #deaths: WorkerDeath[] = []
  #hasBeenReady = false
  #earlyDeaths = 0

  constructor(options: RestartPolicyOptions = {}) {
    this.#options = { ...DEFAULTS, ...options }
  }

  onReady(): void {
    this.#hasBeenReady = true
  }

  onDeath(death: WorkerDeath): RestartDecision {
    if (!this.#hasBeenReady && !death.wasKilled) return { action: 'stop' }
    this.#remember(death)
    const { healthyAfterMs, stormDeaths, maxDelayMs } = this.#options
    const alarm = this.#deaths.length >= stormDeaths
    if (death.wasKilled) return { action: 'restart', delayMs: 0, alarm }
    const isEarly = (death.readyForMs ?? -1) < healthyAfterMs
    this.#earlyDeaths = isEarly ? this.#earlyDeaths + 1 : 0
    if (this.isStorm(death.atMs)) return { action: 'restart', delayMs: this.#jitter(maxDelayMs), alarm }
    return { action: 'restart', delayMs: isEarly ? this.#backOff() : 0, alarm }
  }

  /** Whether crashes come so fast that the service should not be called ready. */
  isStorm(atMs: number): boolean {
    const { stormDeaths, stormWindowMs } = this.#options
    const recent = this.#deaths.filter(death => !death.wasKilled && atMs - death.atMs < stormWindowMs)
    return recent.length >= stormDeaths
  }

  #remember(death: WorkerDeath): void {
    this.#deaths.push(death)
    while (death.atMs - this.#deaths[0]!.atMs >= this.#options.stormWindowMs) this.#deaths.shift()
  }

  #backOff(): number {
    const { firstDelayMs, maxDelayMs } = this.#options
    return this.#jitter(Math.min(maxDelayMs, firstDelayMs * 2 ** (this.#earlyDeaths - 1)))
  }

  /** Half to all of it. */
  #jitter(delayMs: number): number {
    return Math.round(delayMs * (0.5 + this.#options.random() / 2))
  }
}
