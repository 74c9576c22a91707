import { appendFile, mkdir, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { RegistryService } from '../../../src/registry/catalog/registry-service.js'
import { DataRootError } from '../../../src/registry/discovery/data-roots.js'
import { smallArchive } from '../../support/archives.js'
import { tempDir } from '../../support/temp-dir.js'
import { isFailed, isReady, servedFill, watchedRegistry } from '../../support/watched-registry.js'

const isGone = (record: unknown) => record === undefined

t.test('after the start every archive is known, after settling each is ready or failed', async t => {
  const archives = {
    'one.zip': smallArchive(1),
    'two.zarr.ozx': smallArchive(2),
    'bad.zip': Buffer.from('no zip'),
  }
  const { service, pool } = await watchedRegistry(t, { archives })
  t.same(
    service.list().map(record => record.id),
    ['bad', 'one', 'two'],
  )
  await service.whenSettled()
  t.match(service.list(), [
    { id: 'bad', state: 'failed', error: { code: 'ARCHIVE_INVALID' }, location: { path: 'bad.zip' } },
    { id: 'one', state: 'ready', descriptor: { zarrFormat: 3 } },
    { id: 'two', state: 'ready' },
  ])
  t.same(pool.list(), service.list())
  t.equal(pool.revision, service.revision)
  t.equal(await servedFill(pool, 'one'), 1)
  await t.rejects(
    async () => pool.lease('bad'),
    { code: 'ARCHIVE_INVALID' },
    'a broken one answers its own error',
  )
})

t.test('no record and no log line for a client shows a path of this machine', async t => {
  const { service, root } = await watchedRegistry(t, {
    archives: { 'x.zip': smallArchive(1), 'b.zip': Buffer.from('') },
  })
  await service.whenSettled()
  t.notMatch(JSON.stringify(service.snapshot()), root.slice(0, root.lastIndexOf('/')))
})

t.test('a new archive is served without a restart', async t => {
  const { service, pool, put, until } = await watchedRegistry(t)
  await service.whenSettled()
  await put('new.zip', smallArchive(3))
  await until('new', isReady)
  t.equal(await servedFill(pool, 'new'), 3)
})

t.test('a new archive is found by the rescan alone where the file system gives no hints', async t => {
  const { service, put, until } = await watchedRegistry(t, { service: { watch: false } })
  await service.whenSettled()
  await put('new.zip', smallArchive(3))
  await service.rescan()
  await until('new', isReady)
  t.equal(service.get('new')?.state, 'ready')
})

t.test(
  'a replaced archive is served from its old bytes until the new ones are indexed, never from both',
  async t => {
    const { service, pool, put, until } = await watchedRegistry(t, { archives: { 'x.zip': smallArchive(1) } })
    await service.whenSettled()
    t.equal(await servedFill(pool, 'x'), 1)
    const before = service.get('x')?.descriptor?.revision ?? 0
    const seen: (number | undefined)[] = []
    await put('x.zip', smallArchive(5))
    const done = until('x', record => isReady(record) && (record?.descriptor?.revision ?? 0) > before)
    let isDone = false
    void done.then(() => {
      isDone = true
    })
    while (!isDone) {
      seen.push(await servedFill(pool, 'x'))
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    t.same(
      [...new Set(seen)].filter(fill => fill !== 1 && fill !== 5),
      [],
      `${seen.length} answers`,
    )
    t.equal(await servedFill(pool, 'x'), 5)
  },
)

t.test('a removed archive is dropped, and its index file with it', async t => {
  const { service, pool, root, cacheDir, until } = await watchedRegistry(t, {
    archives: { 'x.zip': smallArchive(1) },
  })
  await service.whenSettled()
  t.equal((await readdir(cacheDir)).length, 1)
  await rm(join(root, 'x.zip'))
  await until('x', isGone)
  await t.rejects(async () => pool.lease('x'), { code: 'STORE_NOT_FOUND' })
  while ((await readdir(cacheDir)).length > 0) await new Promise(resolve => setTimeout(resolve, 10))
  t.same(await readdir(cacheDir), [])
})

t.test('an archive that is still being copied is not taken for a broken one', async t => {
  const service = { settleMs: 600_000, watch: false }
  const { service: registry, root } = await watchedRegistry(t, { service })
  const states = new Set<string>()
  registry.onChange(change => states.add(change.kind === 'put' ? change.record.state : change.kind))
  const bytes = smallArchive(4, 4000)
  const pieces = 10
  for (let piece = 0; piece < pieces; piece++) {
    const from = Math.floor((bytes.length * piece) / pieces)
    await appendFile(
      join(root, 'x.zip'),
      bytes.subarray(from, Math.floor((bytes.length * (piece + 1)) / pieces)),
    )
    await registry.rescan()
  }
  t.same([...states], ['indexing'])
})

t.test('a broken archive that is mended is served, one that breaks says so', async t => {
  const { service, root, put, until } = await watchedRegistry(t, {
    archives: { 'x.zip': Buffer.from('broken') },
  })
  await until('x', isFailed)
  await put('x.zip', smallArchive(1))
  await until('x', isReady)
  await truncate(join(root, 'x.zip'), 50)
  const record = await until('x', isFailed)
  t.match(record, { error: { code: 'ARCHIVE_INVALID' }, descriptor: undefined })
  t.equal(service.list().length, 1)
})

t.test('an archive that comes later with the same id gets a suffix, the first one keeps its own', async t => {
  const archives = { 'x.zarr.zip': smallArchive(1) }
  const { service, root, put, log, pool } = await watchedRegistry(t, { archives, service: { watch: false } })
  await service.whenSettled()
  await put('x.zip', smallArchive(2))
  await service.rescan()
  await service.whenSettled()
  const [first, second] = service.list().map(record => record.id)
  t.equal(first, 'x')
  t.match(second, /^x-[0-9a-f]{8}$/)
  t.equal(await servedFill(pool, 'x'), 1)
  t.equal(await servedFill(pool, second), 2)
  t.ok(log.some(line => line.level === 'warn' && /same id/.test(line.message)))
  await rm(join(root, 'x.zarr.zip'))
  await service.rescan()
  while (service.get('x') !== undefined) {
    await new Promise(resolve => setTimeout(resolve, 20))
    await service.rescan()
  }
  t.equal(await servedFill(pool, second), 2, 'an id that clients may know stays when the other archive goes')
})

t.test('who had the id first has it after a restart too, where that can be kept', async t => {
  const { service, root, cacheDir } = await watchedRegistry(t, {
    archives: { 'x.zarr.zip': smallArchive(1) },
    service: { watch: false },
  })
  await service.whenSettled()
  await service.close()
  const stateDir = await tempDir(t)
  const idsAfter = async (options: { stateDir?: string }) => {
    const again = new RegistryService({ paths: [root], cacheDir, watch: false, settleMs: 0, ...options })
    await again.start()
    await again.whenSettled()
    return { again, pathOfX: () => again.get('x')?.location.path }
  }
  const first = await idsAfter({ stateDir })
  await writeFile(join(root, 'x.zip'), smallArchive(2))
  await first.again.rescan()
  await first.again.whenSettled()
  t.equal(first.again.list().length, 2)
  await first.again.close()
  const second = await idsAfter({ stateDir })
  t.equal(second.pathOfX(), 'x.zarr.zip')
  await second.again.close()
  const without = await idsAfter({})
  t.equal(without.pathOfX(), 'x.zip', 'the shortest path where nothing is known')
  await without.again.close()
})

t.test(
  'names in other scripts, however the file system composes them, are served under their NFC form',
  async t => {
    const archives = { '数据.zarr.zip': smallArchive(1), 'cafe\u0301.zip': smallArchive(2) }
    const { service, pool } = await watchedRegistry(t, { archives })
    await service.whenSettled()
    t.same(
      service.list().map(record => record.id),
      ['caf\u00e9', '数据'],
    )
    t.equal(await servedFill(pool, '数据'), 1)
    t.equal(await servedFill(pool, 'caf\u00e9'), 2)
  },
)

t.test('a folder that cannot be read any more does not unregister what lies below it', async t => {
  const { service, root } = await watchedRegistry(t, { archives: {} })
  await mkdir(join(root, 'sub'))
  await writeFile(join(root, 'sub', 'x.zip'), smallArchive(1))
  await service.rescan()
  await service.whenSettled()
  t.equal(service.get('sub~x')?.state, 'ready')
  await rename(root, `${root}-away`)
  t.teardown(() => rename(`${root}-away`, root))
  await service.rescan()
  await new Promise(resolve => setTimeout(resolve, 500))
  await service.rescan()
  t.equal(service.get('sub~x')?.state, 'ready', 'the whole root is gone: that is no proof')
})

t.test('valid index files of an earlier run are used again, damaged ones made anew', async t => {
  const { service, root, cacheDir } = await watchedRegistry(t, { archives: { 'x.zip': smallArchive(1) } })
  await service.whenSettled()
  await service.close()
  const [name] = await readdir(cacheDir)
  const path = join(cacheDir, name)
  const first = await stat(path)
  const restart = async () => {
    const again = new RegistryService({ paths: [root], cacheDir })
    await again.start()
    await again.whenSettled()
    await again.close()
    t.equal(again.get('x')?.state, 'ready')
    return stat(path)
  }
  t.equal((await restart()).ino, first.ino, 'the same file')
  await writeFile(path, 'damaged')
  const mended = await restart()
  t.equal(mended.size, first.size)
  t.same(await readdir(cacheDir), [name])
})

t.test('without a usable cache directory everything works from memory', async t => {
  const file = join(await tempDir(t), 'file')
  await writeFile(file, '')
  for (const cacheDir of [undefined, join(file, 'below-a-file')]) {
    const archives = { 'x.zip': smallArchive(7) }
    const { service, pool } = await watchedRegistry(t, { archives, service: { cacheDir } })
    await service.whenSettled()
    t.equal(service.cacheDir, undefined)
    t.equal(service.get('x')?.descriptor?.index.name, null)
    t.equal(await servedFill(pool, 'x'), 7)
  }
})

t.test('a path that is missing fails the start with one sentence', async t => {
  const service = new RegistryService({ paths: ['/nonexistent-zipzarr'] })
  await t.rejects(service.start(), DataRootError)
  await service.close()
})

t.test(
  'a descriptor that a worker found outdated is made anew even if the archive looks the same',
  async t => {
    const { service, until } = await watchedRegistry(t, { archives: { 'x.zip': smallArchive(1) } })
    await service.whenSettled()
    const revision = service.get('x')?.descriptor?.revision ?? 0
    service.noteChanged('x', revision - 1)
    service.noteChanged('nobody', 1)
    service.noteChanged('x', revision)
    const record = await until('x', found => isReady(found) && (found?.descriptor?.revision ?? 0) > revision)
    t.ok(record)
  },
)

t.test('a store removed while its archive is being indexed does not come back', async t => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const archives = Object.fromEntries(names.map((name, i) => [`${name}.zip`, smallArchive(i)]))
  const { service } = await watchedRegistry(t, { archives, service: { watch: false, settleMs: 0 } })
  await service.remove('a')
  // Indexed in order, two at a time: long after `a` the last one is ready.
  await service.whenSettled()
  t.same(
    service.list().map(record => record.id),
    ['b', 'c', 'd', 'e', 'f'],
  )
})

t.test('of a single file given as path only that file is followed', async t => {
  const root = await tempDir(t)
  for (const name of ['one.zip', 'two.zip']) await writeFile(join(root, name), smallArchive(1))
  const { service, until } = await watchedRegistry(t, { service: { paths: [join(root, 'one.zip')] } })
  await service.whenSettled()
  const before = service.get('one')?.revision ?? 0
  await writeFile(join(root, 'two.zip'), smallArchive(2))
  await writeFile(join(root, '.new'), smallArchive(3))
  await rename(join(root, '.new'), join(root, 'one.zip'))
  await until('one', record => isReady(record) && (record?.revision ?? 0) > before)
  t.same(
    service.list().map(record => record.id),
    ['one'],
  )
})
