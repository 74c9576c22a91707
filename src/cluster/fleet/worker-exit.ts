// How a worker ended, in words and in kind.
import type { WorkerExit, WorkerProcess } from './worker-process.js'

/** Signals by which a process ends of its own fault; people and systems send the others. */
const CRASH_SIGNALS = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS'])

/** Whether it was ended by a person or the system, and not by its own fault. */
export function isKilledFromOutside({ signal, code, reason, wasSilent }: WorkerExit): boolean {
  // A reason means that it failed in our eyes; without one such a signal and a clean end came from outside.
  const isOutside = signal === null ? code === 0 : !CRASH_SIGNALS.has(signal)
  // One that was ended for its silence was stopped or blocked, and ended late enough.
  return (reason === undefined || wasSilent === true) && isOutside
}

export function factsOf({ id, pid }: WorkerProcess): { worker: number; workerPid: number | undefined } {
  return { worker: id, workerPid: pid }
}

export function describeExit({ code, signal }: WorkerExit): string {
  return signal === null ? `exit code ${code}` : signal
}
