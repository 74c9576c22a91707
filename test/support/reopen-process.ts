// The parent's side of reopen-child: a really forked process that reopens stores from descriptors. Losing the
// process is an outcome with a name, never silence.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ErrorCode } from '../../src/errors.js'
import type { Observation } from '../store/store-contract.js'

export interface ReopenRequest {
  number: number
  text: string
  dataRoots: [string, string][]
  cacheDir?: string | undefined
  /** How long the store stays open after it has been looked at. */
  holdMs?: number
}

export type ReopenReply = { number: number } & (
  | { observation: Observation; code?: undefined }
  | { observation?: undefined; code: ErrorCode | 'WORKER_LOST'; message: string }
)

export interface ReopenPlaces {
  dataRoots: ReadonlyMap<string, string>
  cacheDir?: string | undefined
}

export class ReopenProcess {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, (reply: ReopenReply) => void>()
  #count = 0

  constructor(t: { teardown(end: () => unknown): void }) {
    this.#process = fork(fileURLToPath(new URL('./reopen-child.js', import.meta.url)))
    t.teardown(() => this.end())
    this.#process.on('message', message => this.#settle(message as ReopenReply))
    this.#process.once('exit', (code, signal) => {
      const message = `the process ended (${signal ?? code})`
      for (const number of [...this.#waiting.keys()]) this.#settle({ number, code: 'WORKER_LOST', message })
    })
  }

  reopen(text: string, places: ReopenPlaces, holdMs = 0): Promise<ReopenReply> {
    const number = ++this.#count
    const request: ReopenRequest = {
      number,
      text,
      dataRoots: [...places.dataRoots],
      cacheDir: places.cacheDir,
      holdMs,
    }
    return new Promise(resolve => {
      this.#waiting.set(number, resolve)
      this.#process.send(request)
    })
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  end(): void {
    if (this.#process.connected) this.#process.disconnect()
  }

  #settle(reply: ReopenReply): void {
    this.#waiting.get(reply.number)?.(reply)
    this.#waiting.delete(reply.number)
  }
}
