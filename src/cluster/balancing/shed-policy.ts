// Which workers shed connections. The system hands a connection to whichever worker accepts first, and often
// one worker accepts all of a client's, which then hold one core while the others idle. Pure: told of the
// loads and when it was, says what to do.

/** A worker's load, as its last report says. */
export interface WorkerLoad {
  readonly worker: number
  /** Share of the time in which its event loop was busy, from 0 to 1. */
  readonly utilisation: number
  /** Connections that were at work meanwhile. */
  readonly connections: number
  /** Whether it would accept one more. */
  readonly hasRoom: boolean
}

/** So many of the worker's next answers close their connections; the clients come back to who is idle. */
export interface Shed {
  readonly worker: number
  readonly count: number
}

/** Below this there is nothing to win. */
const BUSY = 0.6
/** A worker is idle beside one that is more than so many times as busy. */
const CLEAR_RATIO = 2

/** Two samples of every worker: by then each has said how busy it is, not only the first to notice. */
const CONFIRM_MS = 90
/** Until every worker has samples from after the connections moved. */
const FIRST_REST_MS = 200
const MAX_REST_MS = 10_000
/** An imbalance after so long without one is a new one. */
const CALM_MS = 1000

/**
 * What evens the utilisation out if every connection of a worker makes the same part of it. At least one
 * moves when the imbalance is clear; never all, so that one connection which is the whole load stays where
 * it is.
 */
export function decideSheds(loads: readonly WorkerLoad[]): Shed[] {
  // The system may hand a connection to any of them, and a full one would drop it.
  if (!loads.every(load => load.hasRoom)) return []
  const utilisations = loads.map(load => load.utilisation)
  const mean = utilisations.reduce((sum, each) => sum + each, 0) / loads.length
  const least = Math.min(...utilisations)
  const donors = loads.filter(
    ({ utilisation, connections }) =>
      utilisation >= BUSY && utilisation > least * CLEAR_RATIO && utilisation > mean && connections > 1,
  )
  const sheds = donors.map(load => ({ worker: load.worker, count: excess(load, mean) }))
  const whole = sheds.filter(({ count }) => count > 0)
  if (whole.length > 0 || donors.length === 0) return whole
  return [{ worker: mostConnected(donors).worker, count: 1 }]
}

/** Rounded down: too many would come back. */
function excess({ utilisation, connections }: WorkerLoad, mean: number): number {
  return Math.floor((connections * (utilisation - mean)) / utilisation)
}

function mostConnected(loads: readonly WorkerLoad[]): WorkerLoad {
  return loads.reduce((most, load) => (load.connections > most.connections ? load : most))
}

/**
 * Sheds only for an imbalance that lasts, and rests after it until its effect is seen. An imbalance that
 * shedding does not mend (one heavy connection among many light ones, clients that come back to the same
 * worker) is tried less and less often.
 */
export class ShedPolicy {
  #sinceMs: number | undefined
  #lastMs = Number.NEGATIVE_INFINITY
  #restUntilMs = Number.NEGATIVE_INFINITY
  #restMs = FIRST_REST_MS

  decide(loads: readonly WorkerLoad[], atMs: number): Shed[] {
    const sheds = atMs < this.#restUntilMs ? [] : decideSheds(loads)
    if (sheds.length === 0) {
      this.#sinceMs = undefined
      return []
    }
    if (atMs - Math.max(this.#lastMs, this.#restUntilMs) >= CALM_MS) this.#restMs = FIRST_REST_MS
    this.#lastMs = atMs
    this.#sinceMs ??= atMs
    if (atMs - this.#sinceMs < CONFIRM_MS) return []
    this.#sinceMs = undefined
    this.#restUntilMs = atMs + this.#restMs
    this.#restMs = Math.min(this.#restMs * 2, MAX_REST_MS)
    return sheds
  }
}
