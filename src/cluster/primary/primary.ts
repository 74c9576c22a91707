// The primary: owns the registry, forks the workers, tells them of every change, stops and rolls them. Holds
// no request work, parses no client's input, and never imports the HTTP application.
import { fileURLToPath } from 'node:url'
import type { Config } from '../../config.js'
import type { Logger } from '../../logger.js'
import { RegistryService } from '../../registry/catalog/registry-service.js'
import type { Unpacked } from '../../registry/discovery/unpacked.js'
import type { StoreRecord } from '../../registry/stores.js'
import { balanceConnections } from '../balancing/connection-balance.js'
import { WorkerFleet } from '../fleet/worker-fleet.js'
import type { WorkerProcess } from '../fleet/worker-process.js'
import { formatOrigin, type ListenAddress, resolveListenAddress } from '../listen-address.js'
import { INHERITED_FD, ListeningSocket } from '../listening-socket.js'
import type { InitMessage, MessageToPrimary } from '../messages.js'
import {
  availableMemoryBytes,
  computeHeapLimitMib,
  computeMaxConnections,
  maxFileDescriptors,
} from '../process-limits.js'
import { StartupError } from '../startup-error.js'
import { AdminServer } from './admin-server.js'
import { adminSource } from './admin-source.js'
import { EndedWorkers } from './metrics.js'
import { applyMutation } from './mutations.js'

/** A worker is forked and ready in about half a second; a loaded machine may take much longer. */
const START_DEADLINE_MS = 30_000
const ACK_DEADLINE_MS = 5000
/** Workers report every second: one that is stopped is not ready within three. */
const UNANSWERED_MS = 2250
/** A loop blocked for so long will not come back. */
const SILENCE_MS = 15_000
/** Between a worker's own deadline and ours. */
const DRAIN_GRACE_MS = 2000

export interface PrimaryOptions {
  readonly config: Config
  readonly log: Logger
  /** Called when the service has ended by itself: its workers cannot start any more. */
  readonly onFailed: (reason: string) => void
}

export class Primary {
  readonly #options: PrimaryOptions
  readonly #registry: RegistryService
  readonly #fleet: WorkerFleet
  readonly #ended = new EndedWorkers()
  #listen: ListenAddress = { host: '', port: 0 }
  #socket: ListeningSocket | undefined
  #admin: AdminServer | undefined
  #isRegistered = false
  /** Resolved once every archive of the first scan is ready or has failed. */
  #settled: Promise<void> = Promise.resolve()
  #isSettled = false
  #isDraining = false

  constructor(options: PrimaryOptions) {
    const { config, log } = options
    this.#options = options
    this.#registry = new RegistryService({
      paths: config.paths,
      rescanMs: config.rescanMs,
      log,
      ...(config.cacheDir !== 'none' && { cacheDir: config.cacheDir }),
      ...(config.stateDir !== 'none' && { stateDir: config.stateDir }),
    })
    this.#fleet = new WorkerFleet({
      size: config.workers,
      spares: config.spareWorkers,
      exec: fileURLToPath(new URL('../bundle/worker-main.js', import.meta.url)),
      execArgv: [...process.execArgv, `--max-old-space-size=${heapLimitMib(config)}`],
      scheduling: config.scheduling,
      inheritedFd: () => this.#socket?.fd,
      times: {
        startDeadlineMs: START_DEADLINE_MS,
        ackDeadlineMs: ACK_DEADLINE_MS,
        unansweredMs: UNANSWERED_MS,
        silenceMs: SILENCE_MS,
        drainDeadlineMs: config.lameDuckMs + config.drainDeadlineMs + DRAIN_GRACE_MS,
      },
      log,
      createInit: () => this.#createInit(),
    })
  }

  /**
   * Resolved when every worker serves the archives of the first scan, some of them perhaps still as
   * `indexing`. `stop` and `kill` may come at any time during it.
   * @throws StartupError or DataRootError when it cannot work; nothing is left running then
   */
  async start(): Promise<void> {
    try {
      await this.#start()
    } catch (error) {
      await this.#end()
      throw error
    }
  }

  /** Where the service is reached. */
  get origin(): string {
    return formatOrigin(this.#listen)
  }

  get adminOrigin(): string | undefined {
    return this.#admin === undefined ? undefined : formatOrigin(this.#admin.address)
  }

  get stores(): readonly StoreRecord[] {
    return this.#registry.list()
  }

  /** Data of the data roots that is not served as it is; absolute paths. */
  get unpacked(): readonly Unpacked[] {
    return this.#registry.unpacked
  }

  /** Resolved once every archive of the first scan is ready or has failed. */
  whenSettled(): Promise<void> {
    return this.#settled
  }

  /** SIGHUP: looks for archives and replaces every worker, one after the other. */
  async reload(): Promise<void> {
    if (this.#isDraining) return
    await this.#registry.rescan()
    await this.#registry.checkIndexes()
    await this.#fleet.roll()
    this.#options.log.info('reloaded')
  }

  /** SIGTERM: not ready any more, workers drain. True when nothing had to be cut. */
  async stop(): Promise<boolean> {
    this.#isDraining = true
    this.#options.log.info('stopping')
    // Workers go on listening; with the last of them the socket is gone, and nobody waits in its queue.
    this.#socket?.close()
    const isClean = await this.#fleet.drain()
    await this.#end()
    return isClean
  }

  /** Ends everything now. */
  async kill(): Promise<void> {
    this.#isDraining = true
    await this.#end()
  }

  async #start(): Promise<void> {
    const { config, log, onFailed } = this.#options
    this.#listen = await resolveListenAddress(config)
    if (config.scheduling === 'shared') this.#socket = ListeningSocket.bind(this.#listen)
    if (config.adminPort !== undefined) {
      const address = { host: config.adminHost, port: config.adminPort }
      this.#admin = await AdminServer.listen(address, {
        notReadyReason: () => this.#notReadyReason(),
        ...adminSource(this.#fleet, this.#registry, this.#ended),
      })
    }
    await this.#registry.start()
    this.#settled = this.#registry.whenSettled().then(() => this.#onSettled())
    if (this.#isDraining) throw new StartupError('stopped while starting')
    this.#registry.onChange(change => this.#fleet.broadcast({ type: 'change', change }))
    this.#fleet.on('message', (worker, message) => this.#onMessage(worker, message))
    balanceConnections(this.#fleet, log)
    this.#fleet.on('exit', worker => this.#ended.add(worker.metrics))
    await this.#fleet.start()
    this.#fleet.on('failed', onFailed)
    this.#isRegistered = true
    log.info({ origin: this.origin, workers: config.workers, stores: this.stores.length }, 'ready')
  }

  #onSettled(): void {
    this.#isSettled = true
    this.#fleet.tell({ type: 'settled' })
  }

  async #end(): Promise<void> {
    this.#socket?.close()
    await this.#fleet.kill()
    await Promise.all([this.#registry.close(), this.#admin?.close()])
  }

  #createInit(): InitMessage {
    const { config } = this.#options
    const maxConnections = config.maxConnections ?? connectionBudget(config)
    const { cacheDir } = this.#registry
    return {
      type: 'init',
      config,
      listen: { ...this.#listen, ...(this.#socket !== undefined && { fd: INHERITED_FD }) },
      dataRoots: [...this.#registry.dataRoots],
      snapshot: this.#registry.snapshot(),
      isSettled: this.#isSettled,
      ...(maxConnections !== undefined && { maxConnections }),
      ...(cacheDir !== undefined && { cacheDir }),
    }
  }

  #onMessage(worker: WorkerProcess, message: MessageToPrimary): void {
    switch (message.type) {
      case 'resync':
        worker.sendSnapshot({ type: 'snapshot', snapshot: this.#registry.snapshot() })
        break
      case 'changed':
        this.#registry.noteChanged(message.id, message.revision)
        break
      case 'index-damaged':
        this.#registry.noteIndexDamaged(message.id, message.revision)
        break
      case 'mutate':
        void applyMutation(message.mutation, this.#registry, {
          fleet: this.#fleet,
          log: this.#options.log,
        }).then(result => worker.send({ type: 'reply', requestId: message.requestId, result }))
        break
    }
  }

  #notReadyReason(): string | undefined {
    if (this.#isDraining) return 'the service is stopping'
    if (!this.#isRegistered) return 'the service is starting'
    if (!this.#isSettled) return 'archives of the first scan are still being indexed'
    if (this.#fleet.readyCount === 0) return 'no worker is ready'
    if (this.#fleet.isStorm) return 'workers keep crashing'
    return undefined
  }
}

function heapLimitMib(config: Config): number {
  return computeHeapLimitMib(availableMemoryBytes(), config.workers + config.spareWorkers)
}

function connectionBudget(config: Config): number | undefined {
  const limit = maxFileDescriptors()
  return limit === undefined ? undefined : computeMaxConnections(limit, config.maxOpenStores)
}
