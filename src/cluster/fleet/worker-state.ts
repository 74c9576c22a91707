// What a worker is to the primary: its states, the times it has, how it ended.
import type { Logger } from '../../logger.js'
import type { MessageToPrimary } from '../messages.js'

/** `standby`: everything is loaded and kept up to date, nothing is listened to. */
export type WorkerState = 'starting' | 'initialised' | 'standby' | 'promoted' | 'ready' | 'draining' | 'gone'

/** All in time that the primary was awake (awake-time.ts). */
export interface WorkerTimes {
  /** From fork to standby, and from there to ready. */
  readonly startDeadlineMs: number
  /** From a registry change to its acknowledgement. */
  readonly ackDeadlineMs: number
  /** A worker that has come up reports every second; silent for so long it is stopped or blocked: not ready. */
  readonly unansweredMs: number
  /** Silent for so long it will not come back: it is replaced. */
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
  /** It was ended for its silence. */
  readonly wasSilent: boolean
}

export interface WorkerOptions {
  readonly times: WorkerTimes
  readonly log: Logger
  /** Time awake. */
  readonly nowMs: number
}

export interface WorkerEvents {
  loaded: []
  standby: []
  ready: []
  message: [MessageToPrimary]
  exit: [WorkerExit]
}

/** Something the worker owes us. */
export interface Deadline {
  readonly atMs: number
  readonly otherwise: string
}
