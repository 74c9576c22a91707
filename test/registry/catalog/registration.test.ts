import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { smallArchive } from '../../support/archives.js'
import { tempDir } from '../../support/temp-dir.js'
import { isFailed, isReady, servedFill, watchedRegistry } from '../../support/watched-registry.js'

t.test('an archive below a data root can be registered under a name of its own', async t => {
  const { service, root, pool } = await watchedRegistry(t)
  await writeFile(join(root, '.hidden.zip'), smallArchive(6))
  const location = { root: '', path: '.hidden.zip' }
  const record = await service.register({ id: 'mine', location })
  t.match(record, { id: 'mine', state: 'ready', location: { path: '.hidden.zip' } })
  t.equal(await servedFill(pool, 'mine'), 6)
  t.same(await service.register({ id: 'mine', location }), record, 'the same once more is the same record')
  await service.rescan()
  t.equal(service.get('mine')?.state, 'ready', 'scans leave it alone')
})

t.test('an id is given to one archive only', async t => {
  const { service, root } = await watchedRegistry(t, {
    archives: { 'a.zip': smallArchive(1), 'b.zip': smallArchive(2) },
  })
  await service.whenSettled()
  const [name] = service.dataRoots.keys()
  t.same(await service.register({ location: { root: name, path: 'a.zip' } }), service.get('a'))
  const other = { location: { root: name, path: 'b.zip' }, id: 'a' }
  await t.rejects(service.register(other), { code: 'STORE_EXISTS' })
  await writeFile(join(root, '.c'), smallArchive(3))
  await writeFile(join(root, '.d'), smallArchive(4))
  const both = ['.c', '.d'].map(path => service.register({ id: 'same', location: { root: name, path } }))
  const outcomes = await Promise.allSettled(both)
  t.same(outcomes.map(outcome => outcome.status).sort(), ['fulfilled', 'rejected'])
})

t.test('what cannot be registered is refused with its reason, and leaves no trace', async t => {
  const { service, root } = await watchedRegistry(t, { service: { watch: false } })
  const outside = await tempDir(t)
  await writeFile(join(outside, 'secret.zip'), smallArchive(1))
  await symlink(join(outside, 'secret.zip'), join(root, '.link.zip'))
  await writeFile(join(root, '.broken.zip'), 'broken')
  await writeFile(join(root, '.good.zip'), smallArchive(1))
  await mkdir(join(root, '.folder.zip'))
  const at = (path: string, name = '') => ({ location: { root: name, path } })
  const refused = { code: 'ARCHIVE_REFUSED', status: 422 }
  await t.rejects(service.register(at('.link.zip')), { ...refused, message: /outside its data root/ })
  await t.rejects(service.register(at('.broken.zip')), { ...refused, facts: { reason: 'ARCHIVE_INVALID' } })
  await t.rejects(service.register(at('.folder.zip')), { ...refused, message: /regular file/ })
  await t.rejects(service.register(at('missing.zip')), refused)
  await t.rejects(service.register(at('.good.zip', 'nowhere')), {
    ...refused,
    message: /no data root "nowhere"/,
  })
  await t.rejects(service.register({ ...at('.good.zip'), root: 'nofolder' }), {
    ...refused,
    message: /no folder/,
  })
  await t.rejects(service.register(at('../secret.zip')), { code: 'BAD_REQUEST' })
  await t.rejects(service.register({ ...at('.good.zip'), id: '..' }), { code: 'BAD_REQUEST' })
  t.same(service.list(), [])
})

t.test('the root inside the archive can be chosen', async t => {
  const { service, pool } = await watchedRegistry(t, { archives: { 'x.zip': smallArchive(1) } })
  await service.whenSettled()
  await service.register({ id: 'inner', location: { root: '', path: 'x.zip' }, root: '/a/' })
  const lease = await pool.lease('inner')
  t.equal((await lease.store.get('c/0' as never))?.[0], 1)
  lease.release()
  t.equal(await servedFill(pool, 'x'), 1, 'the store found by itself stays')
})

t.test('a removed store stays removed until it is registered again', async t => {
  const { service, root, pool } = await watchedRegistry(t, { archives: { 'x.zip': smallArchive(1) } })
  await service.whenSettled()
  await service.remove('x')
  await t.rejects(service.remove('x'), { code: 'STORE_NOT_FOUND' })
  await service.rescan()
  await writeFile(join(root, 'x.zip'), smallArchive(2))
  await service.rescan()
  t.same(service.list(), [])
  await service.register({ location: { root: '', path: 'x.zip' } })
  t.equal(await servedFill(pool, 'x'), 2)
})

t.test('a registered archive that goes away stays listed and says why, and comes back', async t => {
  const { service, root, until } = await watchedRegistry(t)
  await writeFile(join(root, '.c.zip'), smallArchive(3))
  await service.register({ id: 'mine', location: { root: '', path: '.c.zip' } })
  await rm(join(root, '.c.zip'))
  await service.rescan()
  t.match(await until('mine', isFailed), { error: { code: 'STORE_UNAVAILABLE', message: /not there/ } })
  await writeFile(join(root, '.c.zip'), smallArchive(4))
  await service.rescan()
  t.ok(await until('mine', isReady))
})
