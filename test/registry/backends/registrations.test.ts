// Registrations as state: what was acknowledged is there after any end, and what cannot be kept is refused.
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  RegistryService,
  type RegistryServiceOptions,
} from '../../../src/registry/catalog/registry-service.js'
import { smallArchive } from '../../support/archives.js'
import { tempDir } from '../../support/temp-dir.js'
import { isReady, type Watched, watchedRegistry } from '../../support/watched-registry.js'

const HIDDEN = { root: '', path: '.hidden.zip' }

/** A registry whose scans find `a` and `b`, and which could register `.hidden.zip` too. */
async function registryWithThree(t: Test): Promise<Watched> {
  const archives = { 'a.zip': smallArchive(1), 'b.zip': smallArchive(2), '.hidden.zip': smallArchive(3) }
  const watched = await watchedRegistry(t, { archives, service: { watch: false } })
  await watched.service.whenSettled()
  return watched
}

/** Another service with the same roots: the same one after a restart, or one beside it. */
async function another(t: Test, of: Watched, options: Partial<RegistryServiceOptions> = {}) {
  const warnings: string[] = []
  const warn = (facts: object, message: string) => void warnings.push(`${message} ${JSON.stringify(facts)}`)
  const service = new RegistryService({
    paths: [of.root],
    cacheDir: of.cacheDir,
    stateDir: of.stateDir,
    watch: false,
    log: { info: () => undefined, warn },
    ...options,
  })
  t.teardown(() => service.close())
  await service.start()
  await service.whenSettled()
  const ids = () => service.list().map(record => record.id)
  return { service, warnings, ids }
}

async function stateFile({ stateDir }: Watched): Promise<string> {
  const name = (await readdir(stateDir)).find(name => /^registrations-[0-9a-f]+\.json$/.test(name))
  return join(stateDir, name ?? 'none')
}

t.test('what was registered and removed is still so after the service has been killed', async t => {
  const watched = await registryWithThree(t)
  await watched.service.register({ id: 'mine', location: HIDDEN, root: 'a' })
  await watched.service.remove('b')
  // No close: nothing is written at the end that was not written with the answer.
  const again = await another(t, watched)
  t.match(again.service.list(), [
    { id: 'a', state: 'ready' },
    { id: 'mine', state: 'ready', descriptor: { rootPrefix: 'a' } },
  ])
  t.same(again.ids(), ['a', 'mine'])
  t.same((await another(t, watched, { paths: [join(watched.root, 'a.zip')] })).ids(), ['a'])
  t.same((await readdir(watched.stateDir)).length, 1, 'no lock and no half-written file is left')
})

t.test('a store that a scan found and a request named is kept like any other', async t => {
  const watched = await registryWithThree(t)
  await watched.service.register({ location: { root: '', path: 'a.zip' } })
  await rm(join(watched.root, 'a.zip'))
  const again = await another(t, watched)
  t.match(again.service.get('a'), { state: 'failed', error: { code: 'STORE_UNAVAILABLE' } })
})

t.test('without a writable place nothing is registered or removed, and nothing changes', async t => {
  const watched = await registryWithThree(t)
  // As a file is in the way, for root too.
  const inTheWay = join(watched.root, 'a.zip', 'state')
  for (const stateDir of [inTheWay, '/proc/zipzarr-state', undefined]) {
    const { service, ids } = await another(t, watched, { stateDir })
    const { revision } = service
    const refused = { name: 'ZipzarrError', code: 'STATE_UNAVAILABLE', status: 503 }
    await t.rejects(service.register({ id: 'mine', location: HIDDEN }), refused)
    await t.rejects(service.register({ location: { root: '', path: 'a.zip' } }), refused)
    await t.rejects(service.remove('a'), refused)
    await service.rescan()
    t.same(ids(), ['a', 'b'])
    t.equal(service.revision, revision, 'no worker was told of anything')
  }
})

t.test('a place that becomes writable is used without a restart', async t => {
  const watched = await registryWithThree(t)
  const stateDir = join(await tempDir(t), 'file', 'state')
  await writeFile(join(stateDir, '..'), '')
  const { service } = await another(t, watched, { stateDir })
  await t.rejects(service.register({ id: 'mine', location: HIDDEN }), { code: 'STATE_UNAVAILABLE' })
  await rm(join(stateDir, '..'))
  t.match(await service.register({ id: 'mine', location: HIDDEN }), { id: 'mine', state: 'ready' })
  t.same((await another(t, watched, { stateDir })).ids(), ['a', 'b', 'mine'])
})

t.test('two services with one folder keep what either was told, and learn of it', async t => {
  const watched = await registryWithThree(t)
  const other = await another(t, watched)
  const ids = Array.from({ length: 8 }, (_, i) => `s${i}`)
  await Promise.all(
    ids.map((id, i) => (i % 2 === 0 ? watched.service : other.service).register({ id, location: HIDDEN })),
  )
  await watched.service.remove('b')
  await other.service.remove('s1')
  const expected = ['a', ...ids.filter(id => id !== 's1')]
  t.same((await another(t, watched)).ids(), expected, 'after a restart')
  await watched.service.rescan()
  for (const id of expected) await watched.until(id, isReady)
  t.same(
    watched.service.list().map(record => record.id),
    expected,
    'what the other one did is seen by the next scan',
  )
  await writeFile(join(watched.root, '.other.zip'), smallArchive(4))
  const taken = { id: 's2', location: { root: '', path: '.other.zip' } }
  await other.service.rescan()
  await t.rejects(other.service.register(taken), { code: 'STORE_EXISTS' })
})

t.test('an id that another service gave away since the last scan is not given twice', async t => {
  const watched = await registryWithThree(t)
  const other = await another(t, watched)
  await watched.service.register({ id: 'mine', location: HIDDEN })
  const second = { id: 'mine', location: { root: '', path: 'a.zip' } }
  await t.rejects(other.service.register(second), { code: 'STORE_EXISTS' })
})

t.test('a damaged file is named, kept aside and lost to nobody', async t => {
  const location = { root: 'x', path: '../../etc/passwd' }
  const evil = JSON.stringify({ version: 1, registered: [{ location }], removed: [] })
  for (const text of ['', '{', '{}', '{"version":2}', evil]) {
    const watched = await registryWithThree(t)
    await watched.service.register({ id: 'mine', location: HIDDEN })
    await writeFile(await stateFile(watched), text)
    const again = await another(t, watched)
    t.same(again.ids(), ['a', 'b'])
    t.match(again.warnings[0], /damaged: it is kept aside under this name .*registrations-.*\.damaged-/)
    const aside = (await readdir(watched.stateDir)).find(name => name.includes('.damaged-')) ?? ''
    t.equal(await readFile(join(watched.stateDir, aside), 'utf8'), text)
  }
})

t.test('a file that is damaged or gone while the service runs is written anew with all it knows', async t => {
  const watched = await registryWithThree(t)
  await watched.service.register({ id: 'one', location: HIDDEN })
  await writeFile(await stateFile(watched), '{"version":1,"regi')
  await watched.service.rescan()
  t.ok(isReady(watched.service.get('one')), 'nothing is dropped for it')
  await watched.service.register({ id: 'two', location: HIDDEN })
  t.same((await another(t, watched)).ids(), ['a', 'b', 'one', 'two'])
  await rm(watched.stateDir, { recursive: true })
  await watched.service.rescan()
  await watched.service.register({ id: 'three', location: HIDDEN })
  t.same((await another(t, watched)).ids(), ['a', 'b', 'one', 'three', 'two'])
})

t.test('what is no file in the place of the registrations is neither waited for nor followed', async t => {
  const watched = await registryWithThree(t)
  await watched.service.register({ id: 'mine', location: HIDDEN })
  const path = await stateFile(watched)
  await rm(path)
  await mkdir(path)
  const again = await another(t, watched)
  t.same(again.ids(), ['a', 'b'])
  t.match(again.warnings[0], /registrations cannot be read/)
  await t.rejects(again.service.register({ id: 'x', location: HIDDEN }), { code: 'STATE_UNAVAILABLE' })
})

t.test('registrations of earlier versions, in the cache folder, are taken over once', async t => {
  const watched = await registryWithThree(t)
  await watched.service.register({ id: 'mine', location: HIDDEN })
  const path = await stateFile(watched)
  const former = join(watched.cacheDir, path.slice(watched.stateDir.length + 1))
  await rename(path, former)
  t.same((await another(t, watched)).ids(), ['a', 'b', 'mine'])
  await t.rejects(access(former))
  const second = await another(t, watched)
  t.same(second.ids(), ['a', 'b', 'mine'])
  await second.service.remove('mine')
  await writeFile(former, '{"version":1,"registered":[],"removed":[{"root":"x","path":"a.zip"}]}')
  t.same((await another(t, watched)).ids(), ['a', 'b'], 'never again')
})
