// Index files that are damaged while the service runs: nobody is told that a value is absent, the store is served,
// and the file is made anew, once.
import { execFileSync } from 'node:child_process'
import { copyFile, lstat, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { isZipzarrError } from '../../../src/errors.js'
import { StorePool } from '../../../src/registry/serving/store-pool.js'
import type { StoreKey } from '../../../src/store/keys.js'
import { smallArchive } from '../../support/archives.js'
import {
  isReady,
  type Watched,
  type WatchedOptions,
  watchedRegistry,
} from '../../support/watched-registry.js'
import { writeZip } from '../../support/zip-writer.js'

/** So many that their index is read page by page. */
const MANY = 30_000

interface Indexed extends Watched {
  readonly indexPath: string
  readonly before: Buffer
}

async function indexed(t: Test, archive: Buffer, options: WatchedOptions = {}): Promise<Indexed> {
  const watched = await watchedRegistry(t, {
    archives: { 'a.zip': archive },
    service: { watch: false },
    ...options,
  })
  await watched.service.whenSettled()
  const indexPath = join(watched.cacheDir, String(watched.service.get('a')?.descriptor?.index.name))
  return { ...watched, indexPath, before: await readFile(indexPath) }
}

/** Another worker's pool beside the first one. */
function anotherPool(t: Test, { service }: Watched): StorePool {
  const pool = new StorePool({
    dataRoots: service.dataRoots,
    cacheDir: service.cacheDir,
    onIndexDamaged: (id, revision) => service.noteIndexDamaged(id, revision),
  })
  t.teardown(() => pool.close())
  pool.applySnapshot(service.snapshot())
  service.onChange(change => pool.applyChange(change))
  return pool
}

/** The value, or the code of the error. Undefined would tell a client that there is none. */
async function ask(pool: StorePool, key: string): Promise<string> {
  try {
    const lease = await pool.lease('a')
    try {
      return String(await lease.store.get(key as StoreKey))
    } finally {
      lease.release()
    }
  } catch (error) {
    return isZipzarrError(error) ? error.code : String(error)
  }
}

function manyEntries(): Buffer {
  const values = Array.from({ length: MANY }, (_, i) => ({ name: `c/${i}`, data: `value ${i}` }))
  return writeZip([{ name: 'zarr.json', data: '{"zarr_format":3,"node_type":"group"}' }, ...values])
}

t.test(
  'flipped bits and a cut end under open stores: right or a named error, then made anew once',
  async t => {
    const archive = manyEntries()
    const damages: Record<string, (path: string, bytes: Buffer) => Promise<void>> = {
      'flipped bits': (path, bytes) =>
        writeFile(path, Buffer.from(bytes.map((byte, i) => byte ^ (i > 1024 ? 1 : 0)))),
      'a cut end': path => truncate(path, 3000),
      nothing: path => truncate(path, 0),
    }
    for (const [what, damage] of Object.entries(damages)) {
      const { service, pool, until, indexPath, before, log, ...rest } = await indexed(t, archive)
      const pools = [pool, ...[1, 2].map(() => anotherPool(t, { service, pool, until, log, ...rest }))]
      for (const each of pools) t.equal(await ask(each, 'c/0'), 'value 0')
      const { revision } = service
      await damage(indexPath, before)
      for (let i = 0; i < MANY; i += 997) {
        for (const each of pools) {
          const answer = await ask(each, `c/${i}`)
          if (answer !== `value ${i}` && answer !== 'STORE_INDEXING') t.fail(`${what}: c/${i} is ${answer}`)
        }
      }
      const healed = await until('a', record => isReady(record) && (record?.revision ?? 0) > revision)
      t.equal(
        log.filter(({ message }) => message === 'index damaged: made anew').length,
        1,
        `${what}: told once`,
      )
      t.ok((await readFile(indexPath)).equals(before), 'the file is as it was')
      for (const each of pools) t.equal(await ask(each, `c/${MANY - 1}`), `value ${MANY - 1}`)
      await service.rescan()
      t.equal(service.get('a')?.revision, healed?.revision, 'and nothing more is done')
    }
  },
)

t.test(
  'whatever takes the place of an index file, a store that opens is served and the file comes back',
  async t => {
    const other = await indexed(t, smallArchive(9))
    const kinds: Record<string, (path: string) => Promise<unknown>> = {
      'no file': path => rm(path),
      'an empty file': path => truncate(path, 0),
      'a folder with files': async path => {
        await rm(path)
        await mkdir(path)
        await writeFile(join(path, 'x'), 'x')
      },
      'a FIFO': async path => {
        await rm(path)
        execFileSync('mkfifo', [path])
      },
      'a link to a good copy': async path => {
        await rename(path, `${path}.copy`)
        await symlink(`${path}.copy`, path)
      },
      'a link to an endless device': async path => {
        await rm(path)
        await symlink('/dev/zero', path)
      },
      'the index of another archive': path => copyFile(other.indexPath, path),
      'no cache folder at all': path => rm(join(path, '..'), { recursive: true }),
    }
    for (const [kind, put] of Object.entries(kinds)) {
      const { service, pool, until, indexPath, before } = await indexed(t, smallArchive(65))
      const { revision } = service
      await put(indexPath)
      t.equal(await ask(pool, 'a/c/0'), 'A'.repeat(100), `${kind}: served from memory`)
      await until('a', record => isReady(record) && (record?.revision ?? 0) > revision)
      t.ok((await lstat(indexPath)).isFile(), `${kind}: a file again`)
      t.ok((await readFile(indexPath)).equals(before))
      t.equal(await ask(pool, 'a/c/1'), 'B'.repeat(100))
    }
  },
)

t.test('SIGHUP looks at every index file, and tells only of those it had to make anew', async t => {
  const { service, indexPath, before } = await indexed(t, smallArchive(65))
  const { revision } = service
  await service.checkIndexes()
  t.equal(service.revision, revision, 'a good one is no news')
  await writeFile(indexPath, Buffer.alloc(before.length))
  await service.checkIndexes()
  t.ok((await readFile(indexPath)).equals(before))
  t.match(service.get('a'), { state: 'ready', revision: revision + 1 })
})
