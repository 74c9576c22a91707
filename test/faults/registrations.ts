// A registration that was answered is kept: the primary killed right behind the answer and in the middle of many, two
// services with one folder, a full and a read-only disk, a torn file, a lock whose owner is gone.
// Run as root (it mounts a file system of 64 KiB): node build/test/faults/registrations.js
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeKnownArchive } from '../support/known-archive.js'
import { ServedProcess } from '../support/served-process.js'
import { type Checks, pause, register, remove, runFaults, storeIds, WITH_ADMIN_KEY } from './checks.js'

const PATH = 'known.zarr.zip'
const KILLS = 5
const MANY = 20

interface Place {
  readonly data: string
  readonly folder: string
  readonly stateDir: string
}

function serve({ data, folder, stateDir }: Place): Promise<ServedProcess> {
  const folders = ['--cache-dir', join(folder, 'cache'), '--state-dir', stateDir]
  return ServedProcess.start(
    data,
    ...folders,
    '--workers',
    '1',
    '--spare-workers',
    '0',
    '--lame-duck',
    '0ms',
    ...WITH_ADMIN_KEY,
  )
}

async function killPrimary(served: ServedProcess): Promise<void> {
  served.kill('SIGKILL')
  await served.exited
}

/** What a service shows that is started with these folders. */
async function idsAfterRestart(place: Place): Promise<string[]> {
  const served = await serve(place)
  const ids = await storeIds(served.origin)
  await killPrimary(served)
  return ids
}

async function killedBehindTheAnswer(checks: Checks, place: Place): Promise<void> {
  const answered: string[] = []
  for (let round = 0; round < KILLS; round++) {
    const served = await serve(place)
    const { status } = await register(served.origin, `behind-${round}`, PATH)
    await killPrimary(served)
    if (status === 201) answered.push(`behind-${round}`)
  }
  const ids = await idsAfterRestart(place)
  const lost = answered.filter(id => !ids.includes(id))
  checks.demand(
    'lost by kill -9 right behind 201',
    lost.length === 0 && answered.length === KILLS,
    `${lost.length} of ${answered.length}`,
  )
}

async function killedAmongMany(checks: Checks, place: Place): Promise<void> {
  const answered = new Set<string>()
  let asked = 0
  for (let round = 0; round < KILLS; round++) {
    const served = await serve(place)
    let isOver = false
    const clients = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const id = `among-${asked++}`
        if ((await register(served.origin, id, PATH)).status === 201) answered.add(id)
      }
    })
    await pause(300 + 150 * round)
    await killPrimary(served)
    isOver = true
    await Promise.all(clients)
  }
  const ids = new Set(await idsAfterRestart(place))
  const lost = [...answered].filter(id => !ids.has(id))
  checks.demand(
    'lost by kill -9 among registrations',
    lost.length === 0 && answered.size > 0,
    `${lost.length} of ${answered.size}, ${KILLS} kills`,
  )
  const left = (await readdir(place.stateDir)).filter(name => name.includes('.damaged-'))
  checks.demand('torn files', left.length === 0, left.length)
}

async function twoServices(checks: Checks, place: Place): Promise<void> {
  const [one, two] = await Promise.all([serve(place), serve(place)])
  const ids = Array.from({ length: MANY }, (_, i) => `two-${i}`)
  const startMs = performance.now()
  const answers = await Promise.all(
    ids.map((id, i) => register(i % 2 === 0 ? one.origin : two.origin, id, PATH)),
  )
  const tookMs = Math.round(performance.now() - startMs)
  const isAnswered = answers.every(({ status }) => status === 201)
  const removed = await remove(one.origin, 'two-1')
  await Promise.all([killPrimary(one), killPrimary(two)])
  const found = (await idsAfterRestart(place)).filter(id => id.startsWith('two-'))
  // One service had told the other of it, or not: then it is not found there.
  const expected = removed.status === 204 ? MANY - 1 : MANY
  checks.demand(
    'kept of what two services with one folder were told',
    isAnswered && found.length === expected,
    `${found.length} of ${expected}, ${tookMs} ms for ${MANY}`,
  )
}

async function fullDisk(checks: Checks, place: Place): Promise<void> {
  const disk = join(place.folder, 'disk')
  await mkdir(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
  try {
    const stateDir = join(disk, 'state')
    const served = await serve({ ...place, stateDir })
    const kept = await register(served.origin, 'before', PATH)
    const filler = join(disk, 'filler')
    await writeFile(filler, Buffer.alloc(1 << 20)).catch(ignoreFull)
    const full = await register(served.origin, 'full', PATH)
    const unremoved = await remove(served.origin, 'before')
    checks.demand(
      'a full disk refuses by name',
      isRefused(full) && isRefused(unremoved),
      `${full.status} ${codeOf(full)}, ${unremoved.status} ${codeOf(unremoved)}`,
    )
    const ids = await storeIds(served.origin)
    checks.demand('and nothing changes', ids.join() === 'before,known', ids.join())
    await rm(filler)
    const later = await register(served.origin, 'later', PATH)
    checks.demand('room again, and it is kept', later.status === 201 && kept.status === 201, later.status)
    execFileSync('mount', ['-o', 'remount,ro', disk])
    const readOnly = await register(served.origin, 'read-only', PATH)
    checks.demand(
      'a read-only disk refuses by name',
      isRefused(readOnly),
      `${readOnly.status} ${codeOf(readOnly)}`,
    )
    await killPrimary(served)
    const after = await idsAfterRestart({ ...place, stateDir })
    checks.demand('after a restart', after.join() === 'before,known,later', after.join())
  } finally {
    execFileSync('umount', ['-l', disk])
  }
}

async function tornFile(checks: Checks, place: Place): Promise<void> {
  const served = await serve(place)
  await register(served.origin, 'torn', PATH)
  await killPrimary(served)
  const name = (await readdir(place.stateDir)).find(name => name.endsWith('.json')) ?? ''
  const path = join(place.stateDir, name)
  const text = (await readFile(path, 'utf8')).slice(0, -20)
  await writeFile(path, text)
  const ids = await idsAfterRestart(place)
  const aside = (await readdir(place.stateDir)).find(name => name.includes('.damaged-'))
  const isKept = aside !== undefined && (await readFile(join(place.stateDir, aside), 'utf8')) === text
  checks.demand(
    'a torn file is kept aside, and the service starts',
    isKept && ids.join() === 'known',
    aside ?? 'lost',
  )
}

async function lockLeftBehind(checks: Checks, place: Place): Promise<void> {
  const served = await serve(place)
  await register(served.origin, 'first', PATH)
  const name = (await readdir(place.stateDir)).find(name => name.endsWith('.json')) ?? ''
  for (const owner of ['', '{"pid":1,"host":"elsewhere"}']) {
    await writeFile(join(place.stateDir, `${name}.lock`), owner)
    const startMs = performance.now()
    const { status } = await register(served.origin, `locked-${owner.length}`, PATH)
    const tookMs = Math.round(performance.now() - startMs)
    checks.demand(
      'a lock that nobody answers for is taken over',
      status === 201,
      `${status} after ${tookMs} ms`,
    )
  }
  await killPrimary(served)
}

function isRefused({ status, body }: { status: number | string; body: string }): boolean {
  return status === 503 && codeOf({ body }) === 'STATE_UNAVAILABLE'
}

function codeOf({ body }: { body: string }): string {
  return body === '' ? '' : String((JSON.parse(body) as { code?: string }).code)
}

function ignoreFull(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOSPC') throw error
}

await runFaults('registrations', async (checks, folder) => {
  const data = join(folder, 'data')
  await mkdir(data)
  await writeKnownArchive(join(data, PATH), 1, 2)
  for (const fault of [
    killedBehindTheAnswer,
    killedAmongMany,
    twoServices,
    fullDisk,
    tornFile,
    lockLeftBehind,
  ]) {
    await fault(checks, { data, folder, stateDir: join(folder, `state-${fault.name}`) })
  }
})
