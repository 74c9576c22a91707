// Tells a complete file from one that is still being written: its identity has stayed for a while. Pure.
import { type ByteIdentity, identityDifference } from '../../bytes/random-access.js'

/** A file last written this long before it was first seen was not being copied just now. */
const OLD_ENOUGH_MS = 2000

interface ObservedState {
  readonly identity: ByteIdentity
  readonly sinceMs: number
}

export class WriteStability {
  readonly #settleMs: number
  readonly #seen = new Map<string, ObservedState>()

  constructor(settleMs: number) {
    this.#settleMs = settleMs
  }

  /**
   * How long until the file is settled if it stays as it is now; 0: it is settled.
   * @param found `ageMs`: how long ago the file was last written, by the wall clock
   * @param nowMs on a clock that never jumps
   */
  observe(key: string, found: { identity: ByteIdentity; ageMs: number }, nowMs: number): number {
    const before = this.#seen.get(key)
    if (before !== undefined && isSameIdentity(before.identity, found.identity)) {
      return Math.max(0, before.sinceMs + this.#settleMs - nowMs)
    }
    const isOld = before === undefined && found.ageMs >= OLD_ENOUGH_MS
    this.#seen.set(key, { identity: found.identity, sinceMs: isOld ? nowMs - this.#settleMs : nowMs })
    return isOld ? 0 : this.#settleMs
  }

  forget(key: string): void {
    this.#seen.delete(key)
  }
}

export function isSameIdentity(a: ByteIdentity, b: ByteIdentity): boolean {
  return identityDifference(a, b) === undefined
}
