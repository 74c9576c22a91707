// The whole service as real processes on loopback: workers die, roll, drain; archives come, change and go.
import { rm } from 'node:fs/promises'
import { request } from 'node:http'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { knownValues, writeKnownArchive } from '../support/known-archive.js'
import { Load } from '../support/load.js'
import { isAlive, ServedProcess, waitFor } from '../support/served-process.js'
import { tempDir } from '../support/temp-dir.js'

const CHUNKS = 8

interface Service {
  readonly served: ServedProcess
  readonly data: string
}

async function serveKnown(t: Test, ...args: string[]): Promise<Service> {
  const data = await tempDir(t)
  await writeKnownArchive(join(data, 'a.zarr.zip'), 1, CHUNKS)
  const served = await ServedProcess.start(data, ...(await ownFolders(t)), ...args)
  t.teardown(async () => {
    served.kill('SIGKILL')
    await served.exited
  })
  return { served, data }
}

async function ownFolders(t: Test): Promise<string[]> {
  return ['--cache-dir', await tempDir(t), '--state-dir', await tempDir(t)]
}

async function status(url: string): Promise<number> {
  const response = await fetch(url, { headers: { connection: 'close' } })
  await response.arrayBuffer()
  return response.status
}

async function holds(origin: string, id: string, version: number): Promise<boolean> {
  const { path, bytes } = knownValues(id, version, CHUNKS)[3]!
  const response = await fetch(origin + path, { headers: { connection: 'close' } })
  return Buffer.from(await response.arrayBuffer()).equals(bytes)
}

t.test('kill -9 of workers under load: no wrong byte, nothing hangs, every worker is replaced', async t => {
  const { served } = await serveKnown(t, '--workers', '3')
  const load = new Load(served.origin, knownValues('a', 1, CHUNKS), 8)
  for (let kill = 0; kill < 4; kill++) {
    const victim = served.liveWorkerPids[0]!
    const replaced = served.nextLine('worker ready')
    process.kill(victim, 'SIGKILL')
    await replaced
  }
  const { right, wrong } = await load.stop()
  t.equal(wrong, 0)
  t.ok(right > 0)
  t.notOk(load.figures.failed.has('HUNG'))
  t.equal(served.liveWorkerPids.length, 3)
  t.equal(await status(`${served.adminOrigin}/health/ready`), 200)
  t.match(await served.stop(), { code: 0 })
})

t.test('a request made while no worker lives waits for the next one instead of being refused', async t => {
  const { served } = await serveKnown(t, '--workers', '2', '--spare-workers', '0')
  for (let round = 0; round < 2; round++) {
    const victims = served.liveWorkerPids
    for (const pid of victims) process.kill(pid, 'SIGKILL')
    await waitFor(() => !victims.some(isAlive), 'end of the workers')
    t.ok(await holds(served.origin, 'a', 1))
    await waitFor(() => served.liveWorkerPids.length === 2, 'new workers')
  }
  t.match(await served.stop(), { code: 0 })
  await t.rejects(status(served.origin), 'nobody waits at a service that has ended')
})

t.test('SIGTERM to an idle service ends it and every worker, with nothing to cut', async t => {
  const { served } = await serveKnown(t, '--workers', '2', '--lame-duck', '0ms')
  await waitFor(async () => (await status(`${served.origin}/health/ready`)) === 200, 'ready worker')
  t.match(await served.stop(), { code: 0 })
  t.same(served.workerPids.filter(isAlive), [], 'no worker is left')
})

t.test('SIGHUP replaces every worker under load without a failed request', async t => {
  const { served } = await serveKnown(t, '--workers', '2')
  const before = served.workerPids
  const load = new Load(served.origin, knownValues('a', 1, CHUNKS), 8)
  const reloaded = served.nextLine('reloaded')
  served.kill('SIGHUP')
  await reloaded
  const { right, wrong, failed } = await load.stop()
  t.equal(wrong, 0)
  t.same([...failed], [])
  t.ok(right > 0)
  t.same(before.filter(isAlive), [])
  t.equal(served.liveWorkerPids.length, 2)
})

t.test('kill -9 of the primary takes the workers with it', async t => {
  const { served } = await serveKnown(t, '--workers', '2')
  const workers = served.workerPids
  served.kill('SIGKILL')
  await served.exited
  await waitFor(() => !workers.some(isAlive), 'end of the workers')
})

t.test('an answer under way when SIGTERM comes is finished', async t => {
  const { served } = await serveKnown(t, '--workers', '2', '--lame-duck', '100ms')
  const { hostname, port } = new URL(served.origin)
  const { path, bytes } = knownValues('a', 1, CHUNKS)[0]!
  const body = await new Promise<Buffer>((resolve, reject) => {
    const sent = request({ hostname, port, path }, response => {
      served.kill('SIGTERM')
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('end', () => resolve(Buffer.concat(parts)))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end()
  })
  t.ok(body.equals(bytes))
  t.match(await served.exited, { code: 0 })
})

t.test('a new, a replaced and a removed archive are noticed without a restart', async t => {
  const { served, data } = await serveKnown(t, '--workers', '2', '--rescan', '500ms')
  t.ok(await holds(served.origin, 'a', 1))
  await writeKnownArchive(join(data, 'b.zarr.zip'), 2, CHUNKS)
  await waitFor(() => holds(served.origin, 'b', 2), 'new archive')
  await writeKnownArchive(join(data, 'a.zarr.zip'), 3, CHUNKS)
  await waitFor(() => holds(served.origin, 'a', 3), 'replaced archive')
  await rm(join(data, 'b.zarr.zip'))
  await waitFor(async () => (await status(`${served.origin}/zarr/b/0`)) === 404, 'removed archive')
})

const ADMIN_KEY = 'topsecret'
const MUTABLE = ['--api-key', `admin:${ADMIN_KEY}`, '--rescan', '60s']

async function mutate(origin: string, method: string, path: string, body?: object): Promise<Response> {
  return await fetch(`${origin}/v1/stores${path}`, {
    method,
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      connection: 'close',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(120_000),
  })
}

t.test('a registered store is served, and a removed one gone, everywhere once it is answered', async t => {
  const { served, data } = await serveKnown(t, '--workers', '3', ...MUTABLE)
  const { origin } = served
  const location = { root: basename(data), path: 'a.zarr.zip' }
  const registered = await mutate(origin, 'POST', '', { id: 'again', location })
  t.equal(registered.status, 201, await registered.text())
  for (let at = 0; at < 12; at++) t.ok(await holds(origin, 'again', 1), 'served')
  const removed = await mutate(origin, 'DELETE', '/again')
  t.equal(removed.status, 204, await removed.text())
  for (let at = 0; at < 12; at++) t.equal(await status(`${origin}/zarr/again/0`), 404, 'gone')
})

t.test('what the primary refuses comes back from the worker with its own code', async t => {
  const { served, data } = await serveKnown(t, '--workers', '2', ...MUTABLE)
  const location = { root: basename(data), path: 'missing.zarr.zip' }
  const refused = await mutate(served.origin, 'POST', '', { id: 'b', location })
  t.match(await refused.json(), { code: 'ARCHIVE_REFUSED' })
  t.equal(refused.status, 422)
  const unknown = await mutate(served.origin, 'DELETE', '/missing')
  t.match(await unknown.json(), { code: 'STORE_NOT_FOUND' })
  t.equal(unknown.status, 404)
})

t.test('a frozen worker is replaced and does not hold up a registration', async t => {
  const { served, data } = await serveKnown(t, '--workers', '2', ...MUTABLE)
  const frozen = served.liveWorkerPids[0]!
  process.kill(frozen, 'SIGSTOP')
  const location = { root: basename(data), path: 'a.zarr.zip' }
  const registered = await mutate(served.origin, 'POST', '', { id: 'again', location })
  t.equal(registered.status, 201, await registered.text())
  t.equal(isAlive(frozen), false)
  t.ok(await holds(served.origin, 'again', 1))
})

t.test('metrics of every worker reach the admin port', async t => {
  const { served } = await serveKnown(t, '--workers', '2')
  await holds(served.origin, 'a', 1)
  const text = await waitFor(async () => {
    const metrics = await (await fetch(`${served.adminOrigin}/metrics`)).text()
    const reports = metrics.match(/zipzarr_connections\{worker="\d+"\} \d+\n/g)
    return reports?.length === 2 && /zipzarr_requests_total [1-9]/.test(metrics) && metrics
  }, 'report of both workers')
  t.match(text, /zipzarr_workers_ready 2\n/)
  t.match(text, /zipzarr_stores\{state="ready"\} 1\n/)
})
