// The access log: nothing unless asked for, one line per request, no secrets.
import t from 'tap'
import { serveEntries } from '../support/service-client.js'

t.test('each request is one line, without its key', async t => {
  const lines: string[] = []
  const accessLogStream = { write: (line: string) => void lines.push(line) }
  const entries = [{ name: 'v', data: 'value' }]
  const { app } = await serveEntries(t, entries, { accessLog: true }, { accessLogStream })
  await app.inject({ url: '/zarr/a/v?x=1&api_key=secret&y=2', headers: { authorization: 'Bearer secret' } })
  await app.inject({ method: 'HEAD', url: '/zarr/a/w' })
  t.equal(lines.length, 2)
  const [read, missing] = lines.map(line => JSON.parse(line))
  t.match(read, {
    method: 'GET',
    url: '/zarr/a/v?x=1&api_key=…&y=2',
    status: 200,
    bytes: 5,
    requestId: String,
    time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    role: 'worker',
    worker: 7,
  })
  t.match(missing, { method: 'HEAD', status: 404 })
  t.notMatch(lines.join(''), 'secret')
})

t.test('a request the router refuses is a line too, and no spelling of a key is in it', async t => {
  const lines: string[] = []
  const accessLogStream = { write: (line: string) => void lines.push(line) }
  const { app } = await serveEntries(t, [], { accessLog: true }, { accessLogStream })
  const urls = [
    '/zarr/a/a%?api%5Fkey=secret',
    `/files/${'x'.repeat(300)}?api_key=secret`,
    '/nothing?API_KEY=secret',
  ]
  const details = []
  for (const url of urls) details.push((await app.inject({ url })).body)
  t.match(
    lines.map(line => JSON.parse(line)),
    [{ status: 400 }, { status: 404 }, { status: 404 }],
  )
  t.notMatch([...lines, ...details].join(''), 'secret')
})

t.test('a streamed answer is a line too', async t => {
  const lines: string[] = []
  const entries = [{ name: 'v', data: Buffer.alloc(1_000_000) }]
  const accessLogStream = { write: (line: string) => void lines.push(line) }
  const service = await serveEntries(t, entries, { accessLog: true }, { accessLogStream })
  const answer = await fetch(`${await service.listen()}/files/a`)
  const { byteLength } = await answer.arrayBuffer()
  // The line is written when the answer is over on the server's side.
  while (lines.length === 0) await new Promise(resolve => setImmediate(resolve))
  t.match(JSON.parse(lines[0] ?? '{}'), { url: '/files/a', status: 200, bytes: byteLength })
})

t.test('without being asked for nothing is written', async t => {
  const lines: string[] = []
  const accessLogStream = { write: (line: string) => void lines.push(line) }
  const { app, logged } = await serveEntries(t, [], {}, { accessLogStream })
  await app.inject({ url: '/' })
  await app.inject({ url: '/nothing' })
  t.strictSame([lines, logged], [[], []])
})
