// What is asked for twice at once is loaded once. A caller that leaves does not take the load from the others;
// the last one to leave stops it.
import { type MaybePromise, then } from './maybe-promise.js'

/** Whatever has a signal, if it has one. It is looked at only by who has to wait. */
export interface Stop {
  readonly signal?: AbortSignal | undefined
}

/** A load while it runs, as the work sees it. */
export interface Flight {
  /** Aborted when nobody waits for the load any more. Made when it is first looked at. */
  readonly signal: AbortSignal
}

class Load<T> implements Flight {
  readonly keys: readonly string[]
  /** Undefined until the work had to wait. */
  result: Promise<readonly T[]> | undefined
  waiting = 0
  isJoined = false
  isSettled = false
  #controller: AbortController | undefined

  constructor(keys: readonly string[]) {
    this.keys = keys
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }
}

/** Loads run under keys; one load may answer several keys. Results are not kept: that is a cache's matter. */
export class SingleFlight<T> {
  readonly #running = new Map<string, Load<T>>()
  readonly #onShared: (value: T) => void

  /** `onShared` is told of every loaded value that goes to more than one caller, before any of them has it. */
  constructor(onShared: (value: T) => void = () => undefined) {
    this.#onShared = onShared
  }

  /** The value under `key` if it is being loaded right now, undefined if it is not. */
  join(key: string, stop: Stop = {}): Promise<T> | undefined {
    const load = this.#running.get(key)
    if (load === undefined) return undefined
    load.isJoined = true
    const place = load.keys.indexOf(key)
    return this.#wait(load, stop).then(values => values[place])
  }

  /**
   * Starts a load for keys that are not being loaded (see `join`); it answers one value per key, in order. What is
   * there at once is answered at once: nobody can have joined.
   */
  start(
    keys: readonly string[],
    work: (flight: Flight) => MaybePromise<readonly T[]>,
    stop: Stop = {},
  ): MaybePromise<readonly T[]> {
    const load = new Load<T>(keys)
    const values = work(load)
    if (!(values instanceof Promise)) return values
    load.result = values
    for (const key of keys) this.#running.set(key, load)
    const settle = (): void => {
      load.isSettled = true
      this.#forget(load)
    }
    // Before any caller has the values; nobody can join from here on.
    const settleValues = (values: readonly T[]): void => {
      settle()
      if (load.isJoined) values.forEach(this.#onShared)
    }
    values.then(settleValues, settle)
    return this.#wait(load, stop)
  }

  /** The value of a load under way, or of `work`, which goes on whoever leaves. */
  once(key: string, work: () => MaybePromise<T>): MaybePromise<T> {
    const start = (): MaybePromise<T> =>
      then(
        this.start([key], () => then(work(), value => [value])),
        ([value]) => value,
      )
    return this.join(key) ?? start()
  }

  #forget(load: Load<T>): void {
    for (const key of load.keys) if (this.#running.get(key) === load) this.#running.delete(key)
  }

  async #wait(load: Load<T>, { signal }: Stop): Promise<readonly T[]> {
    load.waiting++
    let leave: (() => void) | undefined
    try {
      const result = load.result as Promise<readonly T[]>
      if (signal === undefined) return await result
      signal.throwIfAborted()
      const left = new Promise<never>((_, reject) => {
        leave = () => reject(signal.reason)
        signal.addEventListener('abort', leave, { once: true })
      })
      return await Promise.race([result, left])
    } finally {
      if (leave !== undefined) signal?.removeEventListener('abort', leave)
      load.waiting--
      if (load.waiting === 0 && !load.isSettled) {
        this.#forget(load)
        load.abort(signal?.reason)
      }
    }
  }
}
