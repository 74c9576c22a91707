import t from 'tap'
import { type Flight, SingleFlight } from '../../src/memory/single-flight.js'

/** A load that ends when told to. */
function held() {
  let signal: AbortSignal | undefined
  let end: (values: string[]) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const done = new Promise<string[]>((resolve, reject) => {
    end = resolve
    fail = reject
  })
  const work = (flight: Flight): Promise<string[]> => {
    signal = flight.signal
    signal.addEventListener('abort', () => fail(new Error('the load was stopped')))
    return done
  }
  return {
    work,
    end: (...values: string[]) => end(values),
    fail: (e: Error) => fail(e),
    isStopped: () => signal?.aborted,
  }
}

t.test('who asks for what is being loaded gets the same load, by its own key', async t => {
  const loads = new SingleFlight<string>()
  const load = held()
  const first = loads.start(['a', 'b'], load.work)
  const second = loads.join('b')
  t.equal(loads.join('c'), undefined)
  load.end('A', 'B')
  t.same(await first, ['A', 'B'])
  t.equal(await second, 'B')
  t.equal(loads.join('a'), undefined, 'a finished load is nobody’s any more')
})

t.test('a failure reaches everybody who waits, and is not kept', async t => {
  const loads = new SingleFlight<string>()
  const load = held()
  const waiting = [loads.start(['a'], load.work), loads.join('a')]
  load.fail(new Error('broken'))
  for (const one of waiting) await t.rejects(one as Promise<unknown>, { message: 'broken' })
  t.equal(loads.join('a'), undefined)
})

t.test('the load goes on while anybody waits, and is stopped by the last one who leaves', async t => {
  const loads = new SingleFlight<string>()
  const load = held()
  const [one, two] = [new AbortController(), new AbortController()]
  const first = loads.start(['a'], load.work, one)
  const second = loads.join('a', two)
  one.abort(new Error('one left'))
  await t.rejects(Promise.resolve(first), { message: 'one left' })
  t.equal(load.isStopped(), false)
  two.abort(new Error('two left'))
  await t.rejects(second as Promise<string>, { message: 'two left' })
  t.equal(load.isStopped(), true)
  t.equal(loads.join('a'), undefined, 'nobody joins a stopped load')
  const again = held()
  const third = loads.start(['a'], again.work)
  again.end('A')
  t.same(await third, ['A'])
})

t.test('who has left already waits for nothing', async t => {
  const loads = new SingleFlight<string>()
  const load = held()
  await t.rejects(
    Promise.resolve(loads.start(['a'], load.work, { signal: AbortSignal.abort(new Error('gone')) })),
    { message: 'gone' },
  )
  t.equal(load.isStopped(), true)
})

t.test('what is there at once is answered at once, and nobody can join it', async t => {
  const loads = new SingleFlight<string>()
  const values = loads.start(['a'], () => ['A'])
  t.same(values, ['A'])
  t.equal(loads.join('a'), undefined)
})

t.test('a value that several get is told of before any of them has it, no other is', async t => {
  const shared: string[] = []
  const loads = new SingleFlight<string>(value => shared.push(value))
  const load = held()
  const both = [loads.start(['a'], load.work), loads.join('a')].map(async one => {
    await one
    return [...shared]
  })
  load.end('A')
  t.same(await Promise.all(both), [['A'], ['A']])
  const alone = held()
  const third = loads.start(['b'], alone.work)
  alone.end('B')
  await third
  t.same(shared, ['A'])
})
