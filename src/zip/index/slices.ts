// Long loops in slices: the event loop turns in between, so that indexing a million entries inside a serving
// process delays a request by milliseconds.
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Iterations between two turns of the event loop: 5 to 15 ms of the loops used here. */
const SLICE = 32_768

/** Calls `run(from, to)` over [0, total); rejects as soon as `signal` is aborted. */
export async function inSlices(
  total: number,
  signal: AbortSignal | undefined,
  run: (from: number, to: number) => void,
): Promise<void> {
  for (let from = 0; from < total; from += SLICE) {
    run(from, Math.min(total, from + SLICE))
    if (from + SLICE < total) await nextTurn()
    signal?.throwIfAborted()
  }
}

/** Calls `step(size)` until it answers false. */
export async function untilDone(
  signal: AbortSignal | undefined,
  step: (size: number) => boolean,
): Promise<void> {
  while (step(SLICE)) {
    await nextTurn()
    signal?.throwIfAborted()
  }
}

/** Lets the event loop turn once between two pieces of work that are not worth slicing. */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn()
  signal?.throwIfAborted()
}
