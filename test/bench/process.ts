// Starting and ending the programs a benchmark needs, always by their own process id.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export interface Running {
  readonly pid: number
  stop(): Promise<void>
}

/** Runs a command to its end and answers its standard output; throws with its standard error if it fails. */
export function runToEnd(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): string {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 256 * 1024 * 1024,
    timeout: 900_000,
  })
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: ${result.error?.message ?? result.stderr.slice(-2000)}`)
  }
  return result.stdout
}

/** Starts a server and waits until `url` answers (any status), for at most 60 s. */
export async function startServer(
  command: readonly [string, ...string[]],
  options: { url: string; env?: NodeJS.ProcessEnv; cwd?: string },
): Promise<Running> {
  const [program, ...args] = command
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let errors = ''
  child.stderr?.on('data', (text: Buffer) => {
    errors = (errors + text.toString()).slice(-2000)
  })
  const running = { pid: child.pid ?? 0, stop: () => stopChild(child) }
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${errors}`)
    const answered = await fetch(options.url).then(
      answer => answer.arrayBuffer().then(() => answer.status !== 503),
      () => false,
    )
    if (answered) return running
    await delay(100)
  }
  await running.stop()
  throw new Error(`${program} did not answer on ${options.url} within 60 s: ${errors}`)
}

const CLOCK_TICKS_PER_SECOND = 100

/** Seconds of processor time that a process and all that it started have taken, user's and system's. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  // utime and stime, the 14th and 15th of proc(5), counted from the state behind the name.
  const ticks = Number(fields[11]) + Number(fields[12])
  const children = readdirSync(`/proc/${pid}/task`).flatMap(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter(text => text !== ''),
  )
  return (
    ticks / CLOCK_TICKS_PER_SECOND + children.reduce((sum, child) => sum + processorSeconds(Number(child)), 0)
  )
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(timer)
}

/** Below the range of outgoing connections: one of those could take the port before a peer listens. */
export async function freePort(): Promise<number> {
  const port = randomInt(20_000, 32_000)
  const isFree = await new Promise<boolean>(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
  return isFree ? port : freePort()
}
