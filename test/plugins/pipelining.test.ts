// Several requests in one write on one connection: all are answered, in order, whatever kind of answer each has.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { fastify } from 'fastify'
import t from 'tap'
import { pipeliningPlugin } from '../../src/plugins/pipelining.js'
import { send } from '../../src/responses/send.js'
import { type RawAnswer, splitAnswers } from '../support/raw-answers.js'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'
import type { ZipEntry } from '../support/zip-writer.js'

/** 8 MiB in chunks of 1 MiB: more than a socket takes at once, and streamed. */
function largeArray(): ZipEntry[] {
  const metadata = {
    zarr_format: 3,
    node_type: 'array',
    shape: [8, 2 ** 18],
    data_type: 'int32',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [1, 2 ** 18] } },
    chunk_key_encoding: { name: 'default' },
    fill_value: 0,
    codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
  }
  const chunk = (row: number): Buffer => Buffer.from(new Int32Array(2 ** 18).fill(row + 1).buffer)
  const chunks = Array.from({ length: 8 }, (_, row) => ({ name: `large/c/${row}/0`, data: chunk(row) }))
  return [{ name: 'large/zarr.json', data: JSON.stringify(metadata) }, ...chunks]
}

const ENTRIES = [
  ROOT_GROUP,
  ...smallArray(),
  ...largeArray(),
  { name: 'deflated', data: Buffer.alloc(50_000, 'd'), method: 8 },
]

const BODY = '{"path":"x","slice":"0","format":"json"}'
const JSON_BODY = `Content-Type: application/json\r\nContent-Length: ${BODY.length}`
const CHUNKS = 'Content-Type: application/json\r\nTransfer-Encoding: chunked'

/** Method, path, headers and body of one request of every kind of answer. */
const KINDS: ReadonlyArray<readonly [string, string, string?, string?]> = [
  ['GET', '/zarr/a/zarr.json'],
  ['HEAD', '/zarr/a/zarr.json'],
  ['GET', '/zarr/a/x/c/0/0', 'If-None-Match: *'],
  ['GET', '/zarr/a/x/c/0/0', 'Range: bytes=4-11'],
  ['GET', '/zarr/a/x/c/0/0', 'Range: bytes=999-'],
  ['GET', '/zarr/a/large/c/0/0'],
  ['GET', '/zarr/a/deflated'],
  ['GET', '/zarr/a/deflated', 'Accept-Encoding: gzip'],
  ['GET', '/zarr/a/absent'],
  ['GET', '/zarr/a/malformed%'],
  ['GET', '/zarr/a/'],
  ['GET', '/zarr/a/.zmetadata'],
  ['GET', '/v1/stores/a/slice?path=x&format=json'],
  ['HEAD', '/v1/stores/a/slice?path=x'],
  ['GET', '/v1/stores/a/slice?path=large'],
  ['GET', '/v1/stores/a/chunk?path=x&index=0,0'],
  ['GET', '/v1/stores/a/metadata?path=x'],
  ['GET', '/v1/stores/a/nodes'],
  ['GET', '/v1/stores/none'],
  ['GET', '/v1/stores?x=1'],
  ['GET', '/files/a'],
  ['GET', '/files/a', 'Range: bytes=-100'],
  ['GET', '/'],
  ['OPTIONS', '/zarr/a/v'],
  ['QUERY', '/v1/stores'],
  ['PROPFIND', '/zarr/a/'],
  ['GET', `/v1/stores/${'x'.repeat(300)}`],
  ['GET', '/openapi.json'],
  ['GET', '/health/ready'],
  ['POST', '/v1/stores/a/slice', JSON_BODY, BODY],
  ['POST', '/v1/stores/a/slice', CHUNKS, `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`],
  ['POST', '/v1/stores', JSON_BODY, BODY],
  ['PUT', '/zarr/a/v', JSON_BODY, BODY],
]

const textOf = ([method, path, header, body = '']: (typeof KINDS)[number]): string =>
  `${method} ${path} HTTP/1.1\r\nHost: a\r\n${header === undefined ? '' : `${header}\r\n`}\r\n${body}`

/** Sends everything in one write; ends its own side behind it when that is asked for, else when all is there. */
async function ask(port: number, requests: typeof KINDS, { halfClose }: { halfClose: boolean }) {
  const methods = requests.map(([method]) => method)
  const text = requests.map(textOf).join('')
  const socket = connect(port, '127.0.0.1', () => (halfClose ? socket.end(text) : socket.write(text)))
  const answers: RawAnswer[] = []
  let rest: Buffer = Buffer.alloc(0)
  let unread: Buffer[] = []
  let missing = 1
  for await (const part of socket) {
    unread.push(part as Buffer)
    missing -= (part as Buffer).byteLength
    if (missing > 0) continue
    const split = splitAnswers(Buffer.concat([rest, ...unread]), methods.slice(answers.length))
    answers.push(...split.answers)
    rest = split.rest
    missing = split.missingBytes
    unread = []
    if (!halfClose && answers.length === requests.length) break
  }
  return answers
}

t.test('requests in one write are answered in order, as each is alone', async t => {
  const service = await serveEntries(t, ENTRIES)
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  const alone = []
  for (const kind of KINDS) alone.push((await ask(port, [kind], { halfClose: false }))[0])
  // Forth and back: every kind comes after every kind of its neighbours.
  const requests = [...KINDS, ...KINDS.toReversed()]
  for (const halfClose of [false, true]) {
    const answers = await ask(port, requests, { halfClose })
    t.equal(answers.length, requests.length, halfClose ? 'with a half-closed connection' : 'kept open')
    for (const [i, answer] of answers.entries()) {
      const expected = alone[i < KINDS.length ? i : 2 * KINDS.length - 1 - i]
      const name = textOf(requests[i]!).split('\r\n', 1)[0]
      t.equal(answer.status, expected?.status, name)
      t.equal(digestOf(answer.body), digestOf(expected?.body), name)
    }
  }
  const many = Array.from({ length: 500 }, () => KINDS[0]!)
  t.equal((await ask(port, many, { halfClose: false })).length, 500)
  t.strictSame(service.logged, [])
})

function digestOf(body: Buffer | undefined): string {
  const withoutId = (body ?? Buffer.alloc(0)).toString('latin1').replace(/"requestId":"[^"]*"/, '')
  return createHash('sha256').update(withoutId).digest('hex')
}

/** A server whose answers wait until they are let go, and how many were begun. */
async function serveHeld(test: { teardown(close: () => unknown): void }) {
  let letGo = (): void => undefined
  const held = new Promise<void>(resolve => {
    letGo = resolve
  })
  const state = { begun: 0, letGo }
  const app = fastify()
  await app.register(pipeliningPlugin)
  app.get('/', async () => {
    state.begun += 1
    await held
    return 'done'
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  test.teardown(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  const connected = once(app.server, 'connection') as Promise<[Socket]>
  const begun = once(app.server, 'request')
  const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  const [connection] = await connected
  return { state, app, client, connection, begun }
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

t.test('nothing is begun for requests whose client leaves before their turn', async t => {
  const { state, client, connection, begun } = await serveHeld(t)
  client.write(REQUEST.repeat(20))
  await begun
  const closed = new Promise(resolve => connection.once('close', resolve))
  client.resetAndDestroy()
  await closed
  state.letGo()
  await new Promise(resolve => setImmediate(resolve))
  t.equal(state.begun, 1)
})

t.test('a client that has left, and not only ended its side, stops the reading', async t => {
  const app = fastify()
  await app.register(pipeliningPlugin)
  let isEnded = false
  let end = (): void => undefined
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield Buffer.alloc(100_000)
    } finally {
      isEnded = true
      end()
    }
  }
  app.get('/', (_request, reply) => send(reply, { status: 200, head: [], body: { pieces: endless() } }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const { port } = app.server.address() as AddressInfo
  // It has received nothing before, so what the service sees first is the same as with a half-closed connection.
  const client = connect(port, '127.0.0.1', () => client.write(REQUEST.repeat(3), () => client.destroy()))
  await ended
  t.ok(isEnded, 'the source was told')
})

t.test(
  'a flood of requests behind an answer that takes long is not read, and answered in the end',
  async t => {
    const count = 5000
    const request = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(200)}\r\n\r\n`
    const { state, client, connection, begun } = await serveHeld(t)
    client.write(request.repeat(count))
    await begun
    const paused = connection.isPaused() || (await once(connection, 'pause'))
    t.ok(paused)
    t.ok(connection.bytesRead < (count * request.length) / 2, `${connection.bytesRead} bytes were read`)
    t.equal(state.begun, 1)
    state.letGo()
    let answered = 0
    let rest = ''
    for await (const part of client) {
      const ends = (rest + (part as Buffer).toString('latin1')).split('\r\n\r\ndone')
      answered += ends.length - 1
      rest = ends.at(-1) as string
      if (answered === count) break
    }
    t.equal(answered, count)
  },
)
