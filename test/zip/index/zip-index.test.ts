// The index file: it says what the archive holds, or it is refused; never that a key is absent which is not.
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { isZipzarrError } from '../../../src/errors.js'
import { buildArchiveIndex } from '../../../src/store/archive-index.js'
import type { StoreKey } from '../../../src/store/keys.js'
import { ZipStore } from '../../../src/store/zip-store.js'
import { indexFileName, writeIndexFile } from '../../../src/zip/index/index-file.js'
import { ZipIndex } from '../../../src/zip/index/zip-index.js'
import { MemoryBytes } from '../../support/memory-bytes.js'
import { tempDir } from '../../support/temp-dir.js'
import { writeZip } from '../../support/zip-writer.js'

const entries = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `a/${i % 50}/${i}`, data: `value ${i}` }))

async function written(folder: string, count: number) {
  const source = new MemoryBytes(writeZip(entries(count)))
  const built = await buildArchiveIndex(source)
  const file = await writeIndexFile(folder, built)
  return { source, built, file, path: join(folder, file.name) }
}

for (const [size, count] of [
  ['small, held in memory', 200],
  ['large, read by pages', 20_000],
] as const)
  t.test(`an index file that is ${size} answers as the index that was built`, async t => {
    const { source, built, file, path } = await written(await tempDir(t), count)
    const index = await ZipIndex.open(path, { identity: source.identity, expected: file, check: 'all' })
    t.same(index.facts, built.facts)
    const store = await ZipStore.open({ id: 't' as never, source, index, rootPrefix: '' })
    for (const { name, data } of entries(count))
      if (String(store.get(name as StoreKey)) !== data) t.fail(`${name} differs`)
    for (let i = 0; i < 2000; i++)
      if (store.stat(`a/0/x${i}` as StoreKey) !== undefined) t.fail('found what is not')
    t.equal([...store.listKeys('a/7' as never)].length, count / 50)
    t.equal((await store.listDirectories('a' as never)).length, 50)
    t.equal(store.totals('a' as never).values, count)
    await store.close()
  })

t.test('a small index file damaged in any byte is refused', async t => {
  const { path } = await written(await tempDir(t), 20)
  const good = await readFile(path)
  let [asked, refused] = [0, 0]
  // Each bit of damage costs an open file, so not every byte is tried.
  for (let at = 0; at < good.length; at += at < 600 ? 3 : 8) {
    asked++
    const bad = Buffer.from(good)
    bad[at]! ^= 0x10
    await writeFile(path, bad)
    const index = await ZipIndex.open(path).catch((error: unknown) => error)
    if (isZipzarrError(index) && index.code === 'STORE_UNAVAILABLE') refused++
    // The padding between page table and body belongs to neither.
    else if (at < 1028 || at >= 1088) t.fail(`byte ${at} of ${good.length} is not guarded`)
  }
  t.ok(refused >= asked - 24, `${refused} of ${asked}`)
})

t.test(
  'a large index file damaged in a page answers an error for what that page holds, never absence',
  async t => {
    const { source, path } = await written(await tempDir(t), 20_000)
    const good = await readFile(path)
    const bad = Buffer.from(good)
    for (let at = 100_000; at < bad.length; at += 20_000) bad[at]! ^= 1
    await writeFile(path, bad)
    await t.rejects(ZipIndex.open(path, { check: 'all' }), { code: 'STORE_UNAVAILABLE', message: /page/ })
    const index = await ZipIndex.open(path)
    const store = await ZipStore.open({ id: 't' as never, source, index, rootPrefix: '' })
    let errors = 0
    for (const { name, data } of entries(20_000)) {
      try {
        if (String(await store.get(name as StoreKey)) !== data) t.fail(`${name} differs`)
      } catch (error) {
        t.match(error, { code: 'STORE_INDEXING' })
        errors++
      }
    }
    t.ok(errors > 20 && errors < 19_000, `${errors} errors`)
    await store.close()
  },
)

t.test('a file cut short, of another archive, another version or missing is refused', async t => {
  const folder = await tempDir(t)
  const { source, file, path } = await written(folder, 100)
  const refuses = async (options: object, what: string) =>
    t.rejects(ZipIndex.open(path, options), { code: 'STORE_UNAVAILABLE' }, what)
  for (const [field, value] of Object.entries({ size: 1, mtimeNs: '2', ctimeNs: '4', inode: '3' }))
    await refuses({ identity: { ...source.identity, [field]: value } }, field)
  await refuses({ expected: { ...file, crc32: file.crc32 ^ 1 } }, 'another checksum')
  const good = await readFile(path)
  for (const length of [0, 8, 1023, 1024, 2000, good.length - 1]) {
    await writeFile(path, good)
    await truncate(path, length)
    await refuses({}, `${length} bytes`)
  }
  await writeFile(path, Buffer.concat([good, Buffer.alloc(1)]))
  await refuses({}, 'a byte too many')
  const error = await ZipIndex.open(join(folder, 'missing')).catch((error: Error) => error)
  t.match(error, { code: 'STORE_UNAVAILABLE', message: /ENOENT/ })
  t.notMatch((error as Error).message, folder)
})

t.test('the name of an index file is made of the identity alone', async t => {
  const identity = { size: 1, mtimeNs: '2', ctimeNs: '4', inode: '3' }
  const names = [
    indexFileName(identity, 'aa'),
    indexFileName({ ...identity, size: 2 }, 'aa'),
    indexFileName({ ...identity, mtimeNs: '3' }, 'aa'),
    indexFileName({ ...identity, ctimeNs: '5' }, 'aa'),
    indexFileName({ ...identity, inode: '4' }, 'aa'),
    indexFileName(identity, 'ab'),
  ]
  t.equal(new Set(names).size, names.length)
  t.equal(indexFileName({ ...identity }, 'aa'), names[0])
  t.match(names[0], /^[0-9a-f]{40}\.zidx$/)
})

t.test('an index that cannot be written says so without the path', async t => {
  const folder = join(await tempDir(t), 'missing', 'folder')
  const built = await buildArchiveIndex(new MemoryBytes(writeZip([])))
  const error = await writeIndexFile(folder, built).catch((error: Error) => error)
  t.match(error, { code: 'STORE_UNAVAILABLE', message: /ENOENT/ })
  t.notMatch((error as Error).message, folder)
})
