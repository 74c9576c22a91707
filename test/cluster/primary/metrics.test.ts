import t from 'tap'
import { EndedWorkers, renderMetrics } from '../../../src/cluster/primary/metrics.js'

t.test('metrics are Prometheus text: gauges by worker, counters as one sum that never falls', async t => {
  const ended = new EndedWorkers()
  ended.add({ requests_total: 10, connections: 7 })
  const text = renderMetrics({
    cluster: { workers: 2 },
    storesByState: new Map([['ready', 3]]),
    workers: [
      { id: 1, values: { requests_total: 5, connections: 2 } },
      { id: 2, values: { requests_total: 6, connections: 1 } },
    ],
    ended,
  })
  const lines = text.split('\n')
  t.ok(lines.includes('zipzarr_workers 2'))
  t.ok(lines.includes('zipzarr_stores{state="ready"} 3'))
  t.ok(lines.includes('zipzarr_requests_total 21'))
  t.ok(lines.includes('zipzarr_connections{worker="1"} 2'))
  t.ok(lines.includes('zipzarr_connections{worker="2"} 1'))
  t.ok(lines.includes('# TYPE zipzarr_requests_total counter'))
  t.ok(lines.every(line => /^(|#.*|zipzarr_[a-z0-9_]+(\{[a-z]+="[^"]*"\})? [0-9.e+-]+)$/.test(line)))
  t.equal(text.endsWith('\n'), true)
})
