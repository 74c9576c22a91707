// One child process that indexes archives, seen from its parent. A child that dies or falls silent is an error
// of its own kind: it says nothing of the archive yet.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type ErrorCode, ZipzarrError } from '../../errors.js'
import type { IndexedArchive, IndexProgress, IndexRequest } from './index-archive.js'

const SCRIPT = fileURLToPath(new URL('./index-process.js', import.meta.url))

/** A child without work is ended after this time: an idle service keeps no process for it. */
const IDLE_MS = 5000

/** What the child answers to one request. */
export type IndexReply =
  | { readonly kind: 'progress'; readonly progress: IndexProgress }
  | { readonly kind: 'done'; readonly archive: IndexedArchive }
  | {
      readonly kind: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly facts: Readonly<Record<string, unknown>>
      /** Of a defect of ours: for the log. */
      readonly stack?: string | undefined
    }

/** The child ended or was ended before it answered: says nothing yet of the archive. */
export class ChildLostError extends Error {}

interface RunningJob {
  readonly onReply: (reply: IndexReply) => void
  readonly onLost: (reason: string) => void
}

export class IndexChild {
  readonly #process: ChildProcess
  readonly #ended: Promise<void>
  #running: RunningJob | undefined
  #idleTimer: NodeJS.Timeout | undefined
  #isEnding = false

  constructor(onEnd: () => void) {
    // No environment: the child reads archives of others and needs no secrets. Its trace, if any, is shown.
    this.#process = fork(SCRIPT, [], { env: {}, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#process.on('message', message => this.#running?.onReply(message as IndexReply))
    this.#ended = new Promise(resolve => {
      const end = (how: string) => {
        this.#isEnding = true
        clearTimeout(this.#idleTimer)
        this.#running?.onLost(`indexing the archive ended its process (${how})`)
        resolve()
        onEnd()
      }
      this.#process.once('exit', (code, signal) => end(signal ?? `exit code ${code}`))
      this.#process.once('error', error => {
        this.#process.kill('SIGKILL')
        if (this.#process.pid === undefined) end(error.message)
      })
    })
  }

  get isIdle(): boolean {
    return this.#running === undefined && !this.#isEnding
  }

  async index(
    request: IndexRequest,
    options: { onProgress: (progress: IndexProgress) => void; silenceMs: number },
  ): Promise<IndexedArchive> {
    clearTimeout(this.#idleTimer)
    const lost = () => this.end()
    let silence: NodeJS.Timeout | undefined
    try {
      return await new Promise<IndexedArchive>((resolve, reject) => {
        const listen = () => {
          clearTimeout(silence)
          silence = setTimeout(() => {
            reject(new ChildLostError(`indexing the archive made no progress for ${options.silenceMs} ms`))
            void lost()
          }, options.silenceMs)
        }
        const onReply = (reply: IndexReply) => {
          listen()
          if (reply.kind === 'progress') options.onProgress(reply.progress)
          else if (reply.kind === 'done') resolve(reply.archive)
          else reject(failureOf(reply))
        }
        this.#running = { onReply, onLost: reason => reject(new ChildLostError(reason)) }
        listen()
        this.#process.send(request, error => {
          if (error !== null) reject(new ChildLostError(`the index process is gone (${error.message})`))
        })
      })
    } finally {
      clearTimeout(silence)
      this.#running = undefined
      this.#idleTimer = setTimeout(() => void this.end(), IDLE_MS).unref()
    }
  }

  /** Kills the child: it holds nothing that is not written anew when it is needed. */
  end(): Promise<void> {
    this.#isEnding = true
    this.#process.kill('SIGKILL')
    return this.#ended
  }
}

function failureOf(reply: IndexReply & { kind: 'failed' }): ZipzarrError {
  const { code, message, facts, stack } = reply
  if (stack === undefined) return new ZipzarrError(code, message, { facts })
  return new ZipzarrError(code, message, { facts, cause: Object.assign(new Error(message), { stack }) })
}
