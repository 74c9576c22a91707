// When the service calls itself ready: only when what it found at the start can be asked for.
import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { Primary } from '../../src/cluster/primary/primary.js'
import { resolveConfig } from '../../src/config.js'
import { onChildStart } from '../support/child-processes.js'
import { writeKnownArchive } from '../support/known-archive.js'
import { waitFor } from '../support/served-process.js'
import { tempDir } from '../support/temp-dir.js'

async function statusOf(origin: string): Promise<number> {
  const response = await fetch(`${origin}/health/ready`, { headers: { connection: 'close' } })
  await response.arrayBuffer()
  return response.status
}

t.test('ready is said when each archive of the first scan is indexed or has failed, by all', async t => {
  const data = await tempDir(t)
  await writeKnownArchive(join(data, 'a.zarr.zip'), 1, 4)
  await writeFile(join(data, 'broken.zip'), 'no archive')
  const config = resolveConfig({ paths: [data], cacheDir: 'none', port: 0, adminPort: 0, workers: 2 })
  const log = pino({ level: 'silent' })
  const primary = new Primary({ config, log, onFailed: reason => t.fail(reason) })
  t.teardown(() => primary.kill())
  const indexing: ChildProcess[] = []
  onChildStart(t, 'index-process.js', child => {
    child.kill('SIGSTOP')
    indexing.push(child)
  })
  await primary.start()
  while (indexing.length === 0) await new Promise(resolve => setImmediate(resolve))
  t.equal(await statusOf(primary.adminOrigin!), 503)
  t.equal(await statusOf(primary.origin), 503)
  t.equal((await fetch(`${primary.origin}/health/live`)).status, 200, 'alive all the while')
  for (const child of indexing) child.kill('SIGCONT')
  await primary.whenSettled()
  t.strictSame(
    primary.stores.map(({ id, state }) => [id, state]),
    [
      ['a', 'ready'],
      ['broken', 'failed'],
    ],
  )
  t.equal(await statusOf(primary.adminOrigin!), 200)
  await waitFor(async () => (await statusOf(primary.origin)) === 200, 'ready worker')
})
