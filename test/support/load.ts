// Clients that ask one service for values whose bytes are known, and remember every answer that was not right.
import { Agent, get } from 'node:http'

export interface KnownValue {
  readonly path: string
  readonly bytes: Buffer
}

export interface LoadFigures {
  /** Whole answers with the right bytes. */
  right: number
  /** Answers that looked whole (200, all bytes promised) and were not the value. The unforgivable kind. */
  wrong: number
  /** Refused, reset or cut: the client knows that it has nothing. By error code or status. */
  readonly failed: Map<string, number>
  slowestMs: number
}

/** Longer than any answer should take, so that a hung request is counted and not waited for. */
const GIVE_UP_MS = 60_000

export class Load {
  readonly figures: LoadFigures = { right: 0, wrong: 0, failed: new Map(), slowestMs: 0 }
  readonly #origin: URL
  readonly #values: readonly KnownValue[]
  readonly #agent: Agent
  readonly #clients: Promise<void>[]
  #isStopping = false

  /** Clients on kept connections, each asking for one value after the other until `stop`. */
  constructor(origin: string, values: readonly KnownValue[], clients: number) {
    this.#origin = new URL(origin)
    this.#values = values
    this.#agent = new Agent({ keepAlive: true, maxSockets: clients })
    this.#clients = Array.from({ length: clients }, (_, at) => this.#run(at))
  }

  get failedCount(): number {
    return [...this.figures.failed.values()].reduce((sum, count) => sum + count, 0)
  }

  async stop(): Promise<LoadFigures> {
    this.#isStopping = true
    await Promise.all(this.#clients)
    this.#agent.destroy()
    return this.figures
  }

  async #run(first: number): Promise<void> {
    for (let at = first; !this.#isStopping; at++) {
      const startedAt = performance.now()
      const failure = await this.#ask(this.#values[at % this.#values.length]!)
      this.figures.slowestMs = Math.max(this.figures.slowestMs, performance.now() - startedAt)
      if (failure === undefined) continue
      this.figures.failed.set(failure, (this.figures.failed.get(failure) ?? 0) + 1)
      // Nobody hammers a service that has just refused.
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  /** Undefined when there was a whole answer, right or wrong. */
  async #ask({ path, bytes }: KnownValue): Promise<string | undefined> {
    const { hostname, port } = this.#origin
    return await new Promise(resolve => {
      const options = { hostname, port, path, agent: this.#agent, timeout: GIVE_UP_MS }
      const request = get(options, response => {
        const parts: Buffer[] = []
        response.on('data', part => parts.push(part))
        response.on('error', error => resolve(codeOf(error)))
        response.on('end', () => {
          if (response.statusCode !== 200) return resolve(String(response.statusCode))
          if (!response.complete) return resolve('incomplete')
          if (Buffer.concat(parts).equals(bytes)) this.figures.right++
          else this.figures.wrong++
          resolve(undefined)
        })
      })
      request.on('timeout', () => request.destroy(Object.assign(new Error('hung'), { code: 'HUNG' })))
      request.on('error', error => resolve(codeOf(error)))
    })
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message
}
