import { chown, mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import t from 'tap'
import { prepareCacheDir, pruneCacheDir, removeIndexFile } from '../../../src/registry/indexing/cache-dir.js'
import { tempDir } from '../../support/temp-dir.js'

const collect = (messages: string[]) => ({
  info: () => undefined,
  warn: (_facts: object, message: string) => void messages.push(message),
})

t.test('only old index files that nobody uses are removed', async t => {
  const folder = await tempDir(t)
  const names = ['old.zidx', 'used.zidx', '.left-over.zidx.123.abc', 'notes.txt', 'young.zidx']
  for (const name of names) {
    await writeFile(join(folder, name), '')
    if (name !== 'young.zidx') await utimes(join(folder, name), 1e9, 1e9)
  }
  await pruneCacheDir(folder, new Set(['used.zidx']))
  t.same((await readdir(folder)).sort(), ['notes.txt', 'used.zidx', 'young.zidx'])
})

t.test('a cache directory is made where there is none, and resolved', async t => {
  const folder = await tempDir(t)
  t.equal(await prepareCacheDir(join(folder, 'a', 'b')), join(folder, 'a', 'b'))
  await symlink(join(folder, 'a'), join(folder, 'link'))
  t.equal(await prepareCacheDir(join(folder, 'link', 'b')), join(folder, 'a', 'b'))
})

t.test('a cache directory that cannot be used is told of, once, and done without', async t => {
  const folder = await tempDir(t)
  await writeFile(join(folder, 'file'), '')
  const messages: string[] = []
  t.equal(await prepareCacheDir(join(folder, 'file'), collect(messages)), undefined)
  t.equal(await prepareCacheDir(join(folder, 'file', 'below'), collect(messages)), undefined)
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling'))
  t.equal(await prepareCacheDir(join(folder, 'dangling'), collect(messages)), undefined)
  t.equal(messages.length, 3)
})

t.test(
  'neither is a place where a folder is and nothing can be made',
  { skip: process.platform !== 'linux' },
  async t => {
    const messages: string[] = []
    for (const path of ['/proc/x', '/proc/x/y', '/proc', '/proc/self/cache', '/dev/null', '/sys/x'])
      t.equal(await prepareCacheDir(path, collect(messages)), undefined, path)
    t.equal(messages.length, 6)
  },
)

t.test('a relative one lies below the folder the service was started in', async t => {
  const folder = await tempDir(t)
  t.equal(await prepareCacheDir(relative(process.cwd(), join(folder, 'here'))), join(folder, 'here'))
})

t.test('a cache directory of another user is not trusted', { skip: process.getuid?.() !== 0 }, async t => {
  const folder = join(await tempDir(t), 'theirs')
  await mkdir(folder)
  await chown(folder, 12_345, 12_345)
  const messages: string[] = []
  t.equal(await prepareCacheDir(folder, collect(messages)), undefined)
  t.match(messages, [/no usable cache directory/])
})

t.test('removing what is gone already, or cannot be removed, stops nothing', async t => {
  const folder = await tempDir(t)
  await t.resolves(removeIndexFile(folder, 'nothing.zidx'))
  await t.resolves(pruneCacheDir(join(folder, 'nowhere'), new Set(), collect([])))
})
