// Values that are asked for again, over HTTP: from memory, the same bytes, and none when the cache is off.
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { ROOT_GROUP, serveEntries } from '../support/service-client.js'

t.test('a value is the same from the archive and from memory, whatever its length', async t => {
  const lengths = [0, 1, 300, 70_000, 2 * 1024 * 1024 + 1]
  const entries = lengths.map((length, i) => ({
    name: `c/${i}`,
    data: Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 7 + i + (at >> 8)) % 256)),
  }))
  const service = await serveEntries(t, [ROOT_GROUP, ...entries])
  const base = await service.listen()
  for (const { name, data } of entries) {
    const url = `${base}/zarr/a/${name}`
    const timings: string[] = []
    for (let round = 0; round < 4; round++) {
      const answer = await fetch(url)
      t.equal(answer.status, 200)
      t.equal(answer.headers.get('content-length'), String(data.length))
      t.equal(answer.headers.get('access-control-allow-origin'), '*')
      if (!Buffer.from(await answer.arrayBuffer()).equals(data)) t.fail(`${name}, round ${round}`)
      timings.push(answer.headers.get('server-timing') ?? '')
      const tag = answer.headers.get('etag') ?? ''
      const again = await fetch(url, { headers: { 'if-none-match': tag } })
      t.match([again.status, again.headers.get('etag')], [304, tag])
      const failed = await fetch(url, { headers: { 'if-match': '"other"' } })
      t.match([failed.status, ((await failed.json()) as { code: string }).code], [412, 'PRECONDITION_FAILED'])
      const head = await fetch(url, { method: 'HEAD' })
      t.match([head.status, head.headers.get('content-length')], [200, String(data.length)])
      if (data.length < 2) continue
      const part = await fetch(url, { headers: { range: 'bytes=1-2' } })
      t.same([part.status, Buffer.from(await part.arrayBuffer())], [206, data.subarray(1, 3)])
    }
    const fromMemory = timings.filter(timing => timing.includes('from memory')).length
    t.equal(fromMemory, data.length <= 2 * 1024 * 1024 ? 2 : 0, `${name}: ${timings}`)
  }
  t.strictSame(service.logged, [])
})

t.test('a deflated value and its gzip member are both kept, and neither is taken for the other', async t => {
  const data = 'deflated '.repeat(5000)
  const service = await serveEntries(t, [ROOT_GROUP, { name: 'c/0', data, method: 8 }])
  const timings: string[] = []
  for (let round = 0; round < 4; round++) {
    for (const coding of ['gzip', 'identity']) {
      const headers = { 'accept-encoding': coding }
      const answer = await service.app.inject({ url: '/zarr/a/c/0', headers })
      const body = coding === 'gzip' ? gunzipSync(answer.rawPayload).toString() : answer.body
      if (body !== data) t.fail(`${coding}, round ${round}`)
      timings.push(String(answer.headers['server-timing']))
    }
  }
  // Each of both is read once when it is asked for first, and the one that came first once more to be kept.
  t.equal(timings.filter(timing => timing.includes('from memory')).length, 5, timings.join())
})

t.test('nothing is kept in memory when the cache is off', async t => {
  const service = await serveEntries(t, [ROOT_GROUP, { name: 'c/0', data: 'value' }], { valueCacheBytes: 0 })
  for (let round = 0; round < 3; round++) {
    const answer = await service.app.inject({ url: '/zarr/a/c/0' })
    t.equal(answer.body, 'value')
    t.notMatch(answer.headers['server-timing'], 'memory')
  }
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
