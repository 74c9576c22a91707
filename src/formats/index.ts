// The list of formats.
import type { Format } from './format.js'
import { json } from './json.js'
import { npy } from './npy.js'
import { raw } from './raw.js'

/** In the order in which they are offered; the first is the default. */
export const FORMATS: readonly Format[] = [raw, npy, json]

/** The format of that name, undefined when there is none. */
export function formatByName(name: string): Format | undefined {
  return FORMATS.find(format => format.name === name)
}
