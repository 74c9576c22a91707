// What one worker measures of itself, pushed to the primary every second; the push is its sign of life too.
import { readdirSync } from 'node:fs'
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { MetricValues } from '../messages.js'

const MICROSECONDS = 1e6
/** Resolution of the event-loop delay, and what it shows when there is none. */
const DELAY_RESOLUTION_MS = 20

/** Numbers only the server's connections know. */
export interface ConnectionCounts {
  readonly requestCount: number
  readonly shedCount: number
  readonly count: number
}

export class WorkerMetrics {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
  readonly #limits: MetricValues
  #dropped = 0

  constructor(limits: { maxConnections: number | undefined; maxFileDescriptors: number | undefined }) {
    this.#limits = {
      ...(limits.maxConnections !== undefined && { max_connections: limits.maxConnections }),
      ...(limits.maxFileDescriptors !== undefined && { max_fds: limits.maxFileDescriptors }),
    }
    this.#delay.enable()
  }

  noteDropped(): void {
    this.#dropped++
  }

  /** The values since the last call (the delay) and since the start (the counters). */
  collect(connections: ConnectionCounts, revision: number): MetricValues {
    const memory = process.memoryUsage()
    const cpu = process.cpuUsage()
    const delayMs = Math.max(0, this.#delay.percentile(99) / MICROSECONDS - DELAY_RESOLUTION_MS)
    this.#delay.reset()
    const openFds = countFileDescriptors()
    return {
      ...this.#limits,
      ...(openFds !== undefined && { open_fds: openFds }),
      requests_total: connections.requestCount,
      dropped_connections_total: this.#dropped,
      connections_shed_total: connections.shedCount,
      connections: connections.count,
      resident_memory_bytes: memory.rss,
      heap_used_bytes: memory.heapUsed,
      external_memory_bytes: memory.external,
      cpu_seconds_total: (cpu.user + cpu.system) / MICROSECONDS,
      event_loop_delay_p99_seconds: delayMs / 1000,
      registry_revision: revision,
    }
  }
}

function countFileDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    // Only Linux has /proc: the metric is left out elsewhere.
    return undefined
  }
}
