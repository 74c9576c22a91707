// Indexes archives off the request path: in child processes of the registry's owner, one archive at a time
// each. Knows when a child is lost (it died, or fell silent) and replaces it; knows nothing of ZIP itself.
import { ZipzarrError } from '../../errors.js'
import type { IndexedArchive, IndexProgress, IndexRequest } from './index-archive.js'
import { ChildLostError, IndexChild } from './index-child.js'

/** An archive that took this many children down with it is given up. */
const MAX_ATTEMPTS = 2

export interface IndexerOptions {
  /** Children at most. One giant archive shall not hold up the small ones behind it. Default 2. */
  readonly processes?: number
  /** Longest silence of a working child. Default 30,000. */
  readonly silenceMs?: number
}

interface Job {
  readonly request: IndexRequest
  readonly onProgress: (progress: IndexProgress) => void
  readonly resolve: (archive: IndexedArchive) => void
  readonly reject: (error: unknown) => void
  attempts: number
}

export class Indexer {
  readonly #processes: number
  readonly #silenceMs: number
  readonly #queue: Job[] = []
  readonly #children = new Set<IndexChild>()
  #isClosed = false

  constructor(options: IndexerOptions = {}) {
    this.#processes = options.processes ?? 2
    this.#silenceMs = options.silenceMs ?? 30_000
  }

  /** @throws ZipzarrError what is wrong with the archive; STORE_UNAVAILABLE when its indexing does not end */
  index(request: IndexRequest, onProgress: (progress: IndexProgress) => void): Promise<IndexedArchive> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, onProgress, resolve, reject, attempts: 0 })
      this.#work()
    })
  }

  /** Ends all children; what is not indexed yet fails. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const job of this.#queue.splice(0)) job.reject(closing())
    await Promise.all([...this.#children].map(child => child.end()))
  }

  #work(): void {
    while (this.#queue.length > 0) {
      const child = [...this.#children].find(child => child.isIdle) ?? this.#start()
      if (child === undefined) return
      const job = this.#queue.shift() as Job
      void this.#run(child, job)
    }
  }

  #start(): IndexChild | undefined {
    if (this.#isClosed || this.#children.size >= this.#processes) return undefined
    const child = new IndexChild(() => {
      this.#children.delete(child)
      if (!this.#isClosed) this.#work()
    })
    this.#children.add(child)
    return child
  }

  async #run(child: IndexChild, job: Job): Promise<void> {
    job.attempts++
    try {
      job.resolve(await child.index(job.request, { onProgress: job.onProgress, silenceMs: this.#silenceMs }))
    } catch (error) {
      if (!(error instanceof ChildLostError)) job.reject(error)
      else if (this.#isClosed) job.reject(closing())
      else if (job.attempts < MAX_ATTEMPTS) this.#queue.unshift(job)
      else job.reject(new ZipzarrError('STORE_UNAVAILABLE', error.message))
    }
    if (!this.#isClosed) this.#work()
  }
}

function closing(): ZipzarrError {
  return new ZipzarrError('STORE_UNAVAILABLE', 'the service is closing')
}
