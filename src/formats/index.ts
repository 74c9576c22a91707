// The list of formats.
import type { Format } from './format.js'

/** In the order in which they are offered. */
export const FORMATS: readonly Format[] = []

/** The format of that name, undefined when there is none. */
export function formatByName(name: string): Format | undefined {
  return FORMATS.find(format => format.name === name)
}
