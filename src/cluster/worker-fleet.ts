// All workers: keeps their number, replaces the dead by the restart policy, rolls, drains. Knows nothing of
// the registry's content or of HTTP.
import cluster from 'node:cluster'
import { EventEmitter } from 'node:events'
import type { Logger } from '../logger.js'
import type { InitMessage, MessageToPrimary, MessageToWorker } from './messages.js'
import { RestartPolicy } from './restart-policy.js'
import { StartupError } from './startup-error.js'
import { type WorkerExit, WorkerProcess, type WorkerTimes } from './worker-process.js'

export interface FleetOptions {
  readonly size: number
  /** The script a worker runs. */
  readonly exec: string
  readonly execArgv: readonly string[]
  readonly scheduling: 'shared' | 'round-robin'
  readonly times: WorkerTimes
  readonly log: Logger
  readonly policy?: RestartPolicy
  /** Made anew for each worker: it carries the registry of that moment. */
  readonly createInit: () => InitMessage
}

/** Signals that people and systems send; the rest (SIGSEGV, SIGABRT, ...) are crashes. */
const OUTSIDE_SIGNALS = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])

/** A place in the fleet: the worker that serves, and the one that is to take over while rolling. */
interface Slot {
  current: WorkerProcess | undefined
  next: WorkerProcess | undefined
  restart: NodeJS.Timeout | undefined
}

interface FleetEvents {
  message: [WorkerProcess, MessageToPrimary]
  /** A worker ended, whatever for. */
  exit: [WorkerProcess, WorkerExit]
  /** The workers cannot start at all: nothing more is tried. */
  failed: [reason: string]
  /** Every place is filled with a ready worker. */
  complete: []
}

export class WorkerFleet extends EventEmitter<FleetEvents> {
  readonly #options: FleetOptions
  readonly #policy: RestartPolicy
  readonly #slots: Slot[]
  readonly #live = new Set<WorkerProcess>()
  #isStopping = false
  #hasFailed = false
  #restartCount = 0
  #roll: Promise<void> | undefined

  constructor(options: FleetOptions) {
    super()
    this.#options = options
    this.#policy = options.policy ?? new RestartPolicy()
    this.#slots = Array.from({ length: options.size }, () => ({
      current: undefined,
      next: undefined,
      restart: undefined,
    }))
  }

  get size(): number {
    return this.#slots.length
  }

  /** Workers alive, in whatever state. */
  get workers(): readonly WorkerProcess[] {
    return [...this.#live]
  }

  get readyCount(): number {
    return this.workers.filter(worker => worker.state === 'ready').length
  }

  get restartCount(): number {
    return this.#restartCount
  }

  /** Whether workers crash so fast that the service should not be called ready. */
  get isStorm(): boolean {
    return this.#policy.isStorm(performance.now())
  }

  /**
   * Forks all workers; resolved when every one has been ready.
   * @throws StartupError when one of them cannot start
   */
  async start(): Promise<void> {
    // With round-robin the connection in transit to a dying worker hangs for ever: only on request.
    // The policy is frozen by the first fork or set-up, so it comes first.
    const isShared = this.#options.scheduling === 'shared'
    cluster.schedulingPolicy = isShared ? cluster.SCHED_NONE : cluster.SCHED_RR
    const { exec, execArgv } = this.#options
    cluster.setupPrimary({ exec, args: [], execArgv: [...execArgv], serialization: 'json' })
    const complete = new Promise<void>((resolve, reject) => {
      this.once('complete', resolve)
      this.once('failed', reason => reject(new StartupError(reason)))
    })
    for (const slot of this.#slots) slot.current = this.#fork(slot)
    await complete
  }

  broadcast(message: MessageToWorker & { type: 'change' }): void {
    for (const worker of this.#live) if (worker.isReplica) worker.sendChange(message)
  }

  /** Resolved when every worker with a copy of the registry has acknowledged the revision, or is gone. */
  async whenAcknowledged(revision: number): Promise<void> {
    const replicas = this.workers.filter(worker => worker.isReplica)
    await Promise.all(replicas.map(worker => acknowledged(worker, revision)))
  }

  /** Replaces every worker, one after the other, without a failed request. Rolls do not overlap. */
  roll(): Promise<void> {
    const previous = this.#roll ?? Promise.resolve()
    this.#roll = previous.then(() => this.#rollOnce())
    return this.#roll
  }

  /** Lets every worker finish its answers; true when all of them ended well. */
  async drain(): Promise<boolean> {
    this.#stopRestarts()
    const exits = this.workers.map(exitOf)
    for (const worker of this.#live) worker.drain()
    const ends = await Promise.all(exits)
    return ends.every(end => end.code === 0 || end.readyForMs === undefined)
  }

  /** Ends every worker at once. */
  async kill(): Promise<void> {
    this.#stopRestarts()
    const exits = this.workers.map(exitOf)
    for (const worker of this.#live) worker.kill('was told to')
    await Promise.all(exits)
  }

  #stopRestarts(): void {
    this.#isStopping = true
    for (const slot of this.#slots) clearTimeout(slot.restart)
  }

  #fork(slot: Slot): WorkerProcess {
    const worker = WorkerProcess.fork(this.#options.times, this.#options.log)
    this.#live.add(worker)
    worker.on('loaded', () => worker.init(this.#options.createInit()))
    worker.on('ready', () => this.#onReady(worker))
    worker.on('message', message => this.emit('message', worker, message))
    worker.on('exit', exit => {
      this.#live.delete(worker)
      this.emit('exit', worker, exit)
      if (slot.current === worker) this.#onDeath(slot, exit)
    })
    return worker
  }

  #onReady(worker: WorkerProcess): void {
    this.#options.log.info({ worker: worker.id, workerPid: worker.pid }, 'worker ready')
    this.#policy.onReady()
    if (this.readyCount === this.size) this.emit('complete')
  }

  #onDeath(slot: Slot, exit: WorkerExit): void {
    slot.current = undefined
    if (this.#isStopping || this.#hasFailed) return
    const { log } = this.#options
    // A reason means that it failed in our eyes; without one these signals and a clean end came from outside.
    const isOutside = exit.code === 0 || OUTSIDE_SIGNALS.has(exit.signal ?? '')
    const wasKilled = exit.reason === undefined && isOutside
    const decision = this.#policy.onDeath({
      atMs: performance.now(),
      readyForMs: exit.readyForMs,
      wasKilled,
    })
    if (decision.action === 'stop') {
      this.#hasFailed = true
      this.emit('failed', exit.reason ?? `a worker ended while starting (${describeExit(exit)})`)
      return
    }
    const { delayMs, alarm } = decision
    log[alarm ? 'error' : 'warn'](
      { reason: exit.reason, readyForMs: exit.readyForMs, delayMs },
      `worker ended (${describeExit(exit)}), replacing it${alarm ? '; workers keep ending' : ''}`,
    )
    if (slot.next !== undefined) return
    if (delayMs === 0) this.#refill(slot)
    else slot.restart = setTimeout(() => this.#refill(slot), delayMs)
  }

  #refill(slot: Slot): void {
    if (this.#isStopping || slot.current !== undefined) return
    this.#restartCount++
    slot.current = this.#fork(slot)
  }

  async #rollOnce(): Promise<void> {
    for (const slot of this.#slots) {
      if (this.#isStopping || !(await this.#rollSlot(slot))) return
    }
  }

  /** False when the new worker could not start: the old one then stays. */
  async #rollSlot(slot: Slot): Promise<boolean> {
    const next = this.#fork(slot)
    slot.next = next
    const isReady = await becomesReady(next)
    slot.next = undefined
    if (this.#isStopping) return false
    if (!isReady) {
      this.#options.log.error('a new worker could not start: rolling stops, the old workers stay')
      if (slot.current === undefined) this.#refill(slot)
      return false
    }
    const old = slot.current
    clearTimeout(slot.restart)
    slot.current = next
    if (old !== undefined) {
      const gone = exitOf(old)
      old.drain()
      await gone
    }
    return true
  }
}

/** True once it is ready, false when it ended before. */
function becomesReady(worker: WorkerProcess): Promise<boolean> {
  return new Promise(resolve => {
    worker.once('ready', () => resolve(true))
    worker.once('exit', () => resolve(false))
  })
}

function exitOf(worker: WorkerProcess): Promise<WorkerExit> {
  return new Promise(resolve => worker.once('exit', resolve))
}

function acknowledged(worker: WorkerProcess, revision: number): Promise<void> {
  return new Promise(resolve => {
    const check = () => {
      if (worker.state !== 'gone' && worker.ackedRevision < revision) return
      worker.off('message', check)
      worker.off('exit', check)
      resolve()
    }
    worker.on('message', check)
    worker.on('exit', check)
    check()
  })
}

function describeExit({ code, signal }: WorkerExit): string {
  return signal === null ? `exit code ${code}` : signal
}
