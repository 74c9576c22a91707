// Kills one of three workers every half second for half a minute while 32 clients read known values, then says
// how many answers were wrong, how long anybody waited, and how fast the workers were replaced.
// Run: node build/test/interop/kill-workers.js [SECONDS [OPTIONS OF serve]]; the exit code is 0 only when every demand is met.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { knownValues, writeKnownArchive } from '../support/known-archive.js'
import { Load, type LoadFigures } from '../support/load.js'
import { type LogLine, ServedProcess, waitFor } from '../support/served-process.js'

const WORKERS = 3
const CLIENTS = 32
const KILL_EVERY_MS = 500
const CHUNKS = 64

const MAX_WAIT_MS = 5000
const MAX_REPLACEMENT_MS = 1500

interface Kill {
  readonly pid: number
  readonly atMs: number
}

interface Report {
  readonly kills: number
  readonly answers: LoadFigures
  readonly unreplaced: number
  /** Milliseconds from the kill to the replacement being ready, ascending. */
  readonly replacementMs: readonly number[]
}

async function killWorkers(served: ServedProcess, seconds: number): Promise<Report> {
  const load = new Load(served.origin, knownValues('known', 1, CHUNKS), CLIENTS)
  const kills: Kill[] = []
  const endAt = performance.now() + seconds * 1000
  for (let next = performance.now(); next < endAt; next += KILL_EVERY_MS) {
    await new Promise(resolve => setTimeout(resolve, Math.max(0, next - performance.now())))
    const pid = served.liveWorkerPids[0]
    if (pid === undefined) continue
    kills.push({ pid, atMs: Date.now() })
    process.kill(pid, 'SIGKILL')
  }
  await waitFor(
    () => kills.every(kill => replacementOf(kill, served.log) !== undefined),
    'last replacement',
    10_000,
  )
    // Counted below as not replaced.
    .catch(() => undefined)
  const answers = await load.stop()
  const found = kills.map(kill => replacementOf(kill, served.log))
  const replacementMs = found.filter(time => time !== undefined).sort((a, b) => a - b)
  return { kills: kills.length, answers, unreplaced: kills.length - replacementMs.length, replacementMs }
}

/** From the kill to the next worker that is ready in the same place, by the primary's log. */
function replacementOf({ pid, atMs }: Kill, log: readonly LogLine[]): number | undefined {
  const endedAt = log.findIndex(line => line.workerPid === pid && line.msg.startsWith('worker ended'))
  const slot = log[endedAt]?.slot
  const ready = log.slice(endedAt + 1).find(line => line.slot === slot && line.msg === 'worker ready')
  return endedAt < 0 || ready === undefined ? undefined : Date.parse(String(ready.time)) - atMs
}

function describe({ kills, answers, unreplaced, replacementMs }: Report): string[] {
  const at = (share: number) => replacementMs[Math.floor(share * (replacementMs.length - 1))] ?? Number.NaN
  return [
    `${kills} kills of ${WORKERS} workers under ${CLIENTS} clients`,
    `answers: ${answers.right} right, ${answers.wrong} wrong`,
    `failed visibly: ${[...answers.failed].map(([code, count]) => `${count} ${code}`).join(', ') || 'none'}`,
    `slowest request: ${Math.round(answers.slowestMs)} ms (at most ${MAX_WAIT_MS})`,
    `replacement ready: median ${at(0.5)} ms, slowest ${at(1)} ms (at most ${MAX_REPLACEMENT_MS}), ${unreplaced} missing`,
  ]
}

function isGood({ kills, answers, unreplaced, replacementMs }: Report): boolean {
  const isFast = replacementMs.every(time => time <= MAX_REPLACEMENT_MS)
  const isRight = kills > 0 && answers.right > 0 && answers.wrong === 0 && answers.slowestMs <= MAX_WAIT_MS
  return isRight && isFast && unreplaced === 0
}

const folder = await mkdtemp(join(tmpdir(), 'zipzarr-kill-'))
try {
  await writeKnownArchive(join(folder, 'known.zarr.zip'), 1, CHUNKS)
  const cacheDir = join(folder, 'cache')
  const served = await ServedProcess.start(
    folder,
    '--cache-dir',
    cacheDir,
    '--workers',
    String(WORKERS),
    ...process.argv.slice(3),
  )
  const report = await killWorkers(served, Number(process.argv[2] ?? 30))
  const { code } = await served.stop()
  for (const line of describe(report)) console.log(line)
  console.log(`exit code after SIGTERM: ${code}`)
  process.exitCode = isGood(report) && code === 0 ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
