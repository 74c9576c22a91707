// Odd and hostile archives that other projects collected (libzip, yauzl), held against what CPython's zipfile
// does with them (expected/zip-matrix.json). zarr-python reads through zipfile, so what that reads is read
// here too, but for the exceptions listed, each with its reason.
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { isZipzarrError } from '../../src/errors.js'
import type { NodePath, StoreKey } from '../../src/store/keys.js'
import { allKeys, openZip } from '../support/open-zip.js'
import { corpus } from '../support/paths.js'
import { yauzlEntries } from '../support/yauzl-entries.js'

interface Expected {
  entries?: number
  ok?: number
  errs?: string[]
  /** Why the archive could not be opened. */
  open?: string
}

interface Found {
  /** Values read with the right CRC-32. */
  ok: number
  keys: number
  codes: string[]
  open?: string
}

const matrix = JSON.parse(readFileSync(`${corpus}expected/zip-matrix.json`, 'utf8')) as Record<
  string,
  Record<string, Expected>
>

const L = 'libzip/regress-data/'
const ZIP64_SHORT = 'yauzl/failure/zip64 extended information extra field does not include'

/** Where the answer is not CPython's, and why. */
const EXCEPTIONS: Record<string, { found: Partial<Found>; why: string }> = {
  [`${L}filename_duplicate.zip`]: {
    found: { ok: 1, keys: 1 },
    why: 'CPython lists both, its reading by name too takes the last',
  },
  [`${L}filename_duplicate_empty.zip`]: { found: { ok: 0, keys: 0 }, why: 'an empty name is no key' },
  [`${L}filename_empty.zip`]: { found: { ok: 0, keys: 0 }, why: 'an empty name is no key' },
  [`${L}incons-filename-nul-byte.zip`]: {
    found: { ok: 0, keys: 0 },
    why: 'CPython cuts the name at the NUL: a guess',
  },
  [`${L}incons-cdoffset.zip`]: {
    found: { open: 'ARCHIVE_INVALID' },
    why: 'the directory offset is impossible; CPython reads no entry',
  },
  [`${L}incons-central-file-comment-longer.zip`]: {
    found: { open: 'ARCHIVE_INVALID' },
    why: 'a record reaches past the directory',
  },
  [`${L}incons-eocd64.zip`]: {
    found: { open: 'ARCHIVE_INVALID' },
    why: 'the two end records contradict each other',
  },
  [`${L}incons-file-count-high.zip`]: {
    found: { open: 'ARCHIVE_INVALID' },
    why: 'the count is not that of the directory',
  },
  [`${L}incons-file-count-low.zip`]: {
    found: { open: 'ARCHIVE_INVALID' },
    why: 'the count is not that of the directory',
  },
  [`${L}incons-file-count-overflow.zip`]: {
    found: { open: 'ARCHIVE_INVALID' },
    why: 'the count is impossible',
  },
  [`${L}multidisk.zip`]: { found: { open: 'ARCHIVE_UNSUPPORTED' }, why: 'split archives are refused' },
  'yauzl/failure/multi-disk zip files are not supported found disk number 1.zip': {
    found: { open: 'ARCHIVE_UNSUPPORTED' },
    why: 'split archives are refused',
  },
  [`${L}incons-central-size-larger.zip`]: {
    found: { codes: ['ENTRY_INVALID'] },
    why: 'stored, but its sizes differ',
  },
  [`${L}incons-local-compression-method.zip`]: {
    found: { codes: ['ENTRY_INVALID'] },
    why: 'the local header contradicts',
  },
  [`${L}incons-local-compsize-larger.zip`]: {
    found: { codes: ['ENTRY_INVALID'] },
    why: 'the local header contradicts',
  },
  [`${L}incons-local-compsize-smaller.zip`]: {
    found: { codes: ['ENTRY_INVALID'] },
    why: 'the local header contradicts',
  },
  [`${L}incons-local-crc.zip`]: { found: { codes: ['ENTRY_INVALID'] }, why: 'the local header contradicts' },
  [`${L}incons-local-size-larger.zip`]: {
    found: { codes: ['ENTRY_INVALID'] },
    why: 'the local header contradicts',
  },
  [`${L}testfile-xz.zip`]: { found: { ok: 1 }, why: 'CPython does not read XZ' },
  [`${L}testfile-zstd.zip`]: { found: { ok: 1 }, why: 'CPython 3.13 does not know zstd' },
  [`${L}incons-ef-central-size-wrong.zip`]: {
    found: { ok: 1 },
    why: 'a damaged extra field nobody needs; all else agrees',
  },
  'yauzl/failure/extra field length exceeds extra field buffer size.zip': {
    found: { ok: 2 },
    why: 'a damaged extra field nobody needs; all else agrees',
  },
  [`${L}incons-gap-before-eocd.zip`]: {
    found: { ok: 1 },
    why: 'the directory is whole at the offset that the end record gives',
  },
  'yauzl/failure/not enough bytes in the stream expected 2048576 got only 1000000.zip': {
    found: { codes: ['ENTRY_INVALID'] },
    why: 'the declared length is a lie',
  },
  'yauzl/wrong-entry-sizes/wrong-entry-sizes.zip': {
    found: { codes: ['ENTRY_INVALID', 'ENTRY_INVALID'] },
    why: 'the declared lengths are lies',
  },
  [`${ZIP64_SHORT} compressed size.zip`]: {
    found: { codes: ['ENTRY_INVALID'] },
    why: 'one bad entry does not fail the archive',
  },
  [`${ZIP64_SHORT} relative header offset.zip`]: {
    found: { codes: ['ENTRY_INVALID'] },
    why: 'one bad entry does not fail the archive',
  },
  [`${ZIP64_SHORT} uncompressed size.zip`]: {
    found: { codes: ['ENTRY_INVALID'] },
    why: 'one bad entry does not fail the archive',
  },
  'yauzl/success/everything.zip': {
    found: { ok: 1003, keys: 1003 },
    why: 'the matrix stopped at the 200th entry',
  },
}

async function readAll(bytes: Buffer): Promise<Found & { values: Map<string, Buffer> }> {
  const values = new Map<string, Buffer>()
  const codes: string[] = []
  const { store } = await openZip(bytes)
  const keys = (await allKeys(store)) as StoreKey[]
  for (const key of keys) {
    try {
      const value = await store.get(key)
      if (value === undefined) throw new Error(`${key} is listed and absent`)
      values.set(key, value)
    } catch (error) {
      if (!isZipzarrError(error)) throw error
      codes.push(error.code)
    }
  }
  return { ok: values.size, keys: keys.length, codes, values }
}

async function examine(bytes: Buffer): Promise<Found> {
  try {
    const { values: _, ...found } = await readAll(bytes)
    return found
  } catch (error) {
    if (!isZipzarrError(error)) throw error
    return { ok: 0, keys: 0, codes: [], open: error.code }
  }
}

t.test('what CPython reads is read; what it refuses is refused, the listed exceptions aside', async t => {
  let count = 0
  for (const [name, readers] of Object.entries(matrix)) {
    const path = `${corpus}${name}`
    if (!existsSync(path)) continue
    count++
    const expected = readers['cpython_3.13_zipfile']!
    const found = await Promise.race([examine(readFileSync(path)), wait(120_000, undefined, { ref: false })])
    if (found === undefined) throw new Error(`${name} hangs`)
    const exception = EXCEPTIONS[name]
    if (exception !== undefined) t.match(found, exception.found, `${name}: ${exception.why}`)
    else if (expected.open !== undefined) t.match(found.open, /^ARCHIVE_/, name)
    else t.match(found, { ok: expected.ok, open: undefined }, name)
  }
  t.ok(count >= 180, `${count} archives`)
})

t.test('what is present and unreadable is an error of its own, never absence', async t => {
  const codes = async (name: string) => (await examine(readFileSync(`${corpus}${L}${name}`))).codes
  t.same((await codes('broken.zip')).sort(), [
    'CHECKSUM_MISMATCH',
    'CHECKSUM_MISMATCH',
    'ENTRY_INVALID',
    'ENTRY_UNSUPPORTED',
  ])
  t.same(await codes('encrypt-aes256.zip'), ['ENTRY_UNSUPPORTED'])
  t.same(await codes('incons-local-filename.zip'), ['ENTRY_INVALID'])
  t.same(await codes('incons-central-compsize-larger.zip'), ['ENTRY_INVALID'])
})

t.test('names and bytes are those that yauzl reads, in every archive that it reads whole', async t => {
  let count = 0
  for (const [name, readers] of Object.entries(matrix)) {
    const theirs = readers['yauzl_3.4.0_decodeStrings_true']!
    const isWhole = theirs.open === undefined && theirs.errs?.length === 0 && theirs.entries !== 0
    if (!isWhole || !existsSync(`${corpus}${name}`) || EXCEPTIONS[name] !== undefined) continue
    // UTF-8 (or control characters, which CPython keeps as well) without the flag: yauzl reads CP437.
    if (/test-(utf8-unmarked|cp437|cp437-comment-utf-8)\.zip$/.test(name)) continue
    const bytes = readFileSync(`${corpus}${name}`)
    if (bytes.length > 1_000_000) continue
    const expected = await yauzlEntries(bytes).catch(() => undefined)
    if (expected === undefined || readers['cpython_3.13_zipfile']!.ok !== theirs.ok) continue
    count++
    const { values } = await readAll(bytes)
    t.same([...values.keys()].sort(), [...expected.keys()].sort(), name)
    for (const [key, value] of expected)
      if (!values.get(key)?.equals(value)) t.fail(`${name}: ${key} differs`)
  }
  t.ok(count >= 80, `${count} archives`)
})

t.test('archives of many entries: a wrapped 16-bit count loses nothing, a wrong one is refused', async t => {
  const archives = await yauzlEntries(readFileSync(`${corpus}${L}manyfiles-zip.zip`))
  const counts: Record<string, number | string> = {}
  for (const [name, bytes] of archives) {
    const opened = await openZip(bytes).catch((error: Error) => error)
    if (opened instanceof Error) counts[name] = opened.message
    else counts[name] = [...opened.store.listKeys('' as NodePath)].length
  }
  t.same(counts, {
    'manyfiles.zip': 70_000,
    'manyfiles-133000.zip': 133_000,
    'manyfiles-65536.zip': 65_536,
    'manyfiles-zip64.zip': 70_000,
    'manyfiles-zip64-modulo.zip': 'the end record counts 4464 entries, its central directory holds 70000',
    'manyfiles-fewer.zip': 'the end record counts 4418 entries, its central directory holds 70000',
    'manyfiles-more.zip': 'the end record counts 4467 entries, its central directory holds 70000',
  })
})
