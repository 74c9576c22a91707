// What fault tests share: demands that are counted and printed with their figures, the processes of a service, and
// how slow the machine is just now, so that no bound in milliseconds is missed by chance.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

/** Node starts and ends in this time on a machine with nothing else to do. */
const QUIET_START_MS = 150
const ADMIN_KEY = 'admin-key-of-faults'
export const WITH_ADMIN_KEY = ['--api-key', `admin:${ADMIN_KEY}`]

export class Checks {
  readonly #name: string
  #passed = 0
  #failed = 0

  constructor(name: string) {
    this.#name = name
  }

  /** Counts a demand and prints it with what was found. */
  demand(what: string, isMet: boolean, figure: string | number): void {
    if (isMet) this.#passed++
    else this.#failed++
    console.log(`${isMet ? 'ok' : 'not ok'}: ${what}: ${figure}`)
  }

  /** Prints the count that `.ci/run` reads; the exit code is 0 only when every demand was met. */
  end(): void {
    console.log(`${this.#name}: ${this.#passed} passed, ${this.#failed} failed`)
    process.exitCode = this.#failed === 0 && this.#passed > 0 ? 0 : 1
  }
}

/** Runs the test in a folder of its own; whatever it throws is one more failure. */
export async function runFaults(
  name: string,
  run: (checks: Checks, folder: string) => Promise<void>,
): Promise<void> {
  const checks = new Checks(name)
  const folder = await mkdtemp(join(tmpdir(), 'zipzarr-faults-'))
  try {
    await run(checks, folder)
  } catch (error) {
    checks.demand(
      'runs to its end',
      false,
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  checks.end()
}

/**
 * How many times longer than on a quiet machine processes take to start now, at least 1: as many at once as there
 * are cores.
 */
export async function slowness(): Promise<number> {
  const startMs = performance.now()
  const children = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', '0']))
  await Promise.all(children.map(child => once(child, 'exit')))
  return Math.max(1, (performance.now() - startMs) / QUIET_START_MS)
}

/** Every worker of the service that is alive, those on standby and those that come up too. */
export function workersOf(primaryPid: number): number[] {
  return childrenOf(primaryPid).filter(pid => commandOf(pid).includes('worker-main'))
}

function childrenOf(pid: number): number[] {
  const found = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  return found
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(Number)
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    // Ended in between.
    return ''
  }
}

export function kill(pids: readonly number[], signal: NodeJS.Signals = 'SIGKILL'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      // Ended in between.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** The status of an answer, or the code of what went wrong, on a connection of its own. */
export async function outcome(
  url: string,
  init: RequestInit = {},
): Promise<{ status: number | string; body: string }> {
  const headers = { connection: 'close', ...(init.headers as Record<string, string> | undefined) }
  try {
    const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(60_000) })
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()).toString('latin1') }
  } catch (error) {
    const { cause, name } = error as Error & { cause?: { code?: string } }
    return { status: cause?.code ?? name, body: '' }
  }
}

/** Registers an archive of the data root `data`. */
export async function register(origin: string, id: string, path: string): ReturnType<typeof outcome> {
  return outcome(`${origin}/v1/stores`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id, location: { root: 'data', path } }),
  })
}

export async function remove(origin: string, id: string): ReturnType<typeof outcome> {
  return outcome(`${origin}/v1/stores/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  })
}

/** Ids of all stores, in their order. */
export async function storeIds(origin: string): Promise<string[]> {
  const { body } = await outcome(`${origin}/v1/stores?limit=1000`)
  return (JSON.parse(body) as { stores: { id: string }[] }).stores.map(({ id }) => id)
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

export async function pause(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}
