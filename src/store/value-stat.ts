// What an entry says of the value in it.
import { METHOD_STORED } from '../zip/directory/central-directory.js'
import type { Entry } from '../zip/entries/entry-finder.js'
import type { ValueStat } from './store.js'

export function statOf(entry: Entry): ValueStat {
  const { byteLength, storedByteLength, crc32, method } = entry.record
  const tag = [crc32, byteLength, storedByteLength, method].map(value => value.toString(16)).join('-')
  return { byteLength, storedByteLength, crc32, isStored: method === METHOD_STORED, tag, method }
}
