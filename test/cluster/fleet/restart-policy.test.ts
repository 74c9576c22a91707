// Tables of deaths and what the policy says; time and chance are given.
import t from 'tap'
import { RestartPolicy, type WorkerDeath } from '../../../src/cluster/fleet/restart-policy.js'

const noJitter = { random: () => 1 }

function servingPolicy(): RestartPolicy {
  const policy = new RestartPolicy(noJitter)
  policy.onReady()
  return policy
}

function death(atMs: number, readyForMs: number | undefined, wasKilled = false): WorkerDeath {
  return { atMs, readyForMs, wasKilled }
}

t.test('a crash before any worker was ever ready stops the service', async t => {
  t.same(new RestartPolicy().onDeath(death(10, undefined)), { action: 'stop' })
})

t.test('a worker killed from outside before any was ready is tried again', async t => {
  t.match(new RestartPolicy(noJitter).onDeath(death(10, undefined, true)), {
    action: 'restart',
    delayMs: 0,
  })
})

t.test('the first death after a healthy run restarts at once', async t => {
  t.same(servingPolicy().onDeath(death(60_000, 59_000)), { action: 'restart', delayMs: 0, alarm: false })
})

t.test('deaths at the start back off, doubling up to 30 s', async t => {
  const policy = servingPolicy()
  const delays = Array.from({ length: 11 }, (_, i) => {
    const decision = policy.onDeath(death(i * 100_000, undefined))
    return decision.action === 'restart' ? decision.delayMs : 'stop'
  })
  t.same(delays, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
})

t.test('a healthy run resets the back-off', async t => {
  const policy = servingPolicy()
  policy.onDeath(death(0, undefined))
  policy.onDeath(death(50_000, 10))
  policy.onDeath(death(100_000, 5000))
  t.match(policy.onDeath(death(150_000, undefined)), { delayMs: 100 })
})

t.test('jitter takes away at most half of a delay', async t => {
  for (const [random, delayMs] of [
    [0, 50],
    [0.5, 75],
    [1, 100],
  ] as const) {
    const policy = new RestartPolicy({ random: () => random })
    policy.onReady()
    t.match(policy.onDeath(death(0, undefined)), { delayMs }, `random ${random}`)
  }
})

t.test('five crashes in 30 s raise the alarm and slow the restarts, until the window is clear', async t => {
  const policy = servingPolicy()
  const decisions = [0, 5000, 10_000, 15_000, 20_000].map(atMs => policy.onDeath(death(atMs, 4000)))
  t.same(
    decisions.map(decision => decision.action === 'restart' && [decision.delayMs, decision.alarm]),
    [
      [0, false],
      [0, false],
      [0, false],
      [0, false],
      [30_000, true],
    ],
  )
  t.equal(policy.isStorm(20_000), true)
  t.equal(policy.isStorm(31_000), false)
  t.same(policy.onDeath(death(60_000, 9000)), { action: 'restart', delayMs: 0, alarm: false })
})

t.test('workers killed from outside raise the alarm but are replaced at once, however many', async t => {
  const policy = servingPolicy()
  const decisions = Array.from({ length: 60 }, (_, i) => policy.onDeath(death(i * 500, 700, true)))
  t.ok(decisions.every(decision => decision.action === 'restart' && decision.delayMs === 0))
  t.match(decisions.at(-1), { alarm: true })
  t.equal(policy.isStorm(30_000), false)
})

t.test('a worker killed while it comes up is replaced at once too, and slows nothing after it', async t => {
  const policy = servingPolicy()
  for (let i = 0; i < 100; i++) {
    const readyForMs = [undefined, 0, 10, 200][i % 4]
    t.match(policy.onDeath(death(i * 100, readyForMs, true)), { action: 'restart', delayMs: 0 })
  }
  t.match(policy.onDeath(death(10_000, 5000)), { delayMs: 0 })
  t.match(policy.onDeath(death(10_100, undefined)), { delayMs: 100 }, 'the first step of the back-off')
})
