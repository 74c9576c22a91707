// All workers: keeps their number, replaces the dead by the restart policy, rolls, drains. Knows nothing of
// the registry's content or of HTTP.
import { EventEmitter } from 'node:events'
import { availableParallelism } from 'node:os'
import type { MessageToWorker } from '../messages.js'
import { StartupError } from '../startup-error.js'
import { AwakeTime } from './awake-time.js'
import { type FleetEvents, type FleetOptions, type Slot, setUpCluster } from './fleet-options.js'
import { RestartPolicy } from './restart-policy.js'
import { describeExit, factsOf, isKilledFromOutside } from './worker-exit.js'
import { type WorkerExit, WorkerProcess } from './worker-process.js'
import { acknowledged, becomesReady, exitOf } from './worker-waits.js'

/** How often workers are looked at for what they owe. */
const TICK_MS = 250

export class WorkerFleet extends EventEmitter<FleetEvents> {
  readonly #options: FleetOptions
  readonly #policy: RestartPolicy
  readonly #slots: Slot[]
  /** Places without a worker, the one that has been empty for longest first. */
  readonly #empty: Slot[]
  readonly #live = new Set<WorkerProcess>()
  /** Workers that come up or are on standby, for whichever place is empty next. */
  readonly #pool = new Set<WorkerProcess>()
  readonly #restarts = new Set<NodeJS.Timeout>()
  readonly #awake = new AwakeTime(TICK_MS, performance.now())
  #ticking: NodeJS.Timeout | undefined
  #hasBeenComplete = false
  #isStopping = false
  #pendingRolls = 0
  #restartCount = 0
  #roll: Promise<void> = Promise.resolve()

  constructor(options: FleetOptions) {
    super()
    this.#options = options
    this.#policy = options.policy ?? new RestartPolicy()
    this.#slots = Array.from({ length: options.size }, (_, number) => ({ number, current: undefined }))
    this.#empty = [...this.#slots]
  }

  get size(): number {
    return this.#slots.length
  }

  /** Workers alive, in whatever state. */
  get workers(): readonly WorkerProcess[] {
    return [...this.#live]
  }

  /** Workers that serve and answer. */
  get readyCount(): number {
    return this.workers.filter(worker => worker.isReady).length
  }

  get spareCount(): number {
    return this.workers.filter(worker => worker.state === 'standby' && worker.isAnswering).length
  }

  get restartCount(): number {
    return this.#restartCount
  }

  /** Whether it neither rolls nor stops. */
  get isSettled(): boolean {
    return !this.#isStopping && this.#pendingRolls === 0
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
    setUpCluster(this.#options)
    const complete = new Promise<void>((resolve, reject) => {
      this.once('complete', resolve)
      this.once('failed', reason => reject(new StartupError(reason)))
    })
    this.#ticking = setInterval(() => this.#tick(), TICK_MS).unref()
    this.#fillPool()
    await complete
  }

  broadcast(message: MessageToWorker & { type: 'change' }): void {
    for (const worker of this.#live) if (worker.isReplica) worker.sendChange(message)
  }

  /** Tells every worker that has been initialised; later ones learn it from `createInit`. */
  tell(message: MessageToWorker): void {
    for (const worker of this.#live) if (worker.isReplica) worker.send(message)
  }

  /** Resolved when every worker with a copy of the registry has acknowledged the revision, or is gone. */
  async whenAcknowledged(revision: number): Promise<void> {
    const replicas = this.workers.filter(worker => worker.isReplica)
    await Promise.all(replicas.map(worker => acknowledged(worker, revision)))
  }

  /** Replaces every worker, one after the other, without a failed request. Rolls do not overlap. */
  roll(): Promise<void> {
    this.#pendingRolls++
    this.#roll = this.#roll
      .then(() => this.#rollOnce())
      .finally(() => {
        this.#pendingRolls--
      })
    return this.#roll
  }

  /** Lets every worker finish its answers; true when all of them ended well. */
  async drain(): Promise<boolean> {
    this.#stopRestarts()
    const exits = this.workers.map(exitOf)
    for (const worker of this.#live) worker.drain()
    const ends = await Promise.all(exits)
    clearInterval(this.#ticking)
    return ends.every(end => end.code === 0 || end.readyForMs === undefined)
  }

  /** Ends every worker at once. */
  async kill(): Promise<void> {
    this.#stopRestarts()
    const exits = this.workers.map(exitOf)
    for (const worker of this.#live) worker.kill('was told to')
    await Promise.all(exits)
    clearInterval(this.#ticking)
  }

  #tick(): void {
    const nowMs = this.#awake.tick(performance.now())
    for (const worker of this.#live) worker.tick(nowMs)
  }

  #stopRestarts(): void {
    this.#isStopping = true
    for (const restart of this.#restarts) clearTimeout(restart)
  }

  #fork(): WorkerProcess {
    const { times, log } = this.#options
    const worker = WorkerProcess.fork({ times, log, nowMs: this.#awake.ms })
    this.#live.add(worker)
    worker.on('loaded', () => worker.init(this.#options.createInit()))
    worker.on('ready', () => this.#onReady(worker))
    worker.on('message', message => this.emit('message', worker, message))
    worker.on('exit', exit => {
      this.#live.delete(worker)
      this.emit('exit', worker, exit)
      this.#onExit(worker, exit)
    })
    return worker
  }

  /** One worker in the pool per empty place and spare, those that are to be forked later included. */
  #fillPool(): void {
    if (this.#isStopping) return
    // The first workers come up faster without spares beside them.
    const spares = this.#hasBeenComplete ? this.#options.spares : 0
    const wanted = this.#empty.length + spares - this.#restarts.size
    // As many at once as there are cores: more would only delay the first one to serve.
    while (this.#pool.size < wanted && this.#startingCount < availableParallelism()) {
      const worker = this.#fork()
      this.#pool.add(worker)
      worker.on('standby', () => {
        this.#fillSlots()
        this.#fillPool()
      })
    }
  }

  get #startingCount(): number {
    return [...this.#pool].filter(worker => worker.state !== 'standby').length
  }

  #fillSlots(): void {
    for (const worker of this.#pool) {
      if (worker.state !== 'standby' || !worker.isAnswering) continue
      const slot = this.#empty.shift()
      if (slot === undefined) return
      this.#pool.delete(worker)
      slot.current = worker
      worker.promote()
    }
  }

  #onReady(worker: WorkerProcess): void {
    const slot = this.#slots.find(each => each.current === worker)?.number
    this.#options.log.info({ ...factsOf(worker), slot }, 'worker ready')
    this.#policy.onReady()
    const count = this.workers.filter(each => each.state === 'ready').length
    if (count !== this.size || this.#hasBeenComplete) return
    this.#hasBeenComplete = true
    this.emit('complete')
    this.#fillPool()
  }

  #onExit(worker: WorkerProcess, exit: WorkerExit): void {
    const slot = this.#slots.find(each => each.current === worker)
    const wasInPool = this.#pool.delete(worker)
    // Otherwise it was asked to go, or was to take part in a roll, which sees to it.
    if (this.#isStopping || (slot === undefined && !wasInPool)) return
    if (slot !== undefined) {
      slot.current = undefined
      this.#empty.push(slot)
    }
    this.#replace(worker, exit, slot)
  }

  #replace(worker: WorkerProcess, exit: WorkerExit, slot: Slot | undefined): void {
    const wasKilled = isKilledFromOutside(exit)
    const { readyForMs } = exit
    const decision = this.#policy.onDeath({ atMs: performance.now(), readyForMs, wasKilled })
    if (decision.action === 'stop') {
      this.#stopRestarts()
      this.emit('failed', exit.reason ?? `a worker ended while starting (${describeExit(exit)})`)
      return
    }
    const { delayMs, alarm } = decision
    this.#options.log[alarm ? 'error' : 'warn'](
      { ...factsOf(worker), slot: slot?.number, ...exit, delayMs },
      `worker ended (${describeExit(exit)}), replacing it${alarm ? '; workers keep ending' : ''}`,
    )
    this.#restartCount++
    this.#fillSlots()
    this.#forkAfter(delayMs)
  }

  #forkAfter(delayMs: number): void {
    if (delayMs === 0) {
      this.#fillPool()
      return
    }
    const restart = setTimeout(() => {
      this.#restarts.delete(restart)
      this.#fillPool()
    }, delayMs)
    this.#restarts.add(restart)
  }

  async #rollOnce(): Promise<void> {
    for (const slot of this.#slots) {
      if (this.#isStopping || !(await this.#rollSlot(slot))) return
    }
    // Spares are of the old kind too.
    for (const spare of this.#pool) {
      this.#pool.delete(spare)
      spare.drain()
    }
    this.#fillPool()
  }

  /** False when the new worker could not start: the old one then stays. */
  async #rollSlot(slot: Slot): Promise<boolean> {
    const next = this.#fork()
    next.on('standby', () => next.promote())
    const isReady = await becomesReady(next)
    if (this.#isStopping) return false
    if (!isReady) {
      this.#options.log.error('a new worker could not start: rolling stops, the old workers stay')
      return false
    }
    const old = slot.current
    slot.current = next
    if (old === undefined) {
      this.#empty.splice(this.#empty.indexOf(slot), 1)
    } else {
      const gone = exitOf(old)
      old.drain()
      await gone
    }
    return true
  }
}
