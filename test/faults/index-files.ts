// Index files are damaged under a service that is read: bits, the end, the whole file, and what is no file at all in
// its place. Nobody is told that a value is absent, the service answers on, and the file comes back by itself.
// Run: node build/test/faults/index-files.js
import { execFileSync } from 'node:child_process'
import { lstat, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServedProcess, waitFor } from '../support/served-process.js'
import { writeZip } from '../support/zip-writer.js'
import { outcome, runFaults, slowness } from './checks.js'

/** So many that the index is read page by page while it is served. */
const ENTRIES = 60_000
const CLIENTS = 8
const HEAL_MS = 10_000

const DAMAGES: Record<string, (path: string, good: Buffer) => Promise<unknown>> = {
  'a flipped bit in every page': (path, good) =>
    writeFile(path, Buffer.from(good.map((byte, at) => (at > 1024 && at % 4096 === 7 ? byte ^ 1 : byte)))),
  'noise behind the header': (path, good) =>
    writeFile(path, Buffer.from(good.map((byte, at) => (at > 1024 ? byte ^ 0x5a : byte)))),
  'a cut end': (path, good) => truncate(path, good.length >> 1),
  'no bytes': path => truncate(path, 0),
  'no file': path => rm(path),
  'a folder': async path => {
    await rm(path)
    await mkdir(path)
  },
  'a FIFO': async path => {
    await rm(path)
    execFileSync('mkfifo', [path])
  },
  'a link to an endless device': async path => {
    await rm(path)
    await symlink('/dev/zero', path)
  },
}

await runFaults('index files damaged', async (checks, folder) => {
  const data = join(folder, 'data')
  const cacheDir = join(folder, 'cache')
  await mkdir(data)
  const values = Array.from({ length: ENTRIES }, (_, i) => ({ name: `c/${i}`, data: `value ${i}` }))
  await writeFile(
    join(data, 'many.zip'),
    writeZip([{ name: '.zgroup', data: '{"zarr_format":2}' }, ...values]),
  )
  const served = await ServedProcess.start(
    data,
    '--cache-dir',
    cacheDir,
    '--workers',
    '2',
    '--value-cache-bytes',
    '0',
  )
  const indexPath = join(cacheDir, (await readdir(cacheDir)).find(name => name.endsWith('.zidx')) ?? '')
  const good = await readFile(indexPath)

  const answers = new Map<number | string, number>()
  let wrong = 0
  let isOver = false
  let next = 0
  const ask = async () => {
    // Far apart, so that every request looks at pages that were not looked at before.
    const i = (next++ * 7919) % ENTRIES
    const { status, body } = await outcome(`${served.origin}/zarr/many/c/${i}`)
    answers.set(status, (answers.get(status) ?? 0) + 1)
    if (status === 200 ? body !== `value ${i}` : status !== 503) wrong++
    return status
  }
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver) await ask()
  })
  const isHealed = async () => {
    const found = await lstat(indexPath).catch(() => undefined)
    return found?.isFile() === true && (await readFile(indexPath)).equals(good)
  }
  const factor = await slowness()
  for (const [what, damage] of Object.entries(DAMAGES)) {
    await damage(indexPath, good)
    const startMs = performance.now()
    // Those who have the file open go on with it; a new worker meets what is in its place.
    served.kill('SIGHUP')
    await served.nextLine('reloaded')
    const isBack = await waitFor(isHealed, 'healed file', HEAL_MS * factor).catch(() => false)
    checks.demand(
      `healed by SIGHUP: ${what}`,
      isBack === true,
      `${Math.round(performance.now() - startMs)} ms`,
    )
  }
  for (const what of ['a flipped bit in every page', 'a cut end']) {
    const linesBefore = served.log.length
    await DAMAGES[what]!(indexPath, good)
    const startMs = performance.now()
    const isBack = await waitFor(isHealed, 'healed file', HEAL_MS * factor).catch(() => false)
    const healedMs = Math.round(performance.now() - startMs)
    checks.demand(`healed by itself: ${what}`, isBack === true, `${healedMs} ms`)
    const count = served.log.slice(linesBefore).filter(line => line.msg.startsWith('index damaged')).length
    checks.demand('made anew for all workers at once', count === 1, `${count} times`)
  }
  isOver = true
  await Promise.all(clients)
  const last = await Promise.all(Array.from({ length: 50 }, ask))
  checks.demand(
    'all is right in the end',
    last.every(status => status === 200),
    last.filter(status => status === 200).length,
  )
  const figures = [...answers].map(([status, count]) => `${count} × ${status}`).join(', ')
  checks.demand('answers that are neither right nor 503', wrong === 0, `${wrong} of ${figures}`)
  checks.demand('exit code after SIGTERM', (await served.stop()).code === 0, '0 wanted')
})
