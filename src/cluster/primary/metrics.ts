// The cluster's metrics as Prometheus text. Workers push their values and the primary answers with the last
// ones: asking every worker at scrape time fails whole when one of them is blocked. Knows no HTTP.
import type { MetricValues } from '../messages.js'

interface MetricFacts {
  readonly type: 'gauge' | 'counter'
  readonly help: string
}

/** What each worker reports. Counters are summed over the workers, those that have ended included. */
const WORKER_METRICS: Readonly<Record<string, MetricFacts>> = {
  requests_total: { type: 'counter', help: 'Requests received' },
  dropped_connections_total: { type: 'counter', help: 'Connections refused at the limit of connections' },
  connections_shed_total: {
    type: 'counter',
    help: 'Connections closed behind an answer because another worker was idle',
  },
  connections: { type: 'gauge', help: 'Open client connections' },
  max_connections: { type: 'gauge', help: 'Limit of open client connections' },
  open_fds: { type: 'gauge', help: 'Open file descriptors' },
  max_fds: { type: 'gauge', help: 'Limit of open file descriptors' },
  resident_memory_bytes: { type: 'gauge', help: 'Resident memory' },
  heap_used_bytes: { type: 'gauge', help: 'Used JavaScript heap' },
  external_memory_bytes: { type: 'gauge', help: 'Memory of buffers outside the heap' },
  cpu_seconds_total: { type: 'counter', help: 'CPU time used' },
  event_loop_delay_p99_seconds: {
    type: 'gauge',
    help: 'Event-loop delay in the last report, 99th percentile',
  },
  registry_revision: { type: 'gauge', help: 'Registry revision in place' },
}

/** The primary's own numbers at the moment of the scrape, by name without prefix. */
export interface ClusterGauges {
  readonly [name: string]: number
}

/** Sums of counters over workers that have ended, so that a counter never falls. */
export class EndedWorkers {
  readonly #sums = new Map<string, number>()

  add(values: MetricValues): void {
    for (const [name, value] of Object.entries(values)) {
      if (WORKER_METRICS[name]?.type === 'counter') this.#sums.set(name, this.sum(name) + value)
    }
  }

  sum(name: string): number {
    return this.#sums.get(name) ?? 0
  }
}

export interface MetricsSource {
  readonly cluster: ClusterGauges
  readonly storesByState: ReadonlyMap<string, number>
  readonly workers: ReadonlyArray<{ readonly id: number; readonly values: MetricValues }>
  readonly ended: EndedWorkers
}

/** The text exposition format, version 0.0.4. */
export function renderMetrics(source: MetricsSource): string {
  const lines: string[] = []
  for (const [name, value] of Object.entries(source.cluster)) {
    lines.push(`# TYPE zipzarr_${name} gauge`, `zipzarr_${name} ${value}`)
  }
  lines.push('# HELP zipzarr_stores Registered stores by state', '# TYPE zipzarr_stores gauge')
  for (const [state, count] of source.storesByState) lines.push(`zipzarr_stores{state="${state}"} ${count}`)
  for (const [name, { type, help }] of Object.entries(WORKER_METRICS)) {
    lines.push(`# HELP zipzarr_${name} ${help}`, `# TYPE zipzarr_${name} ${type}`)
    lines.push(...(type === 'counter' ? renderCounter(name, source) : renderGauge(name, source)))
  }
  return `${lines.join('\n')}\n`
}

function renderCounter(name: string, { workers, ended }: MetricsSource): string[] {
  const live = workers.reduce((sum, { values }) => sum + (values[name] ?? 0), 0)
  return [`zipzarr_${name} ${live + ended.sum(name)}`]
}

function renderGauge(name: string, { workers }: MetricsSource): string[] {
  return workers
    .filter(({ values }) => values[name] !== undefined)
    .map(({ id, values }) => `zipzarr_${name}{worker="${id}"} ${values[name]}`)
}
