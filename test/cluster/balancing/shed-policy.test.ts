// Tables of loads and what is shed; time is given.
import t from 'tap'
import {
  decideSheds,
  type Shed,
  ShedPolicy,
  type WorkerLoad,
} from '../../../src/cluster/balancing/shed-policy.js'

/** Workers 1, 2, ... as [utilisation, connections at work]. */
function loads(...workers: Array<readonly [utilisation: number, connections: number]>): WorkerLoad[] {
  return workers.map(([utilisation, connections], at) => ({
    worker: at + 1,
    utilisation,
    connections,
    hasRoom: true,
  }))
}

function sheds(...counts: Array<readonly [worker: number, count: number]>): Shed[] {
  return counts.map(([worker, count]) => ({ worker, count }))
}

t.test('a busy worker sheds what evens utilisation out', async t => {
  const cases: Array<[string, WorkerLoad[], Shed[]]> = [
    ['all on one of two', loads([1, 16], [0, 0]), sheds([1, 8])],
    ['all on the other', loads([0, 0], [1, 16]), sheds([2, 8])],
    ['all on one of four', loads([0, 0], [0, 0], [1, 16], [0, 0]), sheds([3, 12])],
    ['two of four', loads([1, 8], [1, 10], [0, 0], [0, 0]), sheds([1, 4], [2, 5])],
    ['not idle, but clearly less busy', loads([0.9, 10], [0.3, 4]), sheds([1, 3])],
    ['two connections', loads([1, 2], [0, 0]), sheds([1, 1])],
    ['an odd number: rounded down', loads([1, 5], [0, 0]), sheds([1, 2])],
    ['a small part of one connection too many is one', loads([1, 2], [1, 1], [1, 1], [0, 0]), sheds([1, 1])],
    ['and of all who have it, only one sheds', loads([1, 2], [1, 3], [1, 2], [0, 0]), sheds([2, 1])],
    ['beside a worker with one connection', loads([1, 1], [0.9, 6], [0, 0]), sheds([2, 1])],
  ]
  for (const [name, given, wanted] of cases) t.strictSame(decideSheds(given), wanted, name)
})

t.test('nothing is shed without a clear imbalance', async t => {
  const cases: Array<[string, WorkerLoad[]]> = [
    ['no worker', loads()],
    ['one worker', loads([1, 16])],
    ['nobody busy', loads([0, 0], [0, 0])],
    ['nobody busy enough', loads([0.59, 16], [0, 0])],
    ['both busy', loads([1, 12], [1, 4])],
    ['not less than half as busy', loads([0.9, 12], [0.45, 4])],
    ['all of the load on one connection', loads([1, 1], [0, 0])],
    ['busy without connections', loads([1, 0], [0, 0])],
    ['less busy than the mean', loads([1, 1], [1, 1], [0.6, 8], [0.25, 3])],
  ]
  for (const [name, given] of cases) t.strictSame(decideSheds(given), [], name)
})

t.test('nothing is shed while one of the workers would drop a connection', async t => {
  const [busy, idle] = loads([1, 16], [0, 0]) as [WorkerLoad, WorkerLoad]
  t.strictSame(decideSheds([busy, { ...idle, hasRoom: false }]), [])
  t.strictSame(decideSheds([{ ...busy, hasRoom: false }, idle]), [])
})

t.test('whatever the loads, no worker sheds all of its connections, nor more than it has', async t => {
  const steps = [0, 0.2, 0.6, 0.8, 1]
  for (const first of steps) {
    for (const second of steps) {
      for (let connections = 0; connections < 20; connections++) {
        for (const { count } of decideSheds(loads([first, connections], [second, 3], [0, 0]))) {
          t.ok(count > 0 && count < Math.max(connections, 3), `${first} ${second} ${connections}: ${count}`)
        }
      }
    }
  }
})

const UNEVEN = loads([1, 16], [0, 0])
const EVEN = loads([1, 8], [1, 8])

/** Times at which a policy sheds, told the same loads every 50 ms. */
function shedTimes(policy: ShedPolicy, given: WorkerLoad[], fromMs: number, untilMs: number): number[] {
  const times = []
  for (let atMs = fromMs; atMs <= untilMs; atMs += 50) {
    if (policy.decide(given, atMs).length > 0) times.push(atMs)
  }
  return times
}

t.test('an imbalance must last for two samples', async t => {
  const policy = new ShedPolicy()
  t.strictSame(policy.decide(UNEVEN, 0), [])
  t.strictSame(policy.decide(UNEVEN, 50), [])
  t.strictSame(policy.decide(UNEVEN, 100), sheds([1, 8]))
})

t.test('one that goes away in between is none', async t => {
  const policy = new ShedPolicy()
  t.strictSame(policy.decide(UNEVEN, 0), [])
  t.strictSame(policy.decide(EVEN, 50), [])
  t.strictSame(policy.decide(UNEVEN, 100), [])
})

t.test('an imbalance that shedding does not mend is tried less and less often', async t => {
  const times = shedTimes(new ShedPolicy(), UNEVEN, 0, 60_000)
  const pauses = times.slice(1).map((atMs, at) => atMs - times[at]!)
  t.strictSame(pauses, [300, 500, 900, 1700, 3300, 6500, 10_100, 10_100, 10_100, 10_100])
})

t.test('after a calm time an imbalance is a new one', async t => {
  const policy = new ShedPolicy()
  t.strictSame(shedTimes(policy, UNEVEN, 0, 2000), [100, 400, 900, 1800])
  // It rests until 3400.
  t.strictSame(shedTimes(policy, EVEN, 2050, 4450), [])
  t.strictSame(shedTimes(policy, UNEVEN, 4500, 5000), [4600, 4900])
})

interface Client {
  readonly weight: number
  worker: number
}

/** Clients on two workers, by the weight of their connections; those at the front answer first. */
function simulate(clients: Client[], rounds: number): number {
  const policy = new ShedPolicy()
  let moved = 0
  for (let round = 0; round < rounds; round++) {
    const workers = [1, 2].map(worker => clients.filter(client => client.worker === worker))
    const given = workers.map(own => {
      const weight = own.reduce((sum, each) => sum + each.weight, 0)
      return [Math.min(1, weight), own.length] as const
    })
    for (const { worker, count } of policy.decide(loads(...given), round * 50)) {
      for (const client of workers[worker - 1]!.slice(0, count)) {
        client.worker = 3 - worker
        // Whoever comes late is behind the others.
        clients.push(...clients.splice(clients.indexOf(client), 1))
        moved++
      }
    }
  }
  return moved
}

t.test('equal connections are even after one move, and stay', async t => {
  const clients = Array.from({ length: 16 }, () => ({ weight: 0.2, worker: 1 }))
  t.equal(simulate(clients, 1000), 8)
  t.equal(clients.filter(client => client.worker === 1).length, 8)
})

t.test('a heavy connection among light ones does not make them go to and fro', async t => {
  for (let heavy = 0; heavy < 20; heavy++) {
    const clients = Array.from({ length: 20 }, (_, at) => ({ weight: at === heavy ? 0.9 : 0.005, worker: 1 }))
    const moved = simulate(clients, 1200)
    t.ok(moved < 100, `${moved} moves in a minute`)
  }
})
