// The fleet over really forked processes that speak the messages but serve nothing.
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { RestartPolicy } from '../../../src/cluster/fleet/restart-policy.js'
import { WorkerFleet } from '../../../src/cluster/fleet/worker-fleet.js'
import type { WorkerExit, WorkerProcess, WorkerTimes } from '../../../src/cluster/fleet/worker-process.js'
import { resolveConfig } from '../../../src/config.js'

const exec = fileURLToPath(new URL('../workers/obedient-worker.js', import.meta.url))
const config = resolveConfig()
/** Far beyond what a busy machine needs; tests of a deadline shorten theirs. */
const TIMES: WorkerTimes = {
  startDeadlineMs: 120_000,
  ackDeadlineMs: 120_000,
  unansweredMs: 120_000,
  silenceMs: 120_000,
  drainDeadlineMs: 120_000,
}

interface FleetTestOptions {
  readonly times?: Partial<WorkerTimes>
  readonly spares?: number
}

function createFleet(t: Test, fault: string, options: FleetTestOptions = {}): WorkerFleet {
  process.env.WORKER_FAULT = fault
  const fleet = new WorkerFleet({
    size: 2,
    spares: options.spares ?? 0,
    exec,
    execArgv: [],
    scheduling: 'shared',
    times: { ...TIMES, ...options.times },
    log: pino({ level: 'silent' }),
    policy: new RestartPolicy({ healthyAfterMs: 0 }),
    createInit: () => ({
      type: 'init',
      config,
      listen: { host: '127.0.0.1', port: 1 },
      dataRoots: [],
      isSettled: true,
      snapshot: { epoch: 'e', revision: 1, records: [] },
    }),
  })
  t.teardown(() => fleet.kill())
  return fleet
}

function change(revision: number) {
  return { type: 'change', change: { kind: 'remove', epoch: 'e', revision, id: 'a' as never } } as const
}

async function nextExit(fleet: WorkerFleet): Promise<[WorkerProcess, WorkerExit]> {
  return await new Promise(resolve => fleet.once('exit', (worker, exit) => resolve([worker, exit])))
}

async function whenReady(fleet: WorkerFleet, count: number): Promise<void> {
  while (fleet.readyCount < count) {
    await new Promise(resolve => fleet.once('message', resolve))
  }
}

t.test('start is done when every worker is ready, and a killed one is replaced at once', async t => {
  const fleet = createFleet(t, 'none')
  await fleet.start()
  t.equal(fleet.readyCount, 2)
  const victim = fleet.workers[0]!
  process.kill(victim.pid!, 'SIGKILL')
  const [worker, exit] = await nextExit(fleet)
  t.equal(worker, victim)
  t.match(exit, { signal: 'SIGKILL', reason: undefined })
  await whenReady(fleet, 2)
  t.equal(fleet.restartCount, 1)
})

t.test('a change counts as known when every worker has acknowledged it', async t => {
  const fleet = createFleet(t, 'none')
  await fleet.start()
  fleet.broadcast(change(2))
  await fleet.whenAcknowledged(2)
  t.same(
    fleet.workers.map(worker => worker.ackedRevision),
    [2, 2],
  )
})

t.test('a worker that does not acknowledge in time is replaced, not waited for', async t => {
  const fleet = createFleet(t, 'never-acks', { times: { ackDeadlineMs: 4000 } })
  await fleet.start()
  const before = fleet.workers
  const exit = nextExit(fleet)
  fleet.broadcast(change(2))
  await fleet.whenAcknowledged(2)
  t.match((await exit)[1], { signal: 'SIGKILL', reason: /did not acknowledge registry revision 2/ })
  await whenReady(fleet, 2)
  t.notOk(fleet.workers.some(worker => before.includes(worker)))
})

t.test('a worker that says why it cannot start stops the start with that reason', async t => {
  const fleet = createFleet(t, 'fails')
  await t.rejects(fleet.start(), { name: 'StartupError', message: 'there is no such thing' })
  t.equal(fleet.restartCount, 0, 'no respawn loop')
})

t.test('workers that never become ready stop the start at the deadline', async t => {
  const fleet = createFleet(t, 'never-ready', { times: { startDeadlineMs: 700 } })
  await t.rejects(fleet.start(), { message: /^did not (come up|become ready) within 700 ms$/ })
})

t.test('a message nobody understands is logged and harmless', async t => {
  const fleet = createFleet(t, 'bad-message')
  await fleet.start()
  t.equal(fleet.readyCount, 2)
})

t.test('rolling replaces every worker, the new one ready before the old one goes', async t => {
  const fleet = createFleet(t, 'none')
  await fleet.start()
  const before = fleet.workers
  let fewest = 2
  fleet.on('exit', () => {
    fewest = Math.min(fewest, fleet.readyCount)
  })
  const rolled = fleet.roll()
  t.equal(fleet.isSettled, false)
  await rolled
  t.equal(fleet.isSettled, true)
  t.equal(fewest, 2)
  t.equal(fleet.readyCount, 2)
  t.notOk(fleet.workers.some(worker => before.includes(worker)))
})

t.test('when a new worker cannot start, rolling stops and the old ones stay', async t => {
  const fleet = createFleet(t, 'none')
  await fleet.start()
  const before = fleet.workers
  process.env.WORKER_FAULT = 'fails'
  await fleet.roll()
  t.same(
    fleet.workers.map(worker => worker.id),
    before.map(worker => worker.id),
  )
})

t.test('draining ends well only when every worker did', async t => {
  const good = createFleet(t, 'none')
  await good.start()
  t.equal(await good.drain(), true)
  t.equal(good.workers.length, 0)
  const bad = createFleet(t, 'drains-badly')
  await bad.start()
  t.equal(await bad.drain(), false)
})

t.test('a worker that does not drain is ended at the deadline', async t => {
  const fleet = createFleet(t, 'never-drains', { times: { drainDeadlineMs: 200 } })
  await fleet.start()
  t.equal(await fleet.drain(), false)
  t.equal(fleet.restartCount, 0)
})

t.test('a spare takes the place of a dead worker before any other could be forked', async t => {
  const fleet = createFleet(t, 'none', { spares: 1 })
  await fleet.start()
  while (fleet.spareCount < 1) await new Promise(resolve => fleet.once('message', resolve))
  const spare = fleet.workers.find(worker => worker.state === 'standby')!
  process.kill(fleet.workers[0]!.pid!, 'SIGKILL')
  await nextExit(fleet)
  await whenReady(fleet, 2)
  t.equal(spare.state, 'ready')
  while (fleet.spareCount < 1) await new Promise(resolve => fleet.once('message', resolve))
  t.equal(fleet.workers.length, 3, 'and there is a new spare')
})

t.test('rolling replaces the spares as well, and a dead spare is replaced', async t => {
  const fleet = createFleet(t, 'none', { spares: 1 })
  await fleet.start()
  const spare = () => fleet.workers.find(worker => worker.state === 'standby')
  while (spare() === undefined) await new Promise(resolve => fleet.once('message', resolve))
  const before = fleet.workers
  await fleet.roll()
  while (spare() === undefined || before.includes(spare()!)) {
    await new Promise(resolve => fleet.once('message', resolve))
  }
  t.notOk(fleet.workers.some(worker => before.includes(worker) && worker.state === 'ready'))
  process.kill(spare()!.pid!, 'SIGKILL')
  await nextExit(fleet)
  while (spare() === undefined) await new Promise(resolve => fleet.once('message', resolve))
  t.equal(fleet.readyCount, 2)
})

t.test('a worker that is stopped is not ready, and is ready again when it goes on', async t => {
  const fleet = createFleet(t, 'reports', { times: { unansweredMs: 500 } })
  await fleet.start()
  const stopped = fleet.workers[0]!
  process.kill(stopped.pid!, 'SIGSTOP')
  while (stopped.isReady) await new Promise(resolve => fleet.once('message', resolve))
  t.equal(stopped.state, 'ready', 'it keeps its place')
  process.kill(stopped.pid!, 'SIGCONT')
  await whenReady(fleet, 2)
  t.equal(fleet.restartCount, 0)
})

t.test('a worker that is stopped for long is replaced, like one that was killed from outside', async t => {
  const fleet = createFleet(t, 'reports', { times: { unansweredMs: 500, silenceMs: 1000 } })
  await fleet.start()
  const exit = nextExit(fleet)
  process.kill(fleet.workers[0]!.pid!, 'SIGSTOP')
  t.match((await exit)[1], { signal: 'SIGKILL', reason: /has not been heard of/, wasSilent: true })
  await whenReady(fleet, 2)
})

t.test('a spare that is stopped is given no place', async t => {
  const fleet = createFleet(t, 'reports', { times: { unansweredMs: 500 }, spares: 1 })
  await fleet.start()
  while (fleet.spareCount < 1) await new Promise(resolve => fleet.once('message', resolve))
  const spare = fleet.workers.find(worker => worker.state === 'standby')!
  process.kill(spare.pid!, 'SIGSTOP')
  while (spare.isAnswering) await new Promise(resolve => fleet.once('message', resolve))
  process.kill(fleet.workers.find(worker => worker.state === 'ready')!.pid!, 'SIGKILL')
  await nextExit(fleet)
  await whenReady(fleet, 2)
  t.equal(spare.state, 'standby')
})
