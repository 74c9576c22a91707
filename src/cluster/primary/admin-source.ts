// What the admin port tells of the whole cluster.
import type { RegistryService } from '../../registry/catalog/registry-service.js'
import type { WorkerFleet } from '../fleet/worker-fleet.js'
import { type EndedWorkers, renderMetrics } from './metrics.js'

export function adminSource(fleet: WorkerFleet, registry: RegistryService, ended: EndedWorkers) {
  return {
    facts: () => ({
      workers: { ready: fleet.readyCount, wanted: fleet.size, spare: fleet.spareCount },
      registry: { revision: registry.revision, stores: Object.fromEntries(storesByState(registry)) },
    }),
    metrics: () => metricsOf(fleet, registry, ended),
  }
}

function storesByState(registry: RegistryService): Map<string, number> {
  const counts = new Map([
    ['ready', 0],
    ['indexing', 0],
    ['failed', 0],
  ])
  for (const { state } of registry.list()) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}

function metricsOf(fleet: WorkerFleet, registry: RegistryService, ended: EndedWorkers): string {
  const replicas = fleet.workers.filter(worker => worker.isReplica)
  const { revision } = registry
  return renderMetrics({
    cluster: {
      workers: fleet.size,
      workers_ready: fleet.readyCount,
      workers_spare: fleet.spareCount,
      worker_restarts: fleet.restartCount,
      primary_registry_revision: revision,
      registry_lag: Math.max(0, ...replicas.map(worker => revision - worker.ackedRevision)),
      primary_resident_memory_bytes: process.memoryUsage.rss(),
      primary_uptime_seconds: process.uptime(),
    },
    storesByState: storesByState(registry),
    workers: replicas.map(({ id, metrics }) => ({ id, values: metrics })),
    ended,
  })
}
