// One worker as the primary sees it: its state, its messages, its deadlines. Decides nothing about replacing it.
import cluster, { type Worker } from 'node:cluster'
import { EventEmitter } from 'node:events'
import type { Logger } from '../logger.js'
import {
  type InitMessage,
  type LoadValues,
  type MessageToPrimary,
  type MessageToWorker,
  type MetricValues,
  parseMessageToPrimary,
} from './messages.js'

/** `standby`: everything is loaded and kept up to date, nothing is listened to. */
export type WorkerState = 'starting' | 'initialised' | 'standby' | 'promoted' | 'ready' | 'draining' | 'gone'

export interface WorkerTimes {
  /** From fork to standby, and from there to ready. */
  readonly startDeadlineMs: number
  /** From a registry change to its acknowledgement. */
  readonly ackDeadlineMs: number
  /** Longest silence of a worker that has come up; it reports every second. */
  readonly silenceMs: number
  /** From the order to drain to the exit. */
  readonly drainDeadlineMs: number
}

/** How a worker ended. */
export interface WorkerExit {
  readonly code: number | null
  readonly signal: string | null
  readonly readyForMs: number | undefined
  /** Its last word about a start that failed. */
  readonly reason: string | undefined
}

interface WorkerEvents {
  loaded: []
  standby: []
  ready: []
  message: [MessageToPrimary]
  exit: [WorkerExit]
}

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
  /** Ends the worker when the one thing it owes us is late. */
  #deadline: NodeJS.Timeout | undefined
  #ackDeadline: NodeJS.Timeout | undefined

  private constructor(worker: Worker, times: WorkerTimes, log: Logger) {
    super()
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
  static fork(times: WorkerTimes, log: Logger): WorkerProcess {
    return new WorkerProcess(cluster.fork(), times, log)
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
    if (this.#state === 'gone') return
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
        if (this.#state === 'ready' || this.#state === 'standby') this.#expectReport()
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
    this.#expectReport()
    this.emit('standby')
  }

  #onReady(): void {
    if (this.#state !== 'promoted') return
    this.#state = 'ready'
    this.#readyAtMs = performance.now()
    this.#expectReport()
    this.emit('ready')
  }

  #onAck(revision: number): void {
    this.#ackedRevision = Math.max(this.#ackedRevision, revision)
    clearTimeout(this.#ackDeadline)
    this.#ackDeadline = undefined
    if (this.#ackedRevision < this.#sentRevision) this.#expectAck(this.#sentRevision)
  }

  #onExit(code: number | null, signal: string | null): void {
    this.#state = 'gone'
    clearTimeout(this.#deadline)
    clearTimeout(this.#ackDeadline)
    const readyForMs = this.#readyAtMs === undefined ? undefined : performance.now() - this.#readyAtMs
    this.emit('exit', { code, signal, readyForMs, reason: this.#reason })
  }

  #expectAck(revision: number): void {
    this.#sentRevision = revision
    this.#ackDeadline ??= setTimeout(
      () => this.kill(`did not acknowledge registry revision ${this.#sentRevision}`),
      this.#times.ackDeadlineMs,
    )
  }

  #expectReport(): void {
    this.#expect(this.#times.silenceMs, 'has not been heard of')
  }

  #expect(withinMs: number, otherwise: string): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.kill(`${otherwise} within ${withinMs} ms`), withinMs)
  }
}
