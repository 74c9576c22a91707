// The order in which a store lists its folders.
import type { DirectoryEntry } from './store.js'

/** Byte order of the names in UTF-8. JavaScript's order of strings differs from it only beyond U+FFFF. */
export function sortByName(entries: DirectoryEntry[]): DirectoryEntry[] {
  const isSimple = entries.every(entry => !/[\ud800-\udfff]/.test(entry.name))
  if (isSimple) return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
}
