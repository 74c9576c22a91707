// What is asked for twice at once is loaded once. A caller that leaves does not take the load from the others;
// the last one to leave stops it.

interface Load<T> {
  readonly controller: AbortController
  readonly keys: readonly string[]
  readonly result: Promise<readonly T[]>
  waiting: number
  isJoined: boolean
  isSettled: boolean
}

/** Loads run under keys; one load may answer several keys. Results are not kept: that is a cache's matter. */
export class SingleFlight<T> {
  readonly #running = new Map<string, Load<T>>()
  readonly #shared = new WeakSet<object>()

  /** Whether a loaded value has gone to more than one caller; known as soon as any of them has it. */
  isShared(value: T & object): boolean {
    return this.#shared.has(value)
  }

  /** The value under `key` if it is being loaded right now, undefined if it is not. */
  join(key: string, signal?: AbortSignal): Promise<T> | undefined {
    const load = this.#running.get(key)
    if (load === undefined) return undefined
    load.isJoined = true
    const place = load.keys.indexOf(key)
    return this.#wait(load, signal).then(values => values[place])
  }

  /** Whether the value under `key` is being loaded right now. */
  has(key: string): boolean {
    return this.#running.has(key)
  }

  /** Starts a load for keys that are not being loaded (see `join`); it answers one value per key, in order. */
  start(
    keys: readonly string[],
    work: (signal: AbortSignal) => Promise<readonly T[]>,
    signal?: AbortSignal,
  ): Promise<readonly T[]> {
    const controller = new AbortController()
    const load: Load<T> = {
      controller,
      keys,
      result: work(controller.signal),
      waiting: 0,
      isJoined: false,
      isSettled: false,
    }
    for (const key of keys) this.#running.set(key, load)
    const settle = (): void => {
      load.isSettled = true
      this.#forget(load)
    }
    // Before any caller has the values; nobody can join from here on.
    const settleValues = (values: readonly T[]): void => {
      settle()
      if (!load.isJoined) return
      for (const value of values) if (typeof value === 'object' && value !== null) this.#shared.add(value)
    }
    load.result.then(settleValues, settle)
    return this.#wait(load, signal)
  }

  #forget(load: Load<T>): void {
    for (const key of load.keys) if (this.#running.get(key) === load) this.#running.delete(key)
  }

  async #wait(load: Load<T>, signal: AbortSignal | undefined): Promise<readonly T[]> {
    load.waiting++
    let leave: (() => void) | undefined
    try {
      if (signal === undefined) return await load.result
      signal.throwIfAborted()
      const left = new Promise<never>((_, reject) => {
        leave = () => reject(signal.reason)
        signal.addEventListener('abort', leave, { once: true })
      })
      return await Promise.race([load.result, left])
    } finally {
      if (leave !== undefined) signal?.removeEventListener('abort', leave)
      load.waiting--
      if (load.waiting === 0 && !load.isSettled) {
        this.#forget(load)
        load.controller.abort(signal?.reason)
      }
    }
  }
}
