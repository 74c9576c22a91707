// How much memory the values of one document may take: 16 MiB of `{}` would be a gigabyte of objects.
import { ZipzarrError } from '../../errors.js'

/** As estimated from what they are. */
export const MAX_JSON_MEMORY = 32 * 1024 * 1024

// Measured; an object without a prototype is a hash table.
export const OBJECT_BYTES = 192
export const MEMBER_BYTES = 64
export const ARRAY_BYTES = 64
export const ITEM_BYTES = 16

export class JsonMemory {
  #taken = 0

  /** @throws ZipzarrError METADATA_UNSUPPORTED */
  take(byteLength: number): void {
    this.#taken += byteLength
    if (this.#taken <= MAX_JSON_MEMORY) return
    const message = `the values of the JSON document would take more than ${MAX_JSON_MEMORY} bytes of memory`
    throw new ZipzarrError('METADATA_UNSUPPORTED', message, { facts: { limit: MAX_JSON_MEMORY } })
  }
}
