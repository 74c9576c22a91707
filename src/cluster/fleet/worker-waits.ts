// Waiting for what a worker does: its exit, its being ready, its acknowledgement. Nothing waits for ever: a
// worker that owes something is ended at its deadline (worker-process.ts), and its exit ends every wait.
import type { WorkerExit, WorkerProcess } from './worker-process.js'

/** True once it serves, false when it ended before. */
export function becomesReady(worker: WorkerProcess): Promise<boolean> {
  return new Promise(resolve => {
    worker.once('ready', () => resolve(true))
    worker.once('exit', () => resolve(false))
  })
}

export function exitOf(worker: WorkerProcess): Promise<WorkerExit> {
  return new Promise(resolve => worker.once('exit', resolve))
}

/** Resolved when the worker serves everything up to the revision, or is gone. */
export function acknowledged(worker: WorkerProcess, revision: number): Promise<void> {
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
