// Workers under SIGSTOP are not ready after three seconds, and ready again when they go on; a service that was stopped
// as a whole, as a suspended machine is, kills none of its workers for it.
// Run: node build/test/faults/stopped.js
import { join } from 'node:path'
import { writeKnownArchive } from '../support/known-archive.js'
import { ServedProcess, waitFor } from '../support/served-process.js'
import { kill, outcome, pause, runFaults, slowness, workersOf } from './checks.js'

const WORKERS = 2
/** On a quiet machine. */
const NOTICED_MS = 3000
const WHOLE_PAUSE_MS = 20_000

await runFaults('stopped workers', async (checks, folder) => {
  await writeKnownArchive(join(folder, 'known.zarr.zip'), 1, 2)
  const served = await ServedProcess.start(
    folder,
    '--cache-dir',
    join(folder, 'cache'),
    '--workers',
    String(WORKERS),
  )
  const readiness = async () => {
    const { status, body } = await outcome(`${served.adminOrigin}/health/ready`)
    const { workers } = JSON.parse(body) as { workers: { ready: number; spare: number } }
    return { status, workers }
  }
  const until = async (ready: number) => {
    const startMs = performance.now()
    await waitFor(async () => (await readiness()).workers.ready === ready, `${ready} ready workers`, 60_000)
    return Math.round(performance.now() - startMs)
  }
  await waitFor(async () => (await readiness()).workers.spare === 1, 'a worker on standby', 60_000)
  const workers = workersOf(served.pid)
  const [first] = served.liveWorkerPids
  for (const [what, stopped, left] of [
    ['one worker', [first!], WORKERS - 1],
    ['all workers', workers, 0],
  ] as const) {
    // Timers are late on a busy machine, but not by much.
    const factor = Math.min(3, await slowness())
    kill(stopped, 'SIGSTOP')
    const noticedMs = await until(left)
    const { status } = await readiness()
    const bound = Math.round(NOTICED_MS * factor)
    checks.demand(
      `${what} stopped: not ready within ${bound} ms`,
      noticedMs <= bound,
      `${noticedMs} ms, status ${status}`,
    )
    checks.demand(`${what} stopped: status of readiness`, status === (left === 0 ? 503 : 200), status)
    kill(stopped, 'SIGCONT')
    const backMs = await until(WORKERS)
    checks.demand(`${what} going on: ready again within ${bound} ms`, backMs <= bound, `${backMs} ms`)
  }
  const all = [served.pid, ...workers]
  kill(all, 'SIGSTOP')
  await pause(WHOLE_PAUSE_MS)
  kill(all, 'SIGCONT')
  await until(WORKERS)
  await pause(1000)
  const same = workersOf(served.pid)
  checks.demand(
    `workers kept through ${WHOLE_PAUSE_MS / 1000} s in which all stood still`,
    workers.every(pid => same.includes(pid)),
    `${same.length} of ${workers.length}`,
  )
  checks.demand('exit code after SIGTERM', (await served.stop()).code === 0, '0 wanted')
})
