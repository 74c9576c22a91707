import t from 'tap'
import { ScanLoop } from '../../../src/registry/discovery/scan-loop.js'

const never = (error: unknown) => {
  throw error
}

t.test('scans never overlap, and who asks during one gets one that starts after the call', async t => {
  let running = 0
  let count = 0
  let later: Promise<void> | undefined
  const loop = new ScanLoop({
    periodMs: undefined,
    onFailure: never,
    scan: async () => {
      t.equal(++running, 1)
      if (++count === 1) later = loop.now()
      await new Promise(resolve => setTimeout(resolve, 5))
      running--
      return undefined
    },
  })
  t.teardown(() => loop.close())
  await loop.now()
  t.equal(count, 1)
  await later
  t.equal(count, 2)
})

t.test('a scan that wants to be called again is, and the period calls the rest', async t => {
  const wanted = [1, 1, undefined]
  const seen: number[] = []
  await new Promise<void>(resolve => {
    const loop = new ScanLoop({
      periodMs: 20,
      onFailure: never,
      scan: async () => {
        seen.push(seen.length)
        if (seen.length === 6) resolve()
        return wanted[seen.length - 1]
      },
    })
    t.teardown(() => loop.close())
    loop.request(0)
  })
  t.equal(seen.length, 6)
})

t.test('a scan that fails is told of and does not end the loop', async t => {
  const failures: unknown[] = []
  let count = 0
  await new Promise<void>(resolve => {
    const loop = new ScanLoop({
      periodMs: 5,
      onFailure: error => failures.push(error),
      scan: async () => {
        count++
        if (count === 1) throw new Error('the first one fails')
        resolve()
        return undefined
      },
    })
    t.teardown(() => loop.close())
    loop.request(0)
  })
  t.equal(failures.length, 1)
})

t.test('a closed loop scans no more', async t => {
  let count = 0
  const loop = new ScanLoop({ periodMs: 1, onFailure: never, scan: async () => void count++ })
  await loop.now()
  await loop.close()
  const before = count
  loop.request(0)
  await loop.now()
  await new Promise(resolve => setTimeout(resolve, 10))
  t.equal(count, before)
})
