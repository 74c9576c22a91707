// The primary's part in evening connections out: takes the loads of the ready workers to the policy at every
// report, and its decisions to the workers. Reports come only while somebody is busy, so no timer is needed.
import type { Logger } from '../../logger.js'
import type { WorkerFleet } from '../fleet/worker-fleet.js'
import type { WorkerProcess } from '../fleet/worker-process.js'
import { ShedPolicy, type WorkerLoad } from './shed-policy.js'

/** Metrics are up to a second old: some connections may have come since. */
const ROOM_SHARE = 0.9

export function balanceConnections(fleet: WorkerFleet, log: Logger): void {
  const policy = new ShedPolicy()
  fleet.on('message', (_worker, message) => {
    // While workers come and go by order, their connections are moved by that.
    if (message.type !== 'load' || !fleet.isSettled) return
    const ready = fleet.workers.filter(worker => worker.isReady)
    for (const { worker: id, count } of policy.decide(ready.map(loadOf), performance.now())) {
      log.debug({ worker: id, count, loads: ready.map(loadOf) }, 'shedding connections')
      ready.find(worker => worker.id === id)?.send({ type: 'shed', count })
    }
  })
}

function loadOf({ id, load, metrics }: WorkerProcess): WorkerLoad {
  const { connections = 0, max_connections: limit = Number.POSITIVE_INFINITY } = metrics
  return { worker: id, ...load, hasRoom: connections < limit * ROOM_SHARE }
}
