// Threads on which chunks are decoded that would hold the event loop for long. A thread has one chunk at a time; one
// that dies, is stuck or is no longer waited for is ended, and another one started when there is work again.
import { Worker } from 'node:worker_threads'
import { type ErrorCode, ZipzarrError } from '../../errors.js'
import type { DecodedChunk, DecodeTask } from './interface/codec.js'

/** What a thread sends. Values come in parts, each after the one before was taken: a large message holds the loop. */
export type ThreadMessage =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** Of `count` values those from `from` on; what is in no message is not needed. */
  | {
      readonly type: 'values'
      readonly count: number
      readonly from: number
      readonly values: readonly unknown[]
      readonly isLast: boolean
    }
  | {
      readonly type: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly facts: Readonly<Record<string, unknown>>
    }

export interface DecodePoolOptions {
  readonly maxThreads: number
  /** Longest time for one chunk. */
  readonly deadlineMs: number
  /** How long a thread without work is kept. */
  readonly idleMs: number
}

export const DEFAULT_POOL: DecodePoolOptions = { maxThreads: 2, deadlineMs: 60_000, idleMs: 10_000 }

/** A chunk larger than this leaves memory behind that only goes with its thread. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024
/** Buffers up to here are copied: small ones may be parts of Node's own pool, which must stay. */
const MAX_COPIED_BYTES = 64 * 1024
/** JavaScript objects of a thread, in MiB: one that needs more ends, and the process does not. */
const MAX_HEAP_MIB = 1024

export class DecodePool {
  readonly #options: DecodePoolOptions
  readonly #idle: DecodeThread[] = []
  readonly #waiting: (() => void)[] = []
  #threadCount = 0

  constructor(options: Partial<DecodePoolOptions> = {}) {
    this.#options = { ...DEFAULT_POOL, ...options }
  }

  get threadCount(): number {
    return this.#threadCount
  }

  /**
   * The decoded chunk. The memory of `encoded` goes to the thread and must not be used after this, unless it is
   * part of a larger buffer.
   * @throws ZipzarrError what the codecs throw; CODEC_FAILED for a thread that died, DEADLINE_EXCEEDED for one that
   * is stuck; the signal's reason
   */
  async decode(task: DecodeTask, signal?: AbortSignal): Promise<DecodedChunk> {
    const thread = await this.#acquire(signal)
    let isReusable = false
    try {
      signal?.throwIfAborted()
      const decoded = await thread.run(task, { signal, deadlineMs: this.#options.deadlineMs })
      isReusable = decoded.kind === 'fixed' && decoded.bytes.byteLength <= MAX_KEPT_BYTES
      return decoded
    } catch (error) {
      isReusable = error instanceof ZipzarrError && error.code !== 'DEADLINE_EXCEEDED'
      throw error
    } finally {
      this.#release(thread, isReusable)
    }
  }

  async #acquire(signal: AbortSignal | undefined): Promise<DecodeThread> {
    signal?.throwIfAborted()
    while (this.#idle.length === 0 && this.#threadCount >= this.#options.maxThreads) await this.#wait(signal)
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    this.#threadCount++
    return new DecodeThread()
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const proceed = (): void => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(proceed), 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(proceed)
    })
  }

  #release(thread: DecodeThread, isReusable: boolean): void {
    if (isReusable && thread.isAlive) {
      this.#idle.push(thread)
      thread.rest(this.#options.idleMs, () => this.#endIdle(thread))
    } else this.#end(thread)
    this.#waiting.shift()?.()
  }

  #endIdle(thread: DecodeThread): void {
    const place = this.#idle.indexOf(thread)
    if (place < 0) return
    this.#idle.splice(place, 1)
    this.#end(thread)
  }

  #end(thread: DecodeThread): void {
    this.#threadCount--
    thread.end()
  }
}

interface RunOptions {
  readonly signal: AbortSignal | undefined
  readonly deadlineMs: number
}

/** How a run is ended from outside. */
interface Outcome {
  readonly resolve: (chunk: DecodedChunk) => void
  readonly reject: (error: unknown) => void
}

class DecodeThread {
  readonly #worker: Worker
  #isAlive = true
  #outcome: Outcome | undefined
  #values: unknown[] = []
  #idleTimer: NodeJS.Timeout | undefined

  constructor() {
    this.#worker = new Worker(new URL(import.meta.resolve('#decode-thread')), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
      // Options of the process, such as its limit on memory, are not the thread's.
      execArgv: [],
    })
    this.#worker.on('message', message => this.#receive(message as ThreadMessage))
    this.#worker.on('error', cause => this.#fail(cause))
    this.#worker.on('exit', () => this.#fail(undefined))
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  run(task: DecodeTask, { signal, deadlineMs }: RunOptions): Promise<DecodedChunk> {
    clearTimeout(this.#idleTimer)
    this.#worker.ref()
    this.#values = []
    return new Promise<DecodedChunk>((resolve, reject) => {
      const onAbort = (): void => this.#outcome?.reject(signal?.reason)
      const deadline = setTimeout(() => this.#outcome?.reject(stuck(deadlineMs)), deadlineMs)
      const settle = (): void => {
        clearTimeout(deadline)
        signal?.removeEventListener('abort', onAbort)
        this.#outcome = undefined
      }
      this.#outcome = {
        resolve: chunk => {
          settle()
          resolve(chunk)
        },
        reject: error => {
          settle()
          reject(error)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const encoded = ownMemory(task.encoded)
      this.#worker.postMessage({ ...task, encoded }, [encoded.buffer as ArrayBuffer])
    })
  }

  /** Does not keep the process alive, and ends after a while. */
  rest(idleMs: number, onOver: () => void): void {
    this.#worker.unref()
    this.#idleTimer = setTimeout(onOver, idleMs).unref()
  }

  end(): void {
    this.#isAlive = false
    clearTimeout(this.#idleTimer)
    void this.#worker.terminate()
  }

  #receive(message: ThreadMessage): void {
    switch (message.type) {
      case 'bytes':
        this.#outcome?.resolve({ kind: 'fixed', bytes: message.bytes })
        break
      case 'values':
        this.#take(message)
        if (message.isLast) this.#outcome?.resolve({ kind: 'variable', values: this.#values })
        else this.#worker.postMessage('next')
        break
      case 'failed':
        this.#outcome?.reject(new ZipzarrError(message.code, message.message, { facts: message.facts }))
    }
  }

  #take({ count, from, values }: Extract<ThreadMessage, { type: 'values' }>): void {
    if (this.#values.length === 0) this.#values = new Array(count)
    for (const [i, value] of values.entries()) this.#values[from + i] = value
  }

  #fail(cause: unknown): void {
    this.#isAlive = false
    this.#outcome?.reject(
      new ZipzarrError('CODEC_FAILED', 'the thread that decoded the chunk ended', { cause }),
    )
  }
}

function stuck(deadlineMs: number): ZipzarrError {
  return new ZipzarrError('DEADLINE_EXCEEDED', `decoding the chunk took longer than ${deadlineMs} ms`)
}

/** Bytes in a buffer that may be given away. */
function ownMemory(bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = bytes
  const isOwn = buffer.byteLength > MAX_COPIED_BYTES && buffer.byteLength - byteLength < MAX_COPIED_BYTES
  return isOwn ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint8Array(bytes)
}
