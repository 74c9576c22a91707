import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ChildLostError, IndexChild } from '../../../src/registry/indexing/index-child.js'
import { Indexer } from '../../../src/registry/indexing/indexing.js'
import { smallArchive } from '../../support/archives.js'
import { onChildStart } from '../../support/child-processes.js'
import { tempDir } from '../../support/temp-dir.js'

const SCRIPT = 'index-process.js'
const nobody = () => undefined

async function indexer(
  t: Parameters<typeof tempDir>[0],
  options: ConstructorParameters<typeof Indexer>[0] = {},
) {
  const rootPath = await tempDir(t)
  await writeFile(join(rootPath, 'x.zip'), smallArchive(1))
  await writeFile(join(rootPath, 'bad.zip'), 'not a ZIP file')
  const made = new Indexer(options)
  t.teardown(() => made.close())
  return { rootPath, indexer: made, cacheDir: await tempDir(t) }
}

t.test("an archive is indexed in another process, which ends with its parent's wish", async t => {
  const { rootPath, indexer: made, cacheDir } = await indexer(t)
  const indexed = await made.index({ rootPath, path: 'x.zip', cacheDir }, nobody)
  t.match(indexed, { rootPrefix: '', zarrFormat: 3, directory: { entryCount: 4 } })
  t.same(await readdir(cacheDir), [indexed.index.name])
  const [child] = await children()
  await made.close()
  t.notOk((await children()).includes(child))
})

t.test('what is wrong with an archive comes back with its code, and the process goes on', async t => {
  const { rootPath, indexer: made } = await indexer(t, { processes: 1 })
  let started = 0
  onChildStart(t, SCRIPT, () => started++)
  const results = await Promise.allSettled(
    ['bad.zip', 'x.zip', 'missing.zip', '../x.zip'].map(path => made.index({ rootPath, path }, nobody)),
  )
  t.match(results, [
    { reason: { code: 'ARCHIVE_INVALID' } },
    { value: { zarrFormat: 3 } },
    { reason: { code: 'STORE_UNAVAILABLE' } },
    { reason: { code: 'STORE_UNAVAILABLE' } },
  ])
  t.equal(started, 1)
})

t.test('a process that dies is replaced, and its archive indexed all the same', async t => {
  const { rootPath, indexer: made } = await indexer(t)
  let started = 0
  onChildStart(t, SCRIPT, child => ++started === 1 && child.kill('SIGKILL'))
  t.match(await made.index({ rootPath, path: 'x.zip' }, nobody), { zarrFormat: 3 })
  t.equal(started, 2)
})

t.test('a process that falls silent is lost, and ended', async t => {
  const { rootPath } = await indexer(t)
  onChildStart(t, SCRIPT, child => child.kill('SIGSTOP'))
  const child = new IndexChild(nobody)
  const indexed = child.index({ rootPath, path: 'x.zip' }, { onProgress: nobody, silenceMs: 50 })
  const error = await indexed.catch(error => error)
  t.ok(error instanceof ChildLostError)
  t.match(error, { message: /no progress for 50 ms/ })
  await child.end()
})

t.test('an archive that takes process after process down is an error, not a loop', async t => {
  const { rootPath, indexer: made } = await indexer(t, { processes: 1 })
  let started = 0
  onChildStart(t, SCRIPT, child => ++started <= 2 && child.kill('SIGKILL'))
  await t.rejects(made.index({ rootPath, path: 'x.zip' }, nobody), {
    code: 'STORE_UNAVAILABLE',
    message: /SIGKILL/,
  })
  t.match(await made.index({ rootPath, path: 'x.zip' }, nobody), { zarrFormat: 3 }, 'the next one is served')
  t.equal(started, 3)
})

t.test('a closed indexer fails what is waiting', async t => {
  const { rootPath, indexer: made } = await indexer(t, { processes: 1 })
  const waiting = [0, 1, 2].map(() =>
    made.index({ rootPath, path: 'x.zip' }, nobody).catch(error => error.code),
  )
  await made.close()
  t.same(await Promise.all(waiting), ['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'])
})

/** Process ids of this process's children, by the system's own list. */
async function children(): Promise<number[]> {
  const names = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const stats = await Promise.all(names.map(name => readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')))
  const fields = stats.map(text => [
    Number.parseInt(text, 10),
    ...text.slice(text.lastIndexOf(')') + 2).split(' '),
  ])
  return fields
    .filter(([, state, parent]) => state !== 'Z' && Number(parent) === process.pid)
    .map(([pid]) => Number(pid))
}
