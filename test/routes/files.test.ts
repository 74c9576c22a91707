// The archive itself, whole and in ranges, to many readers at once.
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import t from 'tap'
import { serveEntries } from '../support/service-client.js'

t.test('the archive passes byte for byte, and by range', async t => {
  const { app, file } = await serveEntries(t, [{ name: 'v', data: Buffer.alloc(700_000, 'v') }])
  const bytes = readFileSync(file)
  const whole = await app.inject({ url: '/files/a' })
  t.ok(whole.rawPayload.equals(bytes))
  t.match(whole.headers, {
    'content-type': 'application/zip',
    'content-length': String(bytes.byteLength),
    'content-disposition': /filename="a\.zip"/,
    'accept-ranges': 'bytes',
  })
  const tail = await app.inject({ url: '/files/a', headers: { range: 'bytes=-22' } })
  t.equal(tail.statusCode, 206)
  t.ok(tail.rawPayload.equals(bytes.subarray(-22)))
  const part = await app.inject({ url: '/files/a', headers: { range: 'bytes=1000-599999' } })
  t.ok(part.rawPayload.equals(bytes.subarray(1000, 600_000)))
  t.equal(part.headers['content-range'], `bytes 1000-599999/${bytes.byteLength}`)
  t.match(await app.inject({ url: '/files/a', headers: { range: 'bytes=9999999-' } }), { statusCode: 416 })
  const head = await app.inject({ method: 'HEAD', url: '/files/a' })
  t.match(head, { statusCode: 200, headers: { 'content-length': String(bytes.byteLength) } })
  const etag = whole.headers.etag as string
  t.match(await app.inject({ url: '/files/a', headers: { 'if-none-match': etag } }), { statusCode: 304 })
  t.match(await app.inject({ url: '/files/b' }), { statusCode: 404 })
})

t.test('a client that leaves in the middle harms no other reader', async t => {
  const service = await serveEntries(t, [{ name: 'v', data: Buffer.alloc(20_000_000, 'v') }])
  const base = await service.listen()
  const bytes = readFileSync(service.file)
  const leave = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const asked = request(`${base}/files/a`, answer => {
        answer.once('data', () => answer.destroy())
        answer.once('close', resolve)
      })
      asked.on('error', reject).end()
    })
  const read = async (): Promise<boolean> => {
    const answer = await fetch(`${base}/files/a`)
    return Buffer.from(await answer.arrayBuffer()).equals(bytes)
  }
  const [, , first, second] = await Promise.all([leave(), leave(), read(), read()])
  t.ok(first)
  t.ok(second)
  t.ok(await read(), 'the descriptor is still open')
  t.strictSame(service.logged, [], 'a client that leaves is not an error')
})
