// A worker: its replica of the registry, its open stores, the HTTP application. Serves without asking any
// other process; the primary only tells it what changed and when to go.
import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { buildApp } from '../../app.js'
import { createLogger, type Logger } from '../../logger.js'
import { CacheBudget } from '../../memory/lru.js'
import type { ApplyResult } from '../../registry/changes.js'
import { StorePool } from '../../registry/serving/store-pool.js'
import { bindProblem } from '../listen-address.js'
import { inheritedSocket } from '../listening-socket.js'
import type { InitMessage, MessageToPrimary, MessageToWorker } from '../messages.js'
import { maxFileDescriptors } from '../process-limits.js'
import { eventLoopUtilisation, LoadReporter } from './load-report.js'
import type { PrimaryLink } from './primary-link.js'
import { ServerConnections } from './server-connections.js'
import { ServerDrain } from './server-drain.js'
import { WorkerMetrics } from './worker-metrics.js'

const REPORT_EVERY_MS = 1000

export class ClusterWorker {
  readonly #link: PrimaryLink
  readonly #init: InitMessage
  readonly #log: Logger
  readonly #stores: StorePool
  readonly #caches: CacheBudget
  #connections: ServerConnections | undefined
  #drain: ServerDrain | undefined
  #app: Awaited<ReturnType<typeof buildApp>> | undefined
  #isListening = false
  /** Whether every archive of the first scan is ready or has failed. */
  #isSettled: boolean
  #isGoing = false

  constructor(link: PrimaryLink, init: InitMessage, workerId: number) {
    const { config } = init
    this.#link = link
    this.#init = init
    this.#isSettled = init.isSettled
    this.#log = createLogger(config, { role: 'worker', worker: workerId })
    link.logTo(this.#log)
    this.#caches = new CacheBudget(config.metadataCacheBytes)
    this.#stores = new StorePool({
      caches: this.#caches,
      dataRoots: new Map(init.dataRoots),
      maxOpenStores: config.maxOpenStores,
      openDeadlineMs: config.openDeadlineMs,
      log: this.#log,
      onChanged: (id, revision) => link.send({ type: 'changed', id, revision }),
      onIndexDamaged: (id, revision) => link.send({ type: 'index-damaged', id, revision }),
      ...(init.cacheDir !== undefined && { cacheDir: init.cacheDir }),
    })
    this.#stores.applySnapshot(init.snapshot)
    this.#acknowledge()
  }

  get log(): Logger {
    return this.#log
  }

  /** Builds the application; it listens once `serve` comes. */
  async prepare(): Promise<void> {
    const { config, maxConnections } = this.#init
    const app = await buildApp({
      config,
      stores: this.#stores,
      caches: this.#caches,
      mutations: this.#link,
      logger: this.#log,
      health: this.#health(),
    })
    const server: Server = app.server
    if (maxConnections !== undefined) server.maxConnections = maxConnections
    const connections = new ServerConnections(server)
    this.#connections = connections
    this.#drain = new ServerDrain(server, connections)
    this.#app = app
    this.#report(server, connections)
    this.#reportLoad(connections)
    this.#link.send({ type: 'standby' })
  }

  /** `ready` is said only when both the socket and the registry are there. */
  async serve(): Promise<void> {
    const { fd, ...listen } = this.#init.listen
    const socket = fd === undefined ? {} : inheritedSocket(fd)
    try {
      await this.#app?.listen({ ...listen, ...socket, listenTextResolver: () => 'listening' })
    } catch (error) {
      throw new Error(bindProblem(error, listen), { cause: error })
    }
    this.#isListening = true
    this.#link.send({ type: 'ready' })
  }

  receive(message: Exclude<MessageToWorker, { type: 'reply' | 'init' | 'serve' }>): void {
    switch (message.type) {
      case 'snapshot':
        this.#stores.applySnapshot(message.snapshot)
        this.#acknowledge()
        break
      case 'change':
        this.#afterChange(this.#stores.applyChange(message.change))
        break
      case 'settled':
        this.#isSettled = true
        break
      case 'shed':
        this.#connections?.shed(message.count)
        break
      case 'drain':
        void this.leave()
        break
    }
  }

  /** Finishes what it has begun, then ends the process: exit code 1 when something had to be cut. */
  async leave(): Promise<void> {
    if (this.#isGoing) return
    this.#isGoing = true
    // One on standby has nothing to finish.
    if (!this.#isListening) process.exit(0)
    this.#isListening = false
    const { lameDuckMs, drainDeadlineMs } = this.#init.config
    const close = async () => this.#app?.close()
    const cut = await this.#drain?.drain({ lameDuck: delay(lameDuckMs), deadlineMs: drainDeadlineMs, close })
    if (cut) this.#log.warn({ connections: cut }, 'cut connections at the drain deadline')
    await this.#stores.close()
    process.exit(cut ? 1 : 0)
  }

  #afterChange(result: ApplyResult): void {
    if (result === 'gap') this.#link.send({ type: 'resync' })
    else this.#acknowledge()
  }

  #acknowledge(): void {
    this.#link.send({ type: 'ack', epoch: this.#stores.epoch, revision: this.#stores.revision })
  }

  #health() {
    const isReady = () => this.#isListening && this.#isSettled
    const isDraining = () => this.#isGoing
    return {
      get isReady() {
        return isReady()
      },
      get isDraining() {
        return isDraining()
      },
    }
  }

  /** Where the system hands connections out, to several workers: alone or in turn there is nothing to even. */
  #reportLoad(connections: ServerConnections): void {
    const { scheduling, workers } = this.#init.config
    if (scheduling !== 'shared' || workers < 2) return
    const send = (message: MessageToPrimary) => {
      if (this.#isListening) this.#link.send(message)
    }
    new LoadReporter({ utilisation: eventLoopUtilisation(), connections, send }).start()
  }

  #report(server: Server, connections: ServerConnections): void {
    const metrics = new WorkerMetrics({
      maxConnections: this.#init.maxConnections,
      maxFileDescriptors: maxFileDescriptors(),
    })
    server.on('drop', () => metrics.noteDropped())
    const send = () => {
      this.#link.send({ type: 'metrics', values: metrics.collect(connections, this.#stores.revision) })
    }
    setInterval(send, REPORT_EVERY_MS).unref()
  }
}
