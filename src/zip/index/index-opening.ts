// Opens the bytes of an index: small ones are read whole, large ones page by page when they are needed. Either
// way every page is held against its CRC-32 before it is believed: a damaged index must never say "absent".

import { FileBytes } from '../../bytes/file-bytes.js'
import { type ByteIdentity, identityDifference } from '../../bytes/random-access.js'
import { crc32 } from '../../crc32.js'
import { isZipzarrError, ZipzarrError } from '../../errors.js'
import { CacheBudget } from '../../memory/lru.js'
import { INDEX_HEADER_BYTES, type IndexSections, layOut, PAGE_BYTES, parseHeader } from './index-layout.js'
import { PagedBytes } from './paged-bytes.js'

/** Up to this size an index is read and checked as a whole when it is opened. */
const WHOLE_INDEX_BYTES = 256 * 1024
/** Pages kept by whoever has no budget to share. */
const OWN_CACHE_BYTES = 512 * 1024
const PAGES_AT_ONCE = 256

export interface OpenIndexOptions {
  /** The archive it must belong to. */
  readonly identity?: ByteIdentity
  /** `facts.index` of the index that is expected. */
  readonly expected?: { readonly byteLength: number; readonly crc32: number }
  /** 'all' reads and checks every page at once: before an index left by an earlier run is used. */
  readonly check?: 'header' | 'all'
  /** Called when the open index is found damaged by a look-up, which then fails. */
  readonly onDamaged?: () => void
  /** Where pages are kept; absent: a budget of its own. */
  readonly caches?: CacheBudget | undefined
}

type IndexHeader = Exclude<ReturnType<typeof parseHeader>, string>

export interface OpenedIndex {
  readonly header: IndexHeader
  readonly sections: IndexSections
  readonly body: PagedBytes
  /** Stays open while pages are read from it. */
  readonly file: FileBytes | undefined
}

/** @throws ZipzarrError STORE_UNAVAILABLE */
export function openIndexBuffer(index: Buffer): OpenedIndex {
  const header = requireHeader(index, {})
  return { header, sections: requireSections(header, index.length), body: inMemory(index), file: undefined }
}

/** @throws ZipzarrError STORE_UNAVAILABLE */
export async function openIndexFile(path: string, options: OpenIndexOptions): Promise<OpenedIndex> {
  const file = await FileBytes.open(path, { refuseLink: true }).catch(error => {
    throw asUnusable(error)
  })
  try {
    const header = requireHeader(await file.read(0, Math.min(INDEX_HEADER_BYTES, file.size)), options)
    const sections = requireSections(header, file.size)
    const table = await file.read(INDEX_HEADER_BYTES, sections.pageCount * 4)
    if (crc32(table) !== header.pageTableCrc32) throw unusable('the checksum of its page table is wrong')
    if (options.check === 'all') await verifyPages(file, table, sections)
    if (file.size > WHOLE_INDEX_BYTES)
      return {
        header,
        sections,
        body: onDemand(file, { table, sections, ...options }),
        file,
      }
    const whole = await file.read(0, file.size)
    for (let page = 0; page < sections.pageCount; page++)
      verifyPage(table, page, pageOf(whole, page, sections))
    await file.close()
    return { header, sections, body: inMemory(whole), file: undefined }
  } catch (error) {
    await file.close()
    throw asUnusable(error)
  }
}

/** The only page of what is in memory already is the last one used. */
const NOTHING = new CacheBudget(0)

function inMemory(index: Buffer): PagedBytes {
  const source = { readSync: (at: number, length: number) => index.subarray(at, at + length) }
  return new PagedBytes(source, { end: index.length, pageBytes: Math.max(1, index.length), caches: NOTHING })
}

interface OpenPages {
  readonly table: Buffer
  readonly sections: IndexSections
  readonly onDamaged?: () => void
  readonly caches?: CacheBudget | undefined
}

function onDemand(file: FileBytes, { table, sections, onDamaged, caches }: OpenPages): PagedBytes {
  const noticing = <T>(read: () => T): T => {
    try {
      return read()
    } catch (cause) {
      onDamaged?.()
      // Not what the file's own reader says: the index changed, or cannot be read, and not the archive.
      throw new ZipzarrError('STORE_INDEXING', 'the index of the archive is damaged and is being made anew', {
        cause,
      })
    }
  }
  return new PagedBytes(
    { readSync: (at, length) => noticing(() => file.readSync(at, length)) },
    {
      origin: sections.body,
      end: sections.end,
      pageBytes: PAGE_BYTES,
      caches: caches ?? new CacheBudget(OWN_CACHE_BYTES),
      verify: (page, bytes) => noticing(() => verifyPage(table, page, bytes)),
    },
  )
}

async function verifyPages(file: FileBytes, table: Buffer, sections: IndexSections): Promise<void> {
  for (let page = 0; page < sections.pageCount; page += PAGES_AT_ONCE) {
    const from = sections.body + page * PAGE_BYTES
    const bytes = await file.read(from, Math.min(PAGES_AT_ONCE * PAGE_BYTES, sections.end - from), {
      isBulk: true,
    })
    for (let at = 0; at < bytes.length; at += PAGE_BYTES)
      verifyPage(table, page + at / PAGE_BYTES, bytes.subarray(at, at + PAGE_BYTES))
  }
}

function pageOf(index: Buffer, page: number, sections: IndexSections): Buffer {
  const at = sections.body + page * PAGE_BYTES
  return index.subarray(at, Math.min(at + PAGE_BYTES, sections.end))
}

function verifyPage(table: Buffer, page: number, bytes: Buffer): void {
  if (crc32(bytes) !== table.readUInt32LE(page * 4))
    throw unusable(`the checksum of its page ${page} is wrong`)
}

function requireHeader(bytes: Buffer, options: OpenIndexOptions): IndexHeader {
  const header = parseHeader(bytes)
  if (typeof header === 'string') throw unusable(header)
  const { identity, expected } = options
  if (expected !== undefined && expected.crc32 !== header.crc32)
    throw unusable('it is not the one that was made')
  const field = identity && identityDifference(identity, header.identity)
  if (identity !== undefined && field !== undefined)
    throw unusable(
      `it belongs to another archive: ${field} ${header.identity[field]}, expected ${identity[field]}`,
    )
  return header
}

function requireSections(header: IndexHeader, byteLength: number): IndexSections {
  const sections = layOut(header.numbers)
  if (sections.end !== byteLength) throw unusable(`it has ${byteLength} bytes, expected ${sections.end}`)
  return sections
}

/** Whatever it is (no regular file, cut off, unreadable): it says nothing of the archive. */
function asUnusable(error: unknown): ZipzarrError {
  return isZipzarrError(error) && error.code === 'STORE_UNAVAILABLE'
    ? error
    : unusable('it cannot be read', error)
}

export function unusable(why: string, cause?: unknown): ZipzarrError {
  return new ZipzarrError('STORE_UNAVAILABLE', `the index of the archive cannot be used: ${why}`, { cause })
}
