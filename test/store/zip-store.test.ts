// The store over an archive: keys below its root, listing, ranges, and what happens when the archive changes.
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { FileBytes } from '../../src/bytes/file-bytes.js'
import { buildArchiveIndex } from '../../src/store/archive-index.js'
import type { NodePath, StoreId, StoreKey } from '../../src/store/keys.js'
import { ZipStore } from '../../src/store/zip-store.js'
import { ZipIndex } from '../../src/zip/index/zip-index.js'
import { openZip } from '../support/open-zip.js'
import { tempDir } from '../support/temp-dir.js'
import { writeZip } from '../support/zip-writer.js'

const key = (text: string) => text as StoreKey
const path = (text: string) => text as NodePath

const archive = writeZip([
  { name: 'x.zarr/zarr.json', data: '{}' },
  { name: 'x.zarr/b/zarr.json', data: '{"b":1}' },
  { name: 'x.zarr/b/c/0', data: 'chunk 0' },
  { name: 'x.zarr/b/c/1', data: 'chunk 1' },
  { name: 'x.zarr/a/.zarray', data: '{}' },
  { name: 'x.zarr/a/.zattrs', data: '{}' },
  { name: 'x.zarr/é/x', data: 'x' },
  { name: 'x.zarr/𝄞/x', data: 'x' },
  { name: 'x.zarr/ｚ/x', data: 'x' },
  { name: 'x.zarrish/zarr.json', data: 'outside' },
])

t.test('keys and paths count from the root folder, and nothing outside of it is reachable', async t => {
  const { store } = await openZip(archive, 'x.zarr')
  t.equal(String(await store.get(key('b/c/0'))), 'chunk 0')
  for (const absent of ['x.zarr/zarr.json', 'zarr.jso', 'zarr.json/', 'b/c', 'b', 'ish/zarr.json'])
    t.equal(await store.get(key(absent)), undefined, absent)
  t.same([...store.listKeys(path('b/c'))].sort(), ['b/c/0', 'b/c/1'])
  t.same([...store.listKeys(path(''))], ['zarr.json'])
  t.same([...store.listKeys(path('nowhere'))], [])
  t.match(store.totals(path('b')), { values: 3, byteLength: 21, storedByteLength: 21 })
  t.same(store.totals(path('nowhere')).values, 0)
  t.same([...store.metadataAt(path('a'))!], ['.zarray', '.zattrs'])
  t.same([...store.metadataAt(path('b/c'))!], [])
  t.equal(store.metadataAt(path('b/d')), undefined)
  t.equal(store.metadataAt(path('b/c/0')), undefined, 'a key is no folder')
})

t.test('folders are listed in the byte order of their names', async t => {
  const { store } = await openZip(archive, 'x.zarr')
  t.same(
    (await store.listDirectories(path(''))).map(({ name }) => name),
    ['a', 'b', 'é', 'ｚ', '𝄞'],
  )
  t.same(await store.listDirectories(path('b')), [{ name: 'c', metadata: new Set() }])
})

t.test('ranges are clamped, and refused when they are no ranges', async t => {
  const { store } = await openZip(archive, 'x.zarr')
  const range = async (range: Parameters<ZipStore['getRange']>[1]) =>
    String(await store.getRange(key('b/c/0'), range))
  t.equal(await range({ byteOffset: 0 }), 'chunk 0')
  t.equal(await range({ byteOffset: 6 }), '0')
  t.equal(await range({ byteOffset: 7 }), '')
  t.equal(await range({ byteOffset: 1e9, byteLength: 5 }), '')
  t.equal(await range({ byteOffset: 2, byteLength: 3 }), 'unk')
  t.equal(await range({ byteOffset: 2, byteLength: Number.MAX_SAFE_INTEGER }), 'unk 0')
  t.equal(await range({ suffixLength: 0 }), '')
  t.equal(await range({ suffixLength: 99 }), 'chunk 0')
  for (const bad of [
    { byteOffset: -1 },
    { byteOffset: 0.5 },
    { suffixLength: Number.NaN },
    { byteOffset: 0, byteLength: -1 },
  ])
    await t.rejects(async () => store.getRange(key('b/c/0'), bad), { code: 'BAD_REQUEST' })
  t.equal(await store.getRange(key('absent'), { byteOffset: 0 }), undefined)
})

t.test('tags tell values apart by content and form, and are the same in another archive', async t => {
  const { store } = await openZip(archive, 'x.zarr')
  const moved = await openZip(
    writeZip([
      { name: 'pad', data: 'pad' },
      { name: 'b/c/0', data: 'chunk 0' },
    ]),
  )
  const deflated = await openZip(writeZip([{ name: 'b/c/0', data: 'chunk 0', method: 8 }]))
  const tags = [store, moved.store, deflated.store].map(store => store.stat(key('b/c/0'))?.tag)
  t.equal(tags[0], tags[1])
  t.not(tags[0], tags[2])
  t.not(tags[0], store.stat(key('b/c/1'))?.tag)
  t.match(tags[0], /^[0-9a-f-]+$/)
})

async function onDisk(test: Parameters<typeof tempDir>[0]) {
  const file = join(await tempDir(test), 'x.zip')
  await writeFile(file, archive)
  const source = await FileBytes.open(file, { isSameContent: async () => true })
  const { index } = await buildArchiveIndex(source)
  const open = (source: FileBytes) =>
    ZipStore.open({ id: 't' as StoreId, source, index: ZipIndex.fromBuffer(index), rootPrefix: 'x.zarr' })
  return { file, source, open, store: await open(source) }
}

t.test('an archive rewritten in place answers STORE_CHANGED from then on, in every method', async t => {
  const { file, store } = await onDisk(t)
  const other = Buffer.from(archive)
  other.fill(0x55, 0, archive.indexOf('PK\x01\x02', 0, 'latin1'))
  await writeFile(file, other)
  await t.rejects(
    async () => store.get(key('b/c/0')),
    { code: 'STORE_CHANGED' },
    'not CHECKSUM_MISMATCH: the archive is another',
  )
  t.throws(() => store.stat(key('absent')), { code: 'STORE_CHANGED' }, 'absence cannot be told any more')
  await t.rejects(store.listDirectories(path('')), { code: 'STORE_CHANGED' })
  t.throws(() => [...store.listKeys(path(''))], { code: 'STORE_CHANGED' })
  t.throws(() => store.metadataAt(path('')), { code: 'STORE_CHANGED' })
  t.throws(() => store.totals(path('')), { code: 'STORE_CHANGED' })
  await t.rejects(async () => store.getRange(key('b/c/0'), { byteOffset: 0 }), { code: 'STORE_CHANGED' })
  await t.rejects(async () => store.checkUnchanged(), { code: 'STORE_CHANGED' })
  await store.close()
})

t.test('a range has no checksum, so a rewritten archive is noticed by its identity', async t => {
  const { file, store } = await onDisk(t)
  t.equal(String(await store.getRange(key('b/c/0'), { byteOffset: 0, byteLength: 5 })), 'chunk')
  const other = Buffer.from(archive)
  other.write('CHUNK', archive.indexOf('chunk 0'))
  await writeFile(file, other)
  await t.rejects(async () => store.getRange(key('b/c/0'), { byteOffset: 0, byteLength: 5 }), {
    code: 'STORE_CHANGED',
  })
  await store.close()
})

t.test(
  'an archive renamed over keeps answering from the old one, and the new one is not opened with the old index',
  async t => {
    const { file, store, open } = await onDisk(t)
    await writeFile(`${file}.new`, writeZip([{ name: 'x.zarr/other', data: 'other' }]))
    await rename(`${file}.new`, file)
    t.equal(String(await store.get(key('b/c/0'))), 'chunk 0')
    await store.checkUnchanged()
    const replaced = await FileBytes.open(file)
    await t.rejects(open(replaced), { code: 'STORE_CHANGED' })
    await Promise.all([replaced.close(), store.close()])
  },
)

t.test('the archive itself can be read by position', async t => {
  const { store } = await onDisk(t)
  t.equal(store.archive.byteLength, archive.length)
  t.same(await store.archive.read(10, 100), archive.subarray(10, 110))
  await t.rejects(store.archive.read(archive.length, 1), { code: 'READ_FAILED' })
  t.match(store.archive.tag, /^[0-9a-f]{32}$/)
  await store.close()
  await t.rejects(async () => store.get(key('b/c/0')), { code: 'STORE_UNAVAILABLE' })
})

t.test('what is at hand is had at once, in lent memory, and never of an archive that changed', async t => {
  const { store, source } = await openZip(archive, 'x.zarr')
  const part = { byteOffset: 2, byteLength: 3 }
  t.equal(String(store.getRange(key('b/c/0'), part)), 'unk')
  t.equal(String(store.get(key('b/c/0'))), 'chunk 0')
  const lent: Uint8Array[] = []
  const allocate = (byteLength: number): Uint8Array => {
    lent.push(new Uint8Array(byteLength))
    return lent[0] as Uint8Array
  }
  const found = store.getRange(key('b/c/1'), part, { allocate }) as Buffer
  t.equal(found.buffer, lent[0]?.buffer)
  source.isSlow = true
  const waited = store.get(key('b/c/1'))
  t.ok(waited instanceof Promise)
  t.equal(String(await waited), 'chunk 1')
  source.isSlow = false
  source.isChanged = true
  await t.rejects(async () => store.getRange(key('b/c/0'), part), { code: 'STORE_CHANGED' })
})
