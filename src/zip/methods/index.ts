// The compression methods that are read (APPNOTE 4.4.5). Method 0 needs no decoder and is not listed.
import { bzip2 } from './bzip2.js'
import { deflate } from './deflate.js'
import { lzma, xz } from './lzma.js'
import type { Method } from './method.js'
import { zstd } from './zstd.js'

export const METHODS: ReadonlyMap<number, Method> = new Map([
  [8, deflate],
  [12, bzip2],
  [14, lzma],
  [93, zstd],
  [95, xz],
])

/** Methods that are known and refused, for a message that says more than a number. */
export const REFUSED_METHODS: ReadonlyMap<number, string> = new Map([
  [1, 'shrink'],
  [6, 'implode'],
  [9, 'deflate64'],
  [98, 'PPMd'],
  [99, 'AES encryption'],
])
