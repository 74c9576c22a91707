import t from 'tap'
import { ByteBudget } from '../../src/memory/byte-budget.js'

/** Work that ends when told to. */
function held(): { work: () => Promise<string>; end: (text?: string) => void; isRunning: () => boolean } {
  let isRunning = false
  let end: (text: string) => void = () => undefined
  const done = new Promise<string>(resolve => {
    end = resolve
  })
  const work = (): Promise<string> => {
    isRunning = true
    return done
  }
  return { work, end: (text = 'done') => end(text), isRunning: () => isRunning }
}

const settle = () => new Promise(resolve => setImmediate(resolve))

t.test('work waits until its bytes fit, first come, first served', async t => {
  const budget = new ByteBudget(10)
  const [large, small, tiny] = [held(), held(), held()]
  const results = [budget.run(8, large.work), budget.run(5, small.work), budget.run(1, tiny.work)]
  await settle()
  t.same(
    [large, small, tiny].map(one => one.isRunning()),
    [true, false, false],
    'the tiny one does not overtake',
  )
  large.end()
  await settle()
  t.same(
    [small, tiny].map(one => one.isRunning()),
    [true, true],
  )
  t.equal(budget.takenBytes, 6)
  small.end('a')
  tiny.end('b')
  t.same(await Promise.all(results), ['done', 'a', 'b'])
  t.equal(budget.takenBytes, 0)
})

t.test('what is larger than the budget runs alone', async t => {
  const budget = new ByteBudget(10)
  const [huge, other] = [held(), held()]
  const results = [budget.run(1000, huge.work), budget.run(1, other.work)]
  await settle()
  t.same(
    [huge, other].map(one => one.isRunning()),
    [true, false],
  )
  huge.end()
  await settle()
  t.ok(other.isRunning())
  other.end()
  await Promise.all(results)
  t.equal(budget.takenBytes, 0)
})

t.test('failed work gives its bytes back', async t => {
  const budget = new ByteBudget(10)
  await t.rejects(Promise.resolve(budget.run(10, () => Promise.reject(new Error('failed')))), {
    message: 'failed',
  })
  t.equal(budget.takenBytes, 0)
})

t.test('who leaves the queue lets the others pass', async t => {
  const budget = new ByteBudget(10)
  const [running, leaving, next] = [held(), held(), held()]
  const controller = new AbortController()
  const first = budget.run(5, running.work)
  const left = Promise.resolve(budget.run(10, leaving.work, controller))
  const last = budget.run(5, next.work)
  left.catch(() => undefined)
  controller.abort(new Error('left'))
  await t.rejects(left, { message: 'left' })
  t.ok(next.isRunning())
  t.notOk(leaving.isRunning())
  running.end()
  next.end()
  await Promise.all([first, last])
  t.equal(budget.takenBytes, 0)
  const again = budget.run(10, held().work)
  await t.rejects(
    Promise.resolve(budget.run(1, leaving.work, controller)),
    { message: 'left' },
    'and so does who comes too late',
  )
  t.notOk(leaving.isRunning())
  t.ok(again instanceof Promise)
})

t.test('work that fits and is done at once is answered at once, and gives its bytes back', async t => {
  const budget = new ByteBudget(10)
  t.equal(
    budget.run(4, () => budget.takenBytes),
    4,
  )
  t.equal(budget.takenBytes, 0)
  t.throws(
    () =>
      budget.run(4, () => {
        throw new Error('failed')
      }),
    { message: 'failed' },
  )
  t.equal(budget.takenBytes, 0)
})
