// A lock between processes, for the moment in which one of them reads a file, changes it and writes it. The lock
// file names its owner; one whose owner has ended, or that nobody can ask for, is taken over.
import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { ZipzarrError } from '../../errors.js'
import { ignoreMissing, readText } from './regular-file.js'

interface LockOwner {
  readonly pid: number
  /** Of the process, since the machine started; process ids are given out again. */
  readonly startTime: string
  /** Machine, its start, and name space of process ids: elsewhere the id says nothing. */
  readonly host: string
  /** Tells two locks of one process apart. */
  readonly token: string
}

const RETRY_MS = 20
/** A lock of another machine that stays the same for so long has no owner any more: it is held for milliseconds. */
const FOREIGN_PATIENCE_MS = 5000
const WAIT_MS = 10_000

/** Runs `task` with the lock `path`. @throws ZipzarrError STATE_UNAVAILABLE; the system's error */
export async function withLock<T>(path: string, task: (lock: StateLock) => Promise<T>): Promise<T> {
  const lock = await StateLock.acquire(path)
  try {
    return await task(lock)
  } finally {
    await lock.release()
  }
}

export class StateLock {
  readonly #path: string
  readonly #text: string

  private constructor(path: string, text: string) {
    this.#path = path
    this.#text = text
  }

  static async acquire(path: string): Promise<StateLock> {
    const owner: LockOwner = {
      pid: process.pid,
      startTime: startTimeOf('self'),
      host: thisHost(),
      token: randomUUID(),
    }
    const lock = new StateLock(path, JSON.stringify(owner))
    const startMs = performance.now()
    let seen: string | undefined
    let seenAtMs = startMs
    while (!(await lock.#create())) {
      const found = (await readText(path))?.text
      const nowMs = performance.now()
      if (found !== seen) seenAtMs = nowMs
      seen = found
      if (found !== undefined && isAbandoned(found, nowMs - seenAtMs)) await lock.#takeAway(found)
      if (nowMs - startMs > WAIT_MS)
        throw new ZipzarrError('STATE_UNAVAILABLE', 'another service holds the registrations')
      await delay(RETRY_MS * (0.5 + Math.random()))
    }
    return lock
  }

  /** @throws ZipzarrError STATE_UNAVAILABLE when somebody took the lock away, having taken us for dead */
  async requireHeld(): Promise<void> {
    if ((await readText(this.#path))?.text === this.#text) return
    throw new ZipzarrError('STATE_UNAVAILABLE', 'another service has taken over the registrations')
  }

  async release(): Promise<void> {
    if ((await readText(this.#path))?.text === this.#text) await rm(this.#path, { force: true })
  }

  /** False when there is a lock already. */
  #create(): Promise<boolean> {
    return createText(this.#path, this.#text)
  }

  /** One at a time: a second one would take away the lock of whoever was quicker. */
  async #takeAway(abandoned: string): Promise<void> {
    const guard = `${this.#path}.takeover`
    if (!(await createText(guard, this.#text))) {
      await removeOld(guard)
      return
    }
    try {
      if ((await readText(this.#path))?.text === abandoned) await rm(this.#path, { force: true })
    } finally {
      await rm(guard, { force: true })
    }
  }
}

/** False when there is such a file already. */
async function createText(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'wx', 0o600).catch(error => {
    if (error.code !== 'EEXIST') throw error
  })
  if (file === undefined) return false
  try {
    await file.writeFile(text)
    return true
  } catch (error) {
    // The disk is full: an empty lock would hold up everybody.
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** What its maker, who needed milliseconds for it, left behind when it was killed. */
async function removeOld(path: string): Promise<void> {
  const found = await stat(path).catch(ignoreMissing)
  if (found !== undefined && Math.abs(Date.now() - found.mtimeMs) > WAIT_MS) await rm(path, { force: true })
}

function isAbandoned(text: string, unchangedForMs: number): boolean {
  const owner = parseOwner(text)
  if (owner?.host === thisHost()) return !isRunning(owner)
  return unchangedForMs > FOREIGN_PATIENCE_MS
}

/** Undefined for a text that was not written to its end. */
function parseOwner(text: string): LockOwner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<LockOwner> | null
    return typeof owner?.pid === 'number' ? (owner as LockOwner) : undefined
  } catch {
    return undefined
  }
}

function isRunning({ pid, startTime }: LockOwner): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return startTimeOf(pid) === startTime
}

/** '' where the system does not say: then the process id alone has to do. */
function startTimeOf(process: number | 'self'): string {
  // The name, in parentheses, may hold spaces; the start time is the 20th field behind it (proc(5)).
  return systemText(
    () => readFileSync(`/proc/${process}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[19] ?? '',
  )
}

function thisHost(): string {
  const start = systemText(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim())
  return [hostname(), start, systemText(() => readlinkSync('/proc/self/ns/pid'))].join(' ')
}

function systemText(read: () => string): string {
  try {
    return read()
  } catch {
    // Only Linux has /proc.
    return ''
  }
}
