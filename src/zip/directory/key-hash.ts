// The hash of the index: FNV-1a over the bytes of a key, mixed at the end. It can be continued from the state
// after a common prefix, which is what makes the walk over a million names cheap. Not a cryptographic hash:
// the builder bounds what colliding names can cost and starts anew with another seed.

/** A byte is mixed in with `Math.imul(state ^ byte, FNV_PRIME)`. */
export const FNV_PRIME = 0x01000193

/** The state after `seed`, before any byte. */
export function hashStart(seed: number): number {
  return (0x811c9dc5 ^ seed) | 0
}

export function hashBytes(state: number, bytes: Uint8Array, from: number, to: number): number {
  let hash = state
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME)
  return hash
}

/** One slash more: from a folder's path to the keys in it. */
export function hashSlash(state: number): number {
  return Math.imul(state ^ 0x2f, FNV_PRIME)
}

/** Spreads the state over all 32 bits (the finalizer of MurmurHash3); an unsigned number. */
export function hashEnd(state: number): number {
  let hash = state
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The slot where the search for `hash` starts: slots are in the order of the hashes, so bulk inserts can be. */
export function homeSlot(hash: number, slotCount: number): number {
  return ((hash * slotCount) / 0x100000000) >>> 0
}

/** Names made to collide under this seed: the walk is repeated with another one. */
export class CollidingNamesError extends Error {
  constructor() {
    super('entry names collide')
  }
}
