// Loaded into the service's processes by NODE_OPTIONS while a benchmark runs: writes each process's event-loop
// delay and memory to a file once a second. The service itself knows nothing of it.
import cluster from 'node:cluster'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const folder = process.env.BENCH_PROBE_DIR

if (folder !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const timer = setInterval(() => {
    const facts = {
      role: cluster.isWorker ? 'worker' : 'other',
      p99Ms: delay.percentile(99) / 1e6,
      maxMs: delay.max / 1e6,
      rssMiB: process.memoryUsage.rss() / 2 ** 20,
    }
    writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(facts))
  }, 1000)
  timer.unref()
}
