import { readdir, readlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { StorePool } from '../../../src/registry/serving/store-pool.js'
import type { StoreLease } from '../../../src/registry/stores.js'
import { smallArchive } from '../../support/archives.js'
import { isReady, servedFill, type Watched, watchedRegistry } from '../../support/watched-registry.js'

/** Archives a0 … a(n-1), each told by its fill. */
function several(count: number): Record<string, Buffer> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}.zip`, smallArchive(i)]))
}

async function settled(
  t: Parameters<typeof watchedRegistry>[0],
  options: Parameters<typeof watchedRegistry>[1],
) {
  const made = await watchedRegistry(t, { ...options, service: { watch: false, ...options?.service } })
  await made.service.whenSettled()
  return made
}

t.test('a store is opened on first use, once for all who ask at the same time', async t => {
  const { pool } = await settled(t, { archives: several(1) })
  t.equal(pool.openCount, 0)
  const leases = await Promise.all([0, 1, 2].map(() => pool.lease('a0')))
  t.equal(new Set(leases.map(lease => lease.store)).size, 1)
  t.equal((pool.lease('a0') as StoreLease).store, leases[0].store, 'and an open one is had at once')
  t.equal(pool.openCount, 1)
})

t.test('an unknown store, one being indexed and a failed one are three different errors', async t => {
  const { pool, service } = await settled(t, { archives: { 'bad.zip': Buffer.from('x') } })
  await t.rejects(async () => pool.lease('nobody'), { code: 'STORE_NOT_FOUND' })
  await t.rejects(async () => pool.lease('bad'), { code: 'ARCHIVE_INVALID' })
  const indexing = { ...service.list()[0], state: 'indexing' as const, revision: service.revision + 1 }
  pool.applyChange({
    kind: 'put',
    epoch: pool.epoch,
    revision: indexing.revision,
    record: { ...indexing, progress: { entries: 5, totalEntries: 9 } },
  })
  await t.rejects(async () => pool.lease('bad'), {
    code: 'STORE_INDEXING',
    facts: { entries: 5, totalEntries: 9 },
  })
})

t.test('no more stores stay open than allowed, the one used longest ago is closed first', async t => {
  const { pool } = await settled(t, { archives: several(4), pool: { maxOpenStores: 2 } })
  for (const id of ['a0', 'a1', 'a0', 'a2']) await servedFill(pool, id)
  await nextTurn()
  t.equal(pool.openCount, 2)
  t.notOk(pool.lease('a0') instanceof Promise)
  t.notOk(pool.lease('a2') instanceof Promise)
  const opening = pool.lease('a1')
  t.ok(opening instanceof Promise)
  await opening
})

t.test('a lease keeps its store open whatever happens to the record', async t => {
  const { pool, service } = await settled(t, { archives: several(3), pool: { maxOpenStores: 1 } })
  const [lease, other] = [await pool.lease('a0'), await pool.lease('a0')]
  await servedFill(pool, 'a1')
  await servedFill(pool, 'a2')
  t.equal((await lease.store.get('a/c/0' as never))?.[0], 0, 'not closed to make room')
  await service.remove('a0')
  await t.rejects(async () => pool.lease('a0'), { code: 'STORE_NOT_FOUND' })
  t.equal((await lease.store.get('a/c/0' as never))?.[0], 0, 'not closed with its record')
  other.release()
  other.release()
  await nextTurn()
  t.equal((await lease.store.get('a/c/0' as never))?.[0], 0, 'not closed while anybody holds it')
  lease.release()
  await nextTurn()
  await t.rejects(
    async () => lease.store.get('a/c/0' as never),
    { code: 'STORE_UNAVAILABLE' },
    'closed after the release',
  )
})

t.test('many openings and closings leave no file open', async t => {
  const { pool, root, cacheDir } = await settled(t, { archives: several(6), pool: { maxOpenStores: 2 } })
  for (let i = 0; i < 120; i++) await servedFill(pool, `a${i % 6}`)
  await pool.close()
  const open = await openFiles()
  t.same(
    open.filter(path => path.startsWith(root) || path.startsWith(cacheDir)),
    [],
  )
})

t.test(
  'an archive replaced again and again is served anew each time and leaves no old file open',
  async t => {
    const { pool, root, put, service } = await settled(t, { archives: several(1), service: { settleMs: 0 } })
    for (let fill = 1; fill <= 20; fill++) {
      const revision = service.get('a0')?.descriptor?.revision
      await put('a0.zip', smallArchive(fill))
      await ready(service, 'a0', revision)
      t.equal(await servedFill(pool, 'a0'), fill)
    }
    const ours = async () => (await openFiles()).filter(path => path.startsWith(root))
    // Files are closed in a thread of their own.
    while ((await ours()).length > 1) await nextTurn()
    t.same(await ours(), [join(root, 'a0.zip')])
  },
)

t.test('an archive rewritten in place answers STORE_CHANGED until it is indexed anew', async t => {
  const { pool, root, service } = await settled(t, { archives: several(1) })
  t.equal(await servedFill(pool, 'a0'), 0)
  const lease = await pool.lease('a0')
  const heard: number[] = []
  const revision = service.get('a0')?.descriptor?.revision
  service.onChange(change => heard.push(change.revision))
  await writeFile(join(root, 'a0.zip'), smallArchive(50))
  await t.rejects(async () => lease.store.getRange('a/c/0' as never, { byteOffset: 1, byteLength: 2 }), {
    code: 'STORE_CHANGED',
  })
  await t.rejects(servedFill(pool, 'a0'), { code: 'STORE_CHANGED' })
  await ready(service, 'a0', revision)
  t.equal(await servedFill(pool, 'a0'), 50, 'the worker told the owner, who indexed it anew')
  lease.release()
})

t.test('a change that no read would notice is noticed by the check of stores in use', async t => {
  const told: string[] = []
  const onChanged = (id: string) => told.push(id)
  const { pool, root } = await settled(t, { archives: several(1), pool: { checkIntervalMs: 20, onChanged } })
  const lease = await pool.lease('a0')
  await utimes(join(root, 'a0.zip'), 1e9, 1e9)
  t.ok(lease.store.stat('a/c/0' as never), 'the index alone still answers')
  while (told.length === 0) {
    await new Promise(resolve => setTimeout(resolve, 10))
    const another = pool.lease('a0')
    if (!(another instanceof Promise)) another.release()
    else
      await another.then(
        late => late.release(),
        () => undefined,
      )
  }
  t.same(told, ['a0'])
  await t.rejects(async () => pool.lease('a0'), { code: 'STORE_CHANGED' })
  lease.release()
})

t.test('a failed open is tried again by the next request', async t => {
  const { pool, root, service } = await settled(t, { archives: several(1), pool: { checkIntervalMs: 0 } })
  const path = join(root, 'a0.zip')
  const { mtime } = await import('node:fs/promises').then(fs => fs.stat(path))
  await utimes(path, 1e9, 1e9)
  await t.rejects(async () => pool.lease('a0'), { code: 'STORE_CHANGED' })
  await utimes(path, mtime, mtime)
  const revision = service.get('a0')?.descriptor?.revision
  await ready(service, 'a0', revision)
  t.equal(await servedFill(pool, 'a0'), 0)
})

t.test(
  'a record that moves on while its store is being opened is served from its new descriptor',
  async t => {
    const { pool, put, service } = await settled(t, { archives: several(1) })
    const revision = service.get('a0')?.descriptor?.revision
    const read = async () => (await (await pool.lease('a0')).store.get('a/c/0' as never))?.[0]
    const opening = read().catch(error => error.code)
    await put('a0.zip', smallArchive(60))
    await service.rescan()
    const first = await opening
    t.ok([0, 60, 'STORE_CHANGED'].includes(first), String(first))
    await ready(service, 'a0', revision)
    t.equal(await servedFill(pool, 'a0'), 60)
  },
)

t.test(
  'a pool without its snapshot, behind, or of another life asks for a snapshot and serves on',
  async t => {
    const { pool, service } = await settled(t, { archives: several(2) })
    t.equal(await servedFill(pool, 'a0'), 0)
    const { revision, epoch } = service.snapshot()
    const put = (over: object) => ({ kind: 'put' as const, epoch, record: service.list()[0], ...over })
    t.equal(pool.applyChange(put({ revision: revision + 2 }) as never), 'gap')
    t.equal(pool.applyChange(put({ revision: revision + 1, epoch: 'other' }) as never), 'gap')
    t.equal(pool.applyChange(put({ revision }) as never), 'stale')
    t.equal(await servedFill(pool, 'a0'), 0)
    pool.applySnapshot({ ...service.snapshot(), epoch: 'another life' })
    t.equal(await servedFill(pool, 'a0'), 0)
    t.equal(new StorePool({ dataRoots: new Map() }).applyChange(put({ revision: 1 }) as never), 'gap')
  },
)

t.test('a closed pool opens nothing any more', async t => {
  const { pool } = await settled(t, { archives: several(1) })
  await pool.close()
  await t.rejects(async () => pool.lease('a0'), { code: 'STORE_UNAVAILABLE' })
})

/** Rescans until the store has a newer descriptor than that of `revision`. */
async function ready(service: Watched['service'], id: string, revision = 0): Promise<void> {
  for (;;) {
    await service.rescan()
    const record = service.get(id)
    if (isReady(record) && (record?.descriptor?.revision ?? 0) > revision) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function nextTurn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
}

async function openFiles(): Promise<string[]> {
  const numbers = await readdir('/proc/self/fd').catch(() => [])
  return Promise.all(numbers.map(number => readlink(`/proc/self/fd/${number}`).catch(() => '')))
}
