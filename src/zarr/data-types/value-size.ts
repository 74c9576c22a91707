// Rough sizes in memory of variable-length values, for bounds that need no more than that.

/** A value beside its own bytes: a slot in a list, an object's header. */
export const VALUE_OVERHEAD = 48

export function valuesByteLength(values: readonly unknown[]): number {
  let byteLength = 0
  for (const value of values) byteLength += valueByteLength(value)
  return byteLength
}

function valueByteLength(value: unknown): number {
  if (typeof value === 'string') return VALUE_OVERHEAD + 2 * value.length
  if (value instanceof Uint8Array) return VALUE_OVERHEAD + value.byteLength
  if (Array.isArray(value)) return VALUE_OVERHEAD + valuesByteLength(value)
  if (typeof value === 'object' && value !== null)
    return VALUE_OVERHEAD + valuesByteLength(Object.values(value))
  return VALUE_OVERHEAD
}
