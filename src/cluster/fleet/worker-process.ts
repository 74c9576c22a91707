// One worker as the primary sees it: its state, its messages, its deadlines. Decides nothing about replacing it.
import cluster, { type Worker } from 'node:cluster'
import { EventEmitter } from 'node:events'
import type { Logger } from '../../logger.js'
import {
  type InitMessage,
  type LoadValues,
  type MessageToPrimary,
  type MessageToWorker,
  type MetricValues,
  parseMessageToPrimary,
} from '../messages.js'
import { allocatorEnvironment } from '../process-limits.js'
import type { Deadline, WorkerEvents, WorkerOptions, WorkerState, WorkerTimes } from './worker-state.js'

export type { WorkerExit, WorkerState, WorkerTimes } from './worker-state.js'

export class WorkerProcess extends EventEmitter<WorkerEvents> {
  readonly #worker: Worker
  readonly #times: WorkerTimes
  readonly #log: Logger
  #state: WorkerState = 'starting'
  #readyAtMs: number | undefined
  #reason: string | undefined
  #sentRevision = 0
  #ackedRevision = -1
  #metrics: MetricValues = {}
  #load: LoadValues = { utilisation: 0, connections: 0 }
  /** Time awake at the last tick, and when it was last heard of. */
  #nowMs: number
  #heardAtMs: number
  #isAnswering = true
  #isKilled = false
  /** Ends the worker when the one thing it owes us is late. */
  #deadline: Deadline | undefined
  #ackDeadline: Deadline | undefined

  private constructor(worker: Worker, options: WorkerOptions) {
    super()
    const { times, log, nowMs } = options
    this.#nowMs = nowMs
    this.#heardAtMs = nowMs
    this.#worker = worker
    this.#times = times
    this.#log = log
    worker.on('message', message => this.#receive(message))
    worker.on('exit', (code, signal) => this.#onExit(code, signal))
    // Forking or writing to a dying worker may fail; its exit says the rest.
    worker.on('error', error => log.warn({ worker: worker.id, err: error }, 'worker channel failed'))
    this.#expect(times.startDeadlineMs, 'did not come up')
  }

  /** Forks by the settings of `cluster.setupPrimary`. */
  static fork(options: WorkerOptions): WorkerProcess {
    return new WorkerProcess(cluster.fork(allocatorEnvironment(process.env)), options)
  }

  get id(): number {
    return this.#worker.id
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  get state(): WorkerState {
    return this.#state
  }

  /** False when it has been silent for long: stopped, or its event loop is blocked. */
  get isAnswering(): boolean {
    return this.#isAnswering
  }

  /** Whether it serves, and would answer now. */
  get isReady(): boolean {
    return this.#state === 'ready' && this.#isAnswering
  }

  /** What it reported last. */
  get metrics(): MetricValues {
    return this.#metrics
  }

  /** What it said of its load last: it is silent while idle. */
  get load(): LoadValues {
    return this.#load
  }

  get ackedRevision(): number {
    return this.#ackedRevision
  }

  /** Whether it holds a copy of the registry that must keep up. */
  get isReplica(): boolean {
    return this.#state !== 'starting' && this.#state !== 'gone'
  }

  /** Called often, with the time awake: looks for what is late. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs
    const isUp = this.#state === 'standby' || this.#state === 'promoted' || this.#state === 'ready'
    const silentForMs = isUp ? nowMs - this.#heardAtMs : 0
    this.#setAnswering(silentForMs <= this.#times.unansweredMs)
    if (silentForMs > this.#times.silenceMs)
      this.kill(`has not been heard of within ${this.#times.silenceMs} ms`)
    for (const deadline of [this.#deadline, this.#ackDeadline])
      if (deadline !== undefined && nowMs > deadline.atMs) this.kill(deadline.otherwise)
  }

  init(message: InitMessage): void {
    this.#state = 'initialised'
    this.#expectAck(message.snapshot.revision)
    this.send(message)
  }

  /** Lets a worker on standby listen. */
  promote(): void {
    this.#state = 'promoted'
    this.#expect(this.#times.startDeadlineMs, 'did not become ready')
    this.send({ type: 'serve' })
  }

  sendChange(message: MessageToWorker & { type: 'change' }): void {
    this.#expectAck(message.change.revision)
    this.send(message)
  }

  sendSnapshot(message: MessageToWorker & { type: 'snapshot' }): void {
    this.#expectAck(message.snapshot.revision)
    this.send(message)
  }

  send(message: MessageToWorker): void {
    if (!this.#worker.isConnected()) return
    this.#worker.process.send?.(message, error => {
      if (error) this.#log.debug({ worker: this.id, err: error }, 'message not delivered')
    })
  }

  /** Asks it to finish its answers and go. */
  drain(): void {
    if (this.#state === 'gone' || this.#state === 'draining') return
    const isListening = this.#state !== 'starting'
    this.#state = 'draining'
    this.#expect(this.#times.drainDeadlineMs, 'did not finish draining')
    // Too early in its life to hear the message, and nothing to finish.
    if (isListening) this.send({ type: 'drain' })
    else this.kill('was stopped while starting')
  }

  kill(why: string): void {
    if (this.#state === 'gone' || this.#isKilled) return
    this.#isKilled = true
    this.#log.warn({ worker: this.id, workerPid: this.pid }, `killing worker: it ${why}`)
    this.#reason ??= why
    this.#worker.process.kill('SIGKILL')
  }

  #receive(value: unknown): void {
    let message: MessageToPrimary
    try {
      message = parseMessageToPrimary(value)
    } catch (error) {
      this.#log.error({ worker: this.id, err: error }, 'bad message from a worker')
      return
    }
    this.#heardAtMs = this.#nowMs
    this.#setAnswering(true)
    switch (message.type) {
      case 'loaded':
        this.emit('loaded')
        break
      case 'standby':
        this.#onStandby()
        break
      case 'ready':
        this.#onReady()
        break
      case 'ack':
        this.#onAck(message.revision)
        break
      case 'failed':
        this.#reason = message.reason
        break
      case 'metrics':
        this.#metrics = message.values
        break
      case 'load':
        this.#load = message.load
        break
    }
    this.emit('message', message)
  }

  #onStandby(): void {
    if (this.#state !== 'initialised') return
    this.#state = 'standby'
    this.#deadline = undefined
    if (this.#ackedRevision < this.#sentRevision) this.#expectAck(this.#sentRevision)
    this.emit('standby')
  }

  #onReady(): void {
    if (this.#state !== 'promoted') return
    this.#state = 'ready'
    this.#readyAtMs = performance.now()
    this.#deadline = undefined
    this.emit('ready')
  }

  #onAck(revision: number): void {
    this.#ackedRevision = Math.max(this.#ackedRevision, revision)
    this.#ackDeadline = undefined
    if (this.#ackedRevision < this.#sentRevision) this.#expectAck(this.#sentRevision)
  }

  #onExit(code: number | null, signal: string | null): void {
    this.#state = 'gone'
    const readyForMs = this.#readyAtMs === undefined ? undefined : performance.now() - this.#readyAtMs
    // Whoever is silent when it is killed had its silence for a reason.
    const wasSilent = this.#isKilled && !this.#isAnswering
    this.emit('exit', { code, signal, readyForMs, reason: this.#reason, wasSilent })
  }

  #expectAck(revision: number): void {
    this.#sentRevision = revision
    // While it comes up the deadline of the start counts: on a busy machine that takes longer than an answer.
    if (this.#state === 'initialised') return
    this.#ackDeadline ??= {
      atMs: this.#nowMs + this.#times.ackDeadlineMs,
      otherwise: `did not acknowledge registry revision ${revision}`,
    }
  }

  #expect(withinMs: number, otherwise: string): void {
    this.#deadline = { atMs: this.#nowMs + withinMs, otherwise: `${otherwise} within ${withinMs} ms` }
  }

  #setAnswering(isAnswering: boolean): void {
    if (this.#isAnswering === isAnswering) return
    this.#isAnswering = isAnswering
    const what = isAnswering ? 'worker answers again' : 'worker does not answer: it counts as not ready'
    this.#log.warn({ worker: this.id, workerPid: this.pid }, what)
  }
}
