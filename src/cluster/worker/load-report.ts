// What a worker says of its load, so that the primary can even connections out: how busy its event loop is and
// how many connections make it so. An idle worker says nothing.
import type { MessageToPrimary } from '../messages.js'
import type { ServerConnections } from './server-connections.js'

/** Short, because connections are to be even soon after the load begins. */
const SAMPLE_EVERY_MS = 50
/** Too little to matter to anybody below it: the least that makes a worker shed is three times as much. */
const BUSY_FROM = 0.2

export interface LoadReporterOptions {
  /** Share of the time since the last call in which the event loop was busy, from 0 to 1. */
  readonly utilisation: () => number
  readonly connections: Pick<ServerConnections, 'countActive' | 'nextWindow'>
  readonly send: (message: MessageToPrimary) => void
}

/** Tells every sample while the worker is busy, and the first one after it. */
export class LoadReporter {
  readonly #options: LoadReporterOptions
  #wasBusy = false

  constructor(options: LoadReporterOptions) {
    this.#options = options
  }

  /** Samples for as long as the process lives, without keeping it alive. */
  start(): void {
    // A long stretch of work holds the timer up: the sample after it covers the whole of it, and until then
    // the last report stands.
    setInterval(() => this.sample(), SAMPLE_EVERY_MS).unref()
  }

  sample(): void {
    const { connections, send } = this.#options
    const utilisation = this.#options.utilisation()
    const isBusy = utilisation >= BUSY_FROM
    // Counting walks over all connections, idle ones too: only when somebody is told.
    if (isBusy || this.#wasBusy) {
      send({ type: 'load', load: { utilisation, connections: connections.countActive() } })
    }
    this.#wasBusy = isBusy
    connections.nextWindow()
  }
}

/** The utilisation of this thread's event loop since the last call. Waiting for the CPU counts as busy. */
export function eventLoopUtilisation(): () => number {
  let last = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    // Clocks are read apart: an idle loop may come out a little below zero.
    return Math.min(1, Math.max(0, utilization))
  }
}
