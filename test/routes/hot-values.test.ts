// Values in memory for the raw route: per store object, small ones only, bounded, in memory of their own.
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { HotValues } from '../../routes/hot-values.js'
import type { StoreKey } from '../../src/store/keys.js'
import type { ReadableStore } from '../../src/store/store.js'
import { ROOT_GROUP, serveEntries } from '../support/service-client.js'

const key = (text: string) => text as StoreKey
const storeObject = (id: string) => ({ id }) as ReadableStore

t.test('a value is kept for the store object it came from, and for no other', async t => {
  const hot = new HotValues()
  const [before, after] = [storeObject('a'), storeObject('a')]
  hot.set(before, key('c/0'), Buffer.from('old'))
  t.equal(String(hot.get(before, key('c/0'))), 'old')
  t.equal(hot.get(after, key('c/0')), undefined, 'a new state of the archive starts empty')
  hot.set(after, key('c/0'), Buffer.from('new'))
  t.equal(String(hot.get(before, key('c/0'))), 'old')
  t.equal(String(hot.get(after, key('c/0'))), 'new')
})

t.test('large values are not kept, small ones in memory of their own', async t => {
  const hot = new HotValues()
  const store = storeObject('a')
  hot.set(store, key('large'), Buffer.alloc(64 * 1024 + 1))
  t.equal(hot.get(store, key('large')), undefined)
  const block = Buffer.alloc(1024 * 1024, 1)
  hot.set(store, key('small'), block.subarray(10, 20))
  t.same(hot.get(store, key('small')), Buffer.alloc(10, 1))
  t.equal(hot.get(store, key('small'))?.buffer.byteLength, 10)
})

t.test('the least recently used go when 32 MiB are full', async t => {
  const hot = new HotValues()
  const store = storeObject('a')
  for (let i = 0; i < 1000; i++) hot.set(store, key(`c/${i}`), Buffer.alloc(64 * 1024))
  t.equal(hot.get(store, key('c/0')), undefined)
  t.ok(hot.get(store, key('c/999')))
  const kept = Array.from({ length: 1000 }, (_, i) => hot.get(store, key(`c/${i}`))).filter(value => value)
  t.ok(kept.length > 400 && kept.length <= 512, String(kept.length))
})

t.test('values too large to be kept share pooled memory, and no answer has the bytes of another', async t => {
  // More than the system takes for a client that does not read.
  const values = Array.from({ length: 4 }, (_, i) => Buffer.alloc(4_000_000, i + 1))
  const service = await serveEntries(t, [ROOT_GROUP, ...values.map((data, i) => ({ name: `c/${i}`, data }))])
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  for (let round = 0; round < 2; round++) {
    // All have their heads, and most of their bytes still to come, before anybody reads.
    const heads: IncomingMessage[] = []
    for (let i = 0; i < 8; i++) {
      const asked = get({ port, path: `/zarr/a/c/${i % 4}`, agent: false })
      heads.push((await once(asked, 'response'))[0] as IncomingMessage)
    }
    for (const [i, head] of heads.entries()) {
      const value = values[i % 4] as Buffer
      if (!(await buffer(head)).equals(value)) t.fail(`round ${round}, answer ${i}`)
    }
  }
  t.strictSame(service.logged, [])
})
