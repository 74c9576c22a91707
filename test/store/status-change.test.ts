// What the system tells of a file when its bytes stay (a chmod, a new hard link), and when they change though size
// and modification time are put back: the status change time moves in both, and the contents decide.
import { chmod, link, open, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { reopenStore } from '../../src/store/descriptor/reopen.js'
import type { StoreKey } from '../../src/store/keys.js'
import type { ZipStore } from '../../src/store/zip-store.js'
import { smallArchive } from '../support/archives.js'
import { describeBytes, placesOf } from '../support/described.js'
import { tempDir } from '../support/temp-dir.js'
import { isReady, servedFill, watchedRegistry } from '../support/watched-registry.js'

const OLD = 1e9
const VALUE = 'a/c/0' as StoreKey
const RANGE = { byteOffset: 10, byteLength: 20 }

/** The clock of a file system is coarse: goes on until it shows the change. */
async function moveStatusTime(path: string): Promise<void> {
  const { ctimeNs } = await stat(path, { bigint: true })
  while ((await stat(path, { bigint: true })).ctimeNs === ctimeNs) await chmod(path, 0o644)
}

/** In place, by bytes of the same number, and with the modification time put back. */
async function rewriteQuietly(path: string, bytes: Buffer): Promise<void> {
  await moveStatusTime(path)
  const file = await open(path, 'r+')
  await file.write(bytes, 0, bytes.length, 0)
  await file.close()
  await utimes(path, OLD, OLD)
}

async function opened(t: Test) {
  const place = { root: await tempDir(t), cacheDir: await tempDir(t) }
  const descriptor = await describeBytes(place, smallArchive(1))
  const changes: number[] = []
  const reopen = () =>
    reopenStore(descriptor, {
      ...placesOf(place),
      deadlineMs: 60_000,
      onChanged: () => void changes.push(Date.now()),
    })
  const store: ZipStore = await reopen()
  t.teardown(() => store.close())
  return { path: join(place.root, 'x.zip'), store, reopen, changes }
}

t.test(
  'a chmod or a hard link changes nothing: the open store goes on, and it can be opened again',
  async t => {
    const { path, store, reopen, changes } = await opened(t)
    t.equal((await store.get(VALUE))?.[0], 1)
    await moveStatusTime(path)
    await link(path, `${path}.backup`)
    await Promise.all(Array.from({ length: 5 }, () => store.checkUnchanged()))
    t.equal((await store.getRange(VALUE, RANGE))?.[0], 1)
    await moveStatusTime(path)
    const compared = store.getRange(VALUE, RANGE)
    t.ok(compared instanceof Promise, 'not without a comparison')
    t.equal((await compared)?.[0], 1)
    t.equal((await store.getRange(VALUE, RANGE))?.[0], 1)
    const again = await reopen()
    t.equal((await again.get(VALUE))?.[0], 1)
    await again.close()
    t.same(changes, [])
  },
)

t.test(
  'a rewrite that keeps size and modification time is noticed by the open store and by the next',
  async t => {
    const { path, store, reopen, changes } = await opened(t)
    t.equal((await store.getRange(VALUE, RANGE))?.[0], 1)
    await rewriteQuietly(path, smallArchive(2))
    const changed = { code: 'STORE_CHANGED' }
    await t.rejects(async () => store.getRange(VALUE, RANGE), changed)
    await t.rejects(async () => store.checkUnchanged(), changed)
    t.equal(changes.length, 1)
    await t.rejects(reopen(), changed)
  },
)

t.test('bytes that are no archive any more are a change too', async t => {
  const { path, store } = await opened(t)
  await rewriteQuietly(path, Buffer.alloc((await stat(path)).size))
  await t.rejects(async () => store.checkUnchanged(), { code: 'STORE_CHANGED' })
})

t.test('the registry indexes anew after either, and serves on meanwhile if it may', async t => {
  const { service, root, pool, until } = await watchedRegistry(t, { service: { watch: false } })
  const path = join(root, 'a.zip')
  await writeFile(path, smallArchive(1))
  await utimes(path, OLD, OLD)
  await service.rescan()
  await until('a', isReady)
  for (const [change, fill] of [
    [() => moveStatusTime(path), 1],
    [() => rewriteQuietly(path, smallArchive(2)), 2],
  ] as const) {
    const { revision } = service
    await change()
    await service.rescan()
    if (fill === 1) t.equal(await servedFill(pool, 'a'), 1)
    await until('a', record => isReady(record) && (record?.revision ?? 0) > revision)
    t.equal(await servedFill(pool, 'a'), fill)
  }
})
