// What is at hand is had within the same turn of the event loop, what is not is waited for: one type for both, and
// the helpers with which code is written once over it.

export type MaybePromise<T> = T | Promise<T>

/** What `use` answers of the value, as soon as it is there. */
export function then<T, U>(value: MaybePromise<T>, use: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(use) : use(value)
}

/** What `work` answers. Its failure is what `onError` answers or throws. */
export function recover<T>(
  work: () => MaybePromise<T>,
  onError: (error: unknown) => MaybePromise<T>,
): MaybePromise<T> {
  try {
    const value = work()
    return value instanceof Promise ? value.catch(onError) : value
  } catch (error) {
    return onError(error)
  }
}

/** What `work` answers; a failure is always a promise that rejects. */
export function attempt<T>(work: () => MaybePromise<T>): MaybePromise<T> {
  try {
    return work()
  } catch (error) {
    return Promise.reject(error)
  }
}

/** What `work` answers, after `end`, which runs however it ended. */
export function settled<T>(work: () => MaybePromise<T>, end: () => void): MaybePromise<T> {
  let value: MaybePromise<T>
  try {
    value = work()
  } catch (error) {
    end()
    throw error
  }
  if (value instanceof Promise) return value.finally(end)
  end()
  return value
}
