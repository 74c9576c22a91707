// What a fleet of workers is made from, and what it tells.
import cluster from 'node:cluster'
import type { Logger } from '../../logger.js'
import type { InitMessage, MessageToPrimary } from '../messages.js'
import type { RestartPolicy } from './restart-policy.js'
import type { WorkerExit, WorkerProcess, WorkerTimes } from './worker-process.js'

export interface FleetOptions {
  /** Workers that serve. */
  readonly size: number
  /** Workers on standby, which take a place in milliseconds where a fork takes the better part of a second. */
  readonly spares: number
  /** The script a worker runs. */
  readonly exec: string
  readonly execArgv: readonly string[]
  readonly scheduling: 'shared' | 'round-robin'
  /** A file descriptor that every worker inherits behind its channel, once the fleet starts. */
  readonly inheritedFd?: () => number | undefined
  readonly times: WorkerTimes
  readonly log: Logger
  readonly policy?: RestartPolicy
  /** Made anew for each worker: it carries the registry of that moment. */
  readonly createInit: () => InitMessage
}

/** A place in the fleet, and the worker that serves in it. */
export interface Slot {
  readonly number: number
  current: WorkerProcess | undefined
}

export interface FleetEvents {
  message: [WorkerProcess, MessageToPrimary]
  /** A worker ended, whatever for. */
  exit: [WorkerProcess, WorkerExit]
  /** The workers cannot start at all: nothing more is tried. */
  failed: [reason: string]
  /** Every place is filled with a ready worker. */
  complete: []
}

/** How the workers are forked. The policy is frozen by the first fork or set-up, so this comes before both. */
export function setUpCluster({ scheduling, exec, execArgv, inheritedFd }: FleetOptions): void {
  // With round-robin the connection in transit to a dying worker hangs for ever: only on request.
  cluster.schedulingPolicy = scheduling === 'shared' ? cluster.SCHED_NONE : cluster.SCHED_RR
  const fd = inheritedFd?.()
  const stdio = [0, 1, 2, 'ipc' as const, ...(fd === undefined ? [] : [fd])]
  cluster.setupPrimary({ exec, args: [], execArgv: [...execArgv], serialization: 'json', stdio })
}
