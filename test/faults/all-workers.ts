// Every worker of a service is killed at once, the one on standby too; then all of them again and again for ten
// seconds. Connections made meanwhile wait; the first answer comes soon, and nothing is slower afterwards.
// Run: node build/test/faults/all-workers.js
import { join } from 'node:path'
import { knownValues, writeKnownArchive } from '../support/known-archive.js'
import { ServedProcess, waitFor } from '../support/served-process.js'
import { kill, median, outcome, pause, runFaults, slowness, workersOf } from './checks.js'

const WORKERS = 3
const CHUNKS = 8
const ROUNDS = 5
const STORM_MS = 10_000
const STORM_EVERY_MS = 100
/** On a quiet machine. */
const FIRST_ANSWER_MS = 1500

await runFaults('all workers killed', async (checks, folder) => {
  await writeKnownArchive(join(folder, 'known.zarr.zip'), 1, CHUNKS)
  const served = await ServedProcess.start(
    folder,
    '--cache-dir',
    join(folder, 'cache'),
    '--workers',
    String(WORKERS),
  )
  const [value] = knownValues('known', 1, CHUNKS)
  const failures: string[] = []
  const ask = async () => {
    const { status, body } = await outcome(served.origin + value!.path)
    const isRight = status === 200 && body === value!.bytes.toString('latin1')
    // A connection that a worker had accepted dies with it, visibly; none is refused.
    if (!isRight && status !== 'ECONNRESET' && status !== 'UND_ERR_SOCKET') failures.push(String(status))
    return isRight
  }
  const firstAnswer = async () => {
    const startMs = performance.now()
    while (!(await ask()));
    return Math.round(performance.now() - startMs)
  }
  const whenFull = () =>
    waitFor(
      async () => {
        const { body } = await outcome(`${served.adminOrigin}/health/ready`)
        const { workers } = JSON.parse(body) as { workers: { ready: number; spare: number } }
        return workers.ready === WORKERS && workers.spare === 1
      },
      'all workers',
      120_000,
    )

  await whenFull()
  const times: number[] = []
  let factor = 1
  for (let round = 0; round < ROUNDS; round++) {
    factor = Math.max(factor, await slowness())
    kill(workersOf(served.pid))
    times.push(await firstAnswer())
    await whenFull()
  }
  const bound = Math.round(FIRST_ANSWER_MS * factor)
  checks.demand(
    `first answer after all were killed, median at most ${bound} ms`,
    median(times) <= bound,
    `${times.join(', ')} ms; machine ${factor.toFixed(1)} times slower than a quiet one`,
  )

  let kills = 0
  let isStorming = true
  const asking = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (isStorming) await ask()
    }),
  )
  for (const endMs = performance.now() + STORM_MS; performance.now() < endMs; await pause(STORM_EVERY_MS)) {
    const victims = workersOf(served.pid)
    kill(victims)
    kills += victims.length
  }
  const stormFactor = Math.max(1, await slowness())
  const afterMs = await firstAnswer()
  isStorming = false
  await asking
  const startMs = performance.now()
  await whenFull()
  const stormBound = Math.round(FIRST_ANSWER_MS * stormFactor)
  checks.demand(
    `first answer after ${STORM_MS / 1000} s of kills, at most ${stormBound} ms`,
    afterMs <= stormBound,
    `${afterMs} ms after ${kills} kills`,
  )
  const fullMs = Math.round(performance.now() - startMs)
  checks.demand('all workers are back, none of them delayed', fullMs <= 4 * stormBound, `${fullMs} ms later`)
  const delays = served.log.filter(line => Number(line.delayMs ?? 0) > 0).length
  checks.demand('restarts that waited', delays === 0, delays)
  checks.demand('refused, hung or wrong', failures.length === 0, failures.join(', ') || 'none')
  const { code } = await served.stop()
  checks.demand('exit code after SIGTERM', code === 0, String(code))
})
