// Decoders that cannot say beforehand how much they will write get an output that fits, or one that grows.
import type { OutputBound } from './codec.js'
import { codecFailed } from './failures.js'

/** Output tried first for input of unknown expansion. */
const FIRST_RATIO = 8
const FIRST_ROOM = 64 * 1024
const GROWTH = 8

/**
 * Calls `attempt` with a capacity until it answers something else than undefined ("too small"). A capacity
 * that is known to be exact is tried once.
 */
export function decodeGrowing<T>(
  codec: string,
  { encodedByteLength, bound }: { readonly encodedByteLength: number; readonly bound: OutputBound },
  attempt: (capacity: number) => T | undefined,
): T {
  const { maxByteLength, isExact } = bound
  let capacity = isExact
    ? maxByteLength
    : Math.min(maxByteLength, encodedByteLength * FIRST_RATIO + FIRST_ROOM)
  for (;;) {
    const result = attempt(capacity)
    if (result !== undefined) return result
    if (capacity >= maxByteLength) return codecFailed(codec, `decodes to more than ${maxByteLength} bytes`)
    capacity = Math.min(maxByteLength, capacity * GROWTH)
  }
}
