// `zipzarr serve` as a real process: what it logs, which workers it has, how it ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))
const START_TIMEOUT_MS = 120_000

export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** The environment without what a test runner puts into it for its own children. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, ...env } = process.env
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(ZIPZARR_|HOST$|PORT$|TAP)/.test(name)))
}

export class ServedProcess {
  readonly #child: ChildProcess
  readonly exited: Promise<Exit>
  readonly log: LogLine[] = []
  /** What was written for people. */
  stderr = ''
  origin = ''
  adminOrigin = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    this.exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
    createInterface({ input: child.stdout! }).on('line', line => this.log.push(JSON.parse(line)))
    child.stderr!.on('data', data => {
      this.stderr += data
    })
  }

  /** Runs `serve` on free ports and waits until it says where it is and that it is ready. */
  static async start(...args: string[]): Promise<ServedProcess> {
    const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--admin-port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: plainEnvironment(),
    })
    const served = new ServedProcess(child)
    try {
      await served.#whenAnnounced()
      await waitFor(() => isReady(served.adminOrigin), 'ready service', START_TIMEOUT_MS)
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
    return served
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Process ids of the workers that have become ready, in that order; ended ones included. */
  get workerPids(): number[] {
    return this.log.filter(line => line.msg === 'worker ready').map(line => Number(line.workerPid))
  }

  get liveWorkerPids(): number[] {
    return this.workerPids.filter(isAlive)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves with the next line of this message, counted from now. */
  async nextLine(message: string): Promise<LogLine> {
    const from = this.log.length
    return await waitFor(
      () => this.log.slice(from).find(line => line.msg === message),
      `"${message}" in the log`,
    )
  }

  /** SIGTERM, and the exit. */
  async stop(): Promise<Exit> {
    this.kill('SIGTERM')
    return await this.exited
  }

  async #whenAnnounced(): Promise<void> {
    const announced = waitFor(
      () => /metrics: (http:\S+)\n/.exec(this.stderr),
      'the announcement',
      START_TIMEOUT_MS,
    )
    const ended = this.exited.then(({ code }) => {
      throw new Error(`serve ended with code ${code}: ${this.stderr}`)
    })
    const found = await Promise.race([announced, ended])
    this.adminOrigin = found[1]!
    this.origin = /(http:\S+)\/\n/.exec(this.stderr)![1]!
  }
}

async function isReady(origin: string): Promise<boolean> {
  const response = await fetch(`${origin}/health/ready`, { headers: { connection: 'close' } })
  await response.arrayBuffer()
  return response.ok
}

/** Polls until the probe gives something. */
export async function waitFor<T>(
  probe: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  what: string,
  timeoutMs = 120_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    const found = await probe()
    if (found) return found
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(`no ${what} within ${timeoutMs} ms`)
}

/** A process that has ended and whose parent has not looked yet (a zombie) is not alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    if (process.platform !== 'linux') return true
    // The state follows the name, which is in parentheses and may hold anything.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    // ESRCH or ENOENT: there is no such process any more.
    return false
  }
}
