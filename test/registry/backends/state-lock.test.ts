// The lock with real processes: one that has ended, one that runs, and locks nobody can ask for.
import { execFileSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { StateLock, withLock } from '../../../src/registry/backends/state-lock.js'
import { tempDir } from '../../support/temp-dir.js'

t.test('tasks under one lock run one after the other', async t => {
  const folder = await tempDir(t)
  const path = join(folder, 'lock')
  let running = 0
  let most = 0
  const task = async () => {
    most = Math.max(most, ++running)
    await readdir(folder)
    running--
  }
  await Promise.all(Array.from({ length: 10 }, () => withLock(path, task)))
  t.equal(most, 1)
  t.same(await readdir(folder), [], 'the lock is gone')
  await t.rejects(
    withLock(path, async () => {
      throw new Error('task')
    }),
    /task/,
  )
  t.same(await readdir(folder), [], 'after a failure too')
})

t.test('the lock of a process that has ended is taken over, also when its id is in use again', async t => {
  const path = join(await tempDir(t), 'lock')
  const lock = await StateLock.acquire(path)
  const owner = JSON.parse(await readFile(path, 'utf8'))
  await lock.release()
  t.match(owner, { pid: process.pid, host: /\S/, startTime: /^\d*$/ })
  const endedPid = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }))
  for (const ended of [
    { ...owner, pid: endedPid },
    { ...owner, startTime: '1' },
  ]) {
    await writeFile(path, JSON.stringify(ended))
    t.equal(await withLock(path, async lock => lock.requireHeld()), undefined)
  }
})

t.test('many who find an abandoned lock take it over one after the other', async t => {
  const path = join(await tempDir(t), 'lock')
  const lock = await StateLock.acquire(path)
  const owner = JSON.parse(await readFile(path, 'utf8'))
  await lock.release()
  await writeFile(path, JSON.stringify({ ...owner, startTime: '1' }))
  let holders = 0
  await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(path, async lock => {
        t.equal(++holders, 1)
        await lock.requireHeld()
        holders--
      }),
    ),
  )
})

t.test('a lock that was taken away is noticed before anything is written', async t => {
  const path = join(await tempDir(t), 'lock')
  const lock = await StateLock.acquire(path)
  await writeFile(path, 'another one')
  await t.rejects(lock.requireHeld(), { code: 'STATE_UNAVAILABLE' })
  await lock.release()
  t.equal(await readFile(path, 'utf8'), 'another one', 'and it is left to its owner')
})
