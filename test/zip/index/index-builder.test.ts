// The index of an archive: nothing lost, the last entry of a name wins, lies are refused, costs are bounded.
import fc from 'fast-check'
import t from 'tap'
import type { StoreKey } from '../../../src/store/keys.js'
import { hashBytes, hashStart } from '../../../src/zip/directory/key-hash.js'
import { buildIndex } from '../../../src/zip/index/index-builder.js'
import { ZipIndex } from '../../../src/zip/index/zip-index.js'
import { MemoryBytes } from '../../support/memory-bytes.js'
import { allKeys, openZip } from '../../support/open-zip.js'
import { yauzlEntries } from '../../support/yauzl-entries.js'
import { writeZip, type ZipEntry } from '../../support/zip-writer.js'

const build = (bytes: Buffer, options = {}) => buildIndex(new MemoryBytes(bytes), options)

t.test('the last entry of a name wins and the others are counted', async t => {
  const { store } = await openZip(
    writeZip([
      { name: 'zarr.json', data: 'one' },
      { name: 'c/0', data: 'chunk' },
      { name: 'zarr.json', data: 'two' },
      { name: 'c\\0', data: 'chunk again' },
      { name: 'zarr.json', data: 'three' },
    ]),
  )
  t.equal(String(await store.get('zarr.json' as StoreKey)), 'three')
  t.equal(String(await store.get('c/0' as StoreKey)), 'chunk again')
  t.same(await allKeys(store), ['c/0', 'zarr.json'])
  t.match(store.facts, { entryCount: 5, keyCount: 2, duplicateCount: 3, skippedCount: 0 })
  t.match(store.totals('' as never), { values: 2, byteLength: 16, storedByteLength: 16 })
})

t.test('names that are no keys are skipped and counted by reason, the rest is served', async t => {
  const names = ['a/', './', '../x', '/abs', '/abs/2', 'a//b', 'nul\0', 'good', './better']
  const { store } = await openZip(writeZip(names.map(name => ({ name, data: name }))))
  t.same(await allKeys(store), ['better', 'good'])
  t.match(store.facts, {
    keyCount: 2,
    folderEntryCount: 2,
    litterCount: 0,
    invalidNameCount: 5,
    skippedCount: 7,
    nameProblemCounts: { absolute: 2, dotPart: 1, emptyPart: 1, forbiddenCharacter: 1, empty: 0 },
  })
  t.same(await store.listDirectories('' as never), [], 'a folder without keys does not exist')
})

t.test('what desktops leave behind is served when asked for and shown nowhere', async t => {
  const litter = ['__MACOSX/._a', '.DS_Store', 'x/.DS_Store', 'x/._zarr.json', '__MACOSX/x/zarr.json']
  const names = [...litter, 'x/zarr.json', './.DS_Store', '__MACOSX/._a']
  const { store } = await openZip(writeZip(names.map((name, i) => ({ name, data: `${name} ${i}` }))))
  t.same(await allKeys(store), ['x/zarr.json'])
  t.match(store.facts, { entryCount: 8, keyCount: 1, litterCount: 5, duplicateCount: 2, skippedCount: 5 })
  t.match(store.totals('' as never), { values: 1 })
  t.same(
    (await store.listDirectories('' as never)).map(({ name }) => name),
    ['x'],
  )
  t.equal(store.metadataAt('__MACOSX/x' as never), undefined, 'no node')
  for (const key of litter) t.ok(store.stat(key as StoreKey), key)
  t.equal(String(await store.get('x/.DS_Store' as StoreKey)), 'x/.DS_Store 2')
  t.equal(String(await store.get('.DS_Store' as StoreKey)), './.DS_Store 6', 'the last entry wins')
  t.equal(await store.get('y/.DS_Store' as StoreKey), undefined)
})

t.test('names behind ./ are those without it, in all sizes of archives', async t => {
  const plain = Array.from({ length: 300 }, (_, i) => ({ name: `a/c/${i % 7}/${i}`, data: `${i}` }))
  const dotted = plain.map((entry, i) => ({ ...entry, name: i % 3 === 0 ? entry.name : `./${entry.name}` }))
  const { store } = await openZip(writeZip(dotted))
  const expected = await openZip(writeZip(plain))
  t.same(await allKeys(store), await allKeys(expected.store))
  t.equal(store.facts.folderCount, expected.store.facts.folderCount)
  for (const { name, data } of plain) t.equal(String(await store.get(name as StoreKey)), data)
})

t.test('keys with control characters, and the last of two names for one key', async t => {
  const { store } = await openZip(
    writeZip([
      { name: 'a\nb/zarr.json', data: 'newline' },
      { name: 'tab\t', data: 'tab' },
      { name: 'k', data: 'first' },
      { name: './k', data: 'second' },
    ]),
  )
  t.equal(String(await store.get('a\nb/zarr.json' as StoreKey)), 'newline')
  t.equal(String(await store.get('tab\t' as StoreKey)), 'tab')
  t.equal(String(await store.get('k' as StoreKey)), 'second')
  t.match(store.facts, { keyCount: 3, duplicateCount: 1 })
})

t.test('a count that is not that of the directory is refused, whichever way', async t => {
  const entries = [{ name: 'a' }, { name: 'b' }]
  for (const options of [{ entryCount: 1 }, { entryCount: 3 }, { entryCount: 65538, isZip64: true }])
    await t.rejects(build(writeZip(entries, options)), { code: 'ARCHIVE_INVALID', message: /counts/ })
  t.equal(
    (await build(writeZip(entries, { entryCount: 65538 }))).facts.entryCount,
    2,
    'the same modulo 65536',
  )
})

t.test('a directory that does not end where it says is refused', async t => {
  const bytes = writeZip([{ name: 'a' }, { name: 'b' }])
  const end = bytes.length - 22
  for (const delta of [-1, 1, -47, 47]) {
    const lying = Buffer.from(bytes)
    lying.writeUInt32LE(bytes.readUInt32LE(end + 12) + delta, end + 12)
    await t.rejects(build(lying), { code: 'ARCHIVE_INVALID' }, `${delta}`)
  }
})

t.test('limits are held before memory is taken', async t => {
  const bytes = writeZip(Array.from({ length: 20 }, (_, i) => ({ name: `f${i}/x` })))
  for (const limits of [{ maxEntries: 19 }, { maxFolders: 19 }, { maxDirectoryByteLength: 900 }])
    await t.rejects(build(bytes, { limits }), { code: 'ARCHIVE_UNSUPPORTED' }, JSON.stringify(limits))
  t.equal((await build(bytes, { limits: { maxEntries: 20, maxFolders: 20 } })).facts.keyCount, 20)
})

t.test('50,000 entries: names and values are those yauzl reads', async t => {
  const entries = Array.from({ length: 50_000 }, (_, i) => ({
    name: `t/c/${i % 100}/${i}`,
    data: `value ${i}`,
  }))
  const bytes = writeZip(entries)
  const { store } = await openZip(bytes)
  const expected = await yauzlEntries(bytes, name => name.endsWith('77'))
  t.equal(store.facts.keyCount, 50_000)
  t.equal(expected.size, 50_000)
  for (const { name, data } of entries) {
    if (String(store.get(name as StoreKey)) !== data || !expected.has(name)) t.fail(`${name} differs`)
    if (name.endsWith('77')) t.equal(String(expected.get(name)), data)
  }
  t.equal(await store.get('t/c/0/50000' as StoreKey), undefined)
  t.equal((await store.listDirectories('t/c' as never)).length, 100)
})

t.test('70,000 entries without Zip64 lose none', async t => {
  const bytes = writeZip(Array.from({ length: 70_000 }, (_, i) => ({ name: `${i}` })))
  t.equal((await build(bytes)).facts.keyCount, 70_000)
})

t.test('any set of names: keys, folders, marks and sums are those of a plain model', async t => {
  const segment = fc.constantFrom('a', 'b', 'é', 'zarr.json', '.zarray', '0', '1', 'x'.repeat(250))
  const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'))
  const entry = fc.record({
    name,
    data: fc.string({ maxLength: 8 }),
    method: fc.constantFrom(0, 8),
    isZip64: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 30 }), fc.boolean(), async (entries, isZip64) => {
      const { store } = await openZip(writeZip(entries, { isZip64 }))
      const model = new Map(entries.map(({ name, data }) => [name, data]))
      const expected = [...model.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      t.same(await allKeys(store), expected)
      for (const [name, data] of model) t.equal(String(await store.get(name as StoreKey)), data)
      const folders = new Set([...model.keys()].flatMap(foldersOf))
      for (const folder of folders) {
        const below = [...model].filter(([name]) => folder === '' || name.startsWith(`${folder}/`))
        const totals = store.totals(folder as never)
        t.equal(totals.values, below.length)
        t.equal(
          totals.byteLength,
          below.reduce((sum, [, data]) => sum + data.length, 0),
        )
        const marks = ['zarr.json', '.zarray'].filter(mark =>
          model.has(folder === '' ? mark : `${folder}/${mark}`),
        )
        t.same([...(store.metadataAt(folder as never) ?? [])], marks)
      }
      t.equal(store.metadataAt('nowhere' as never), undefined)
    }),
    { numRuns: 100 },
  )
})

function foldersOf(name: string): string[] {
  const parts = name.split('/')
  return parts.map((_, i) => parts.slice(0, i).join('/'))
}

t.test('names made to collide cost a bounded time and are told apart', async t => {
  const names = collidingNames(2000)
  const { store } = await openZip(writeZip(names.map(name => ({ name, data: name }))))
  t.equal(store.facts.keyCount, 2000)
  const folders = await openZip(writeZip(names.map(name => ({ name: `${name}/x`, data: name }))))
  t.equal((await folders.store.listDirectories('' as never)).length, 2000)
  for (const name of names.slice(0, 50)) t.equal(String(await store.get(name as StoreKey)), name)
})

/** Each pair leads FNV-1a, started from seed 0, to one state from the state after the pair before it. */
const COLLIDING_PAIRS = [
  ['105zx', '1bpcd'],
  ['0k40p', '1c04a'],
  ['003zx', '0fpad'],
  ['09vl8', '0apd6'],
  ['04pvu', '0b3ea'],
  ['05rnw', '0mpba'],
  ['07rnw', '0opba'],
  ['07rnw', '0opba'],
  ['07rnw', '0opba'],
  ['07rnw', '0opba'],
  ['07rnw', '0opba'],
] as const

/** Up to 2^11 names that all have the same hash. */
function collidingNames(count: number): string[] {
  const names = Array.from({ length: count }, (_, n) =>
    COLLIDING_PAIRS.map((pair, bit) => pair[((n >> bit) & 1) as 0 | 1]).join(''),
  )
  const states = names.map(name => hashBytes(hashStart(0), Buffer.from(name), 0, name.length))
  if (new Set(states).size !== 1) throw new Error('the hash has changed, find other names')
  return names
}

t.test('entries that overlap are present and refused, whatever their order', async t => {
  const inner: ZipEntry = { name: 'kernel', data: 'x'.repeat(100) }
  const bytes = writeZip([
    { name: 'quote', data: 'y'.repeat(10), central: { storedByteLength: 60, byteLength: 60 } },
    inner,
    { name: 'good', data: 'good' },
  ])
  const { store } = await openZip(bytes)
  t.throws(() => store.stat('quote' as StoreKey), { code: 'ENTRY_INVALID', message: /another entry/ })
  t.equal(String(await store.get('good' as StoreKey)), 'good')
  t.equal(store.facts.overlapCount, 1)
  const shuffled = await openZip(reverseDirectory(bytes, 3))
  t.throws(() => shuffled.store.stat('quote' as StoreKey), {
    code: 'ENTRY_INVALID',
    message: /another entry/,
  })
  t.equal(String(await shuffled.store.get('good' as StoreKey)), 'good')
  t.equal(shuffled.store.facts.overlapCount, 1)
})

/** The same archive with its directory records in reverse order. */
function reverseDirectory(bytes: Buffer, count: number): Buffer {
  const end = bytes.length - 22
  const from = bytes.readUInt32LE(end + 16)
  const records: Buffer[] = []
  for (let at = from, i = 0; i < count; i++) {
    const length =
      46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
    records.unshift(bytes.subarray(at, at + length))
    at += length
  }
  return Buffer.concat([bytes.subarray(0, from), ...records, bytes.subarray(end)])
}

t.test('an out-of-order directory is read like any other', async t => {
  const entries = Array.from({ length: 200 }, (_, i) => ({ name: `k${i}`, data: `${i}` }))
  const { store } = await openZip(reverseDirectory(writeZip(entries), 200))
  for (const { name, data } of entries) t.equal(String(await store.get(name as StoreKey)), data)
  t.equal(store.facts.overlapCount, 0)
})

t.test('progress is told, and an abort ends the work', async t => {
  const bytes = writeZip(Array.from({ length: 70_000 }, (_, i) => ({ name: `${i}` })))
  const seen: number[] = []
  await build(bytes, { onProgress: (entries: number) => seen.push(entries) })
  t.ok(seen.length > 1 && seen.at(-1) === 70_000)
  const controller = new AbortController()
  const work = build(bytes, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  })
  await t.rejects(work, { message: 'enough' })
})

t.test('the same archive makes the same index', async t => {
  const bytes = writeZip([{ name: 'a/zarr.json', data: '{}' }, { name: 'a/c/0' }])
  const [first, second] = [await build(bytes), await build(bytes)]
  t.ok(first.index.equals(second.index))
  t.same(ZipIndex.fromBuffer(first.index).facts, first.facts)
})

t.test(
  'a read that fails at any point fails the build, and so does an archive that changes meanwhile',
  async t => {
    const bytes = writeZip([{ name: 'a' }, { name: 'b' }], { isZip64: true })
    const probe = new MemoryBytes(bytes)
    await buildIndex(probe)
    for (let n = 0; n < probe.reads.length; n++) {
      const source = new MemoryBytes(bytes)
      source.failAt = n
      await t.rejects(buildIndex(source), { code: 'READ_FAILED' }, `read ${n}`)
    }
    const changing = new MemoryBytes(bytes)
    changing.isChanged = true
    await t.rejects(buildIndex(changing), { code: 'STORE_CHANGED' })
  },
)
