// A registry and one worker's pool in this process, over folders of their own: waits on records, not on time.
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RegistryService, type RegistryServiceOptions } from '../../src/registry/catalog/registry-service.js'
import { StorePool, type StorePoolOptions } from '../../src/registry/serving/store-pool.js'
import type { StoreRecord } from '../../src/registry/stores.js'
import { tempDir } from './temp-dir.js'

type Test = Parameters<typeof tempDir>[0]

export interface Watched {
  root: string
  cacheDir: string
  stateDir: string
  service: RegistryService
  pool: StorePool
  /** Everything the service logged. */
  log: { level: string; message: string; facts: object }[]
  /** Writes an archive under a hidden name and renames it into place, as a careful writer does. */
  put(path: string, bytes: Buffer): Promise<void>
  /** Resolved with the record of `id` as soon as `is` holds for it. */
  until(id: string, is: (record: StoreRecord | undefined) => boolean): Promise<StoreRecord | undefined>
}

export interface WatchedOptions {
  service?: Partial<RegistryServiceOptions>
  pool?: Partial<StorePoolOptions>
  /** Archives that are there before the start. */
  archives?: Record<string, Buffer>
}

export async function watchedRegistry(t: Test, options: WatchedOptions = {}): Promise<Watched> {
  const root = await tempDir(t)
  const cacheDir = await tempDir(t)
  const stateDir = await tempDir(t)
  const log: Watched['log'] = []
  const note = (level: string) => (facts: object, message: string) => void log.push({ level, message, facts })
  const put = async (path: string, bytes: Buffer) => {
    await writeFile(join(root, '.writing'), bytes)
    await rename(join(root, '.writing'), join(root, path))
  }
  for (const [path, bytes] of Object.entries(options.archives ?? {})) await put(path, bytes)
  const service = new RegistryService({
    paths: [root],
    cacheDir,
    stateDir,
    settleMs: 100,
    log: { info: note('info'), warn: note('warn') },
    ...options.service,
  })
  t.teardown(() => service.close())
  await service.start()
  const pool = new StorePool({
    dataRoots: service.dataRoots,
    cacheDir: service.cacheDir,
    onChanged: (id, revision) => service.noteChanged(id, revision),
    onIndexDamaged: (id, revision) => service.noteIndexDamaged(id, revision),
    ...options.pool,
  })
  t.teardown(() => pool.close())
  pool.applySnapshot(service.snapshot())
  service.onChange(change => pool.applyChange(change))
  const until: Watched['until'] = (id, is) =>
    new Promise(resolve => {
      const look = () => {
        const record = service.get(id)
        if (!is(record)) return
        stop()
        resolve(record)
      }
      const stop = service.onChange(look)
      look()
    })
  return { root, cacheDir, stateDir, service, pool, log, put, until }
}

export const isReady = (record: StoreRecord | undefined): boolean => record?.state === 'ready'
export const isFailed = (record: StoreRecord | undefined): boolean => record?.state === 'failed'

/** The first byte of chunk 0 of a `smallArchive`: which state of the archive a store serves. */
export async function servedFill(pool: StorePool, id: string): Promise<number | undefined> {
  const lease = await pool.lease(id)
  try {
    return (await lease.store.get('a/c/0' as never))?.[0]
  } finally {
    lease.release()
  }
}
