// Every refusal is a problem document with a documented code, CORS and a request id, whoever notices what is wrong:
// a route, Fastify's router, Node's HTTP parser or its time-outs.
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { ERRORS, type ErrorCode } from '../../src/errors.js'
import { type RawAnswer, splitAnswers } from '../support/raw-answers.js'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'

const ENTRIES = [ROOT_GROUP, ...smallArray()]
const HOST = 'Host: a\r\n'
const OK = `GET /zarr/a/zarr.json HTTP/1.1\r\n${HOST}\r\n`
const SLICE = `POST /v1/stores/a/slice HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`

/** Sends the text, ends its own side, and answers what came until the service closed. */
function exchange(port: number, text: string, { halfClose = true } = {}): Promise<RawAnswer[]> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => (halfClose ? socket.end(text) : socket.write(text)))
    socket.on('data', part => parts.push(part))
    socket.on('error', reject)
    socket.on('end', () => {
      socket.destroy()
      resolve(splitAnswers(Buffer.concat(parts), []).answers)
    })
  })
}

const CASES: ReadonlyArray<readonly [string, ErrorCode, string]> = [
  ['a malformed escape in a key', 'BAD_REQUEST', `GET /zarr/a/a%/0 HTTP/1.1\r\n${HOST}\r\n`],
  ['a malformed escape in a store id', 'BAD_REQUEST', `GET /v1/stores/%zz HTTP/1.1\r\n${HOST}\r\n`],
  ['a malformed escape of no route', 'BAD_REQUEST', `GET /no%where HTTP/1.1\r\n${HOST}\r\n`],
  ['a malformed escape in a preflight', 'BAD_REQUEST', `OPTIONS /zarr/a/%f HTTP/1.1\r\n${HOST}\r\n`],
  ['UTF-8 that is none, in a key', 'BAD_REQUEST', `GET /zarr/a/%FF/0 HTTP/1.1\r\n${HOST}\r\n`],
  ['UTF-8 that is overlong', 'BAD_REQUEST', `GET /files/%C0%AF HTTP/1.1\r\n${HOST}\r\n`],
  ['UTF-8 of a surrogate', 'BAD_REQUEST', `GET /zarr/%ED%A0%80/v HTTP/1.1\r\n${HOST}\r\n`],
  [
    'a malformed escape in the query',
    'BAD_REQUEST',
    `GET /v1/stores/a/slice?path=x% HTTP/1.1\r\n${HOST}\r\n`,
  ],
  [
    'UTF-8 that is none, in the query',
    'BAD_REQUEST',
    `GET /v1/stores/a/nodes?path=%E4 HTTP/1.1\r\n${HOST}\r\n`,
  ],
  ['bytes beyond ASCII', 'BAD_REQUEST', `GET /zarr/a/\xff HTTP/1.1\r\n${HOST}\r\n`],
  [
    'a store id that is too long',
    'STORE_NOT_FOUND',
    `GET /v1/stores/${'a'.repeat(256)} HTTP/1.1\r\n${HOST}\r\n`,
  ],
  ['one of another face', 'STORE_NOT_FOUND', `GET /zarr/${'a'.repeat(3000)}/v HTTP/1.1\r\n${HOST}\r\n`],
  ['an unknown store', 'STORE_NOT_FOUND', `GET /v1/stores/${'a'.repeat(255)} HTTP/1.1\r\n${HOST}\r\n`],
  ['an unknown route', 'ROUTE_NOT_FOUND', `GET /v9 HTTP/1.1\r\n${HOST}\r\n`],
  [
    'an unknown route with a body',
    'ROUTE_NOT_FOUND',
    `POST /v9 HTTP/1.1\r\n${HOST}Content-Length: 1\r\n\r\nx`,
  ],
  ['no Host', 'BAD_REQUEST', 'GET / HTTP/1.1\r\n\r\n'],
  ['two Hosts', 'BAD_REQUEST', `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`],
  ['no HTTP', 'BAD_REQUEST', 'NONSENSE\r\n\r\n'],
  ['TLS', 'BAD_REQUEST', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['HTTP/2', 'BAD_REQUEST', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a request that ends in its head', 'BAD_REQUEST', 'GET / HTTP/1.1\r\nHo'],
  ['a request that ends in its body', 'BAD_REQUEST', `${SLICE}Content-Length: 20\r\n\r\n{`],
  ['a header with a NUL', 'BAD_REQUEST', `GET / HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`],
  ['a length that is none', 'BAD_REQUEST', `${SLICE}Content-Length: x\r\n\r\n`],
  ['two lengths', 'BAD_REQUEST', `${SLICE}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
  [
    'a length and chunks',
    'BAD_REQUEST',
    `${SLICE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['a chunk that is none', 'BAD_REQUEST', `${SLICE}Transfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n`],
  ['JSON that is none', 'BAD_REQUEST', `${SLICE}Content-Length: 1\r\n\r\n{`],
  ['another body', 'UNSUPPORTED_MEDIA_TYPE', `${SLICE.replace('json', 'xml')}Content-Length: 2\r\n\r\n{}`],
  ['a large body', 'BODY_TOO_LARGE', `${SLICE}Content-Length: 2000000\r\n\r\n${' '.repeat(2_000_000)}`],
  ['an expectation', 'EXPECTATION_FAILED', `${SLICE}Expect: lunch\r\nContent-Length: 2\r\n\r\n`],
  ['large headers', 'HEADERS_TOO_LARGE', `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(2_000_000)}\r\n\r\n`],
  ['a large URL', 'URI_TOO_LONG', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`],
]

/** Those Node's parser knows, and some that it does not. */
const METHODS = [
  'QUERY',
  'PROPFIND',
  'PATCH',
  'PUT',
  'TRACE',
  'CONNECT',
  'M-SEARCH',
  'FOO',
  'get',
  'A!#$%&*+.^_`|~-',
]

function checkProblem(
  test: Pick<typeof t, 'match'>,
  answer: RawAnswer | undefined,
  [name, code]: readonly [string, ErrorCode],
): void {
  const { status } = ERRORS[code]
  const body = JSON.parse(answer?.body.toString() ?? '{}')
  test.match(
    body,
    { code, status, type: `/errors#${code}`, requestId: answer?.headers['x-request-id'] },
    name,
  )
  test.match(answer, { status, headers: HEADERS }, name)
}

const HEADERS = {
  'content-type': 'application/problem+json',
  'access-control-allow-origin': '*',
  'x-content-type-options': 'nosniff',
  'x-request-id': /^[\w-]{1,64}$/,
  'cache-control': 'no-store',
  date: / GMT$/,
}

t.test('whatever is refused is a problem with CORS and a request id', async t => {
  const service = await serveEntries(t, ENTRIES, { apiKeys: [] })
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  for (const [name, code, text] of CASES) {
    const answers = await exchange(port, text)
    t.equal(answers.length, 1, name)
    checkProblem(t, answers[0], [name, code])
  }
  t.strictSame(service.logged, [])
})

t.test('it is answered behind the answers to what came before on the connection', async t => {
  const service = await serveEntries(t, ENTRIES)
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  for (const [name, code, text] of CASES) {
    const answers = await exchange(port, OK.repeat(3) + text)
    t.strictSame(
      answers.map(answer => answer.status),
      [200, 200, 200, ERRORS[code].status],
      name,
    )
    checkProblem(t, answers[3], [name, code])
  }
})

t.test('a method no route has is a 405 that names those there are, known to the parser or not', async t => {
  const service = await serveEntries(t, ENTRIES)
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  const targets = [
    '/v1/stores',
    'http://a/v1/stores',
    '/v1/stores?limit=1',
    '/zarr/a/x/c/0/0',
    '/files/a',
    '/health/live',
    '/',
  ]
  for (const method of METHODS) {
    for (const target of targets) {
      const body = 'Content-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\nabc'
      const [answer] = await exchange(port, `${method} ${target} HTTP/1.1\r\n${HOST}${body}`)
      const allow = target.includes('/v1/stores') ? 'GET, HEAD, OPTIONS, POST' : 'GET, HEAD, OPTIONS'
      t.match(answer?.headers, { allow }, `${method} ${target}`)
      checkProblem(t, answer, [`${method} ${target}`, 'METHOD_NOT_ALLOWED'])
    }
    const [answer] = await exchange(port, `${method} /nowhere HTTP/1.1\r\n${HOST}\r\n`)
    checkProblem(t, answer, [method, 'ROUTE_NOT_FOUND'])
  }
})

t.test('a request that does not arrive in time is told so', async t => {
  const service = await serveEntries(t, ENTRIES, { headersTimeoutMs: 100, requestTimeoutMs: 100 })
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  for (const text of ['GET / HTTP/1.1\r\nHo', `${SLICE}Content-Length: 20\r\n\r\n{`]) {
    const [answer] = await exchange(port, text, { halfClose: false })
    checkProblem(t, answer, [text, 'REQUEST_TIMEOUT'])
  }
})

t.test('an upgrade, and a proxy’s form of the target, are answered as any request', async t => {
  const service = await serveEntries(t, ENTRIES)
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
  for (const text of [
    `GET /v1/stores HTTP/1.1\r\n${HOST}${upgrade}\r\n`,
    `GET http://a/v1/stores HTTP/1.1\r\n${HOST}\r\n`,
    'GET /v1/stores HTTP/1.0\r\n\r\n',
  ]) {
    t.match(
      await exchange(port, text),
      [{ status: 200, headers: { 'access-control-allow-origin': '*' } }],
      text,
    )
  }
  t.match(await exchange(port, `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`), [{ status: 204 }])
})

t.test('what comes while the service closes is answered, and closes its connection', async t => {
  const service = await serveEntries(t, ENTRIES)
  await service.listen()
  const { port } = service.app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  // The head of a first request keeps the connection from being idle.
  socket.write('GET /v1/stores HTTP/1.1\r\nHost: a\r\n')
  await new Promise(resolve => service.app.server.once('connection', resolve))
  const closed = service.app.close()
  socket.write('\r\n')
  const parts: Buffer[] = []
  for await (const part of socket) parts.push(part as Buffer)
  const [answer] = splitAnswers(Buffer.concat(parts), []).answers
  t.match(answer, { status: 200, headers: { connection: 'close', 'access-control-allow-origin': '*' } })
  await closed
})
