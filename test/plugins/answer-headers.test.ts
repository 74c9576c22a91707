// What every answer carries, errors included.
import t from 'tap'
import { serveEntries } from '../support/service-client.js'

t.test('every answer carries a request id, CORS and no-sniff, whatever its status', async t => {
  const { app } = await serveEntries(t, [{ name: 'v', data: 'value' }])
  const urls = [
    '/',
    '/zarr/a/v',
    '/zarr/a/w',
    '/nothing',
    '/v1/stores?x=1',
    '/v1/stores/a/slice',
    '/files/a',
    '/healthz',
  ]
  for (const url of urls) {
    const { headers } = await app.inject({ url, headers: { origin: 'http://page.example' } })
    t.match(
      headers,
      {
        'x-request-id': /^[\w-]{1,64}$/,
        'access-control-allow-origin': '*',
        'access-control-expose-headers': /ETag, Content-Range.*Zarr-Shape/,
        'x-content-type-options': 'nosniff',
        'server-timing': /^(?:lookup|read|total);dur=\d/,
      },
      url,
    )
  }
})

t.test('a well-formed request id is taken over, any other is replaced', async t => {
  const { app } = await serveEntries(t, [])
  const idFor = async (given: string) =>
    (await app.inject({ url: '/nothing', headers: { 'x-request-id': given } })).json().requestId
  t.equal(await idFor('abc-DEF_123'), 'abc-DEF_123')
  for (const bad of ['a b', 'x'.repeat(65), 'a"b', '']) t.not(await idFor(bad), bad)
  t.not(await idFor(''), await idFor(''), 'ids differ')
})

t.test('a preflight allows what data clients send', async t => {
  const { app } = await serveEntries(t, [])
  for (const url of ['/zarr/a/v', '/v1/stores/a/slice', '/anything']) {
    const answer = await app.inject({
      method: 'OPTIONS',
      url,
      headers: {
        origin: 'http://x.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'range',
      },
    })
    t.match(
      answer,
      { statusCode: 204, body: '', headers: { 'access-control-allow-methods': /GET, HEAD/ } },
      url,
    )
    t.match(answer.headers['access-control-allow-headers'], /Range.*If-None-Match.*Authorization/)
    t.match(
      answer.headers['access-control-allow-headers'],
      /^\*.*Cache-Control, Pragma.*traceparent, tracestate/,
    )
    t.equal(answer.headers['access-control-allow-private-network'], undefined)
  }
})

t.test('a public page may ask a service of a private network, where its browser asks for that', async t => {
  const ask = async (corsOrigin: string) => {
    const { app } = await serveEntries(t, [], { corsOrigin })
    const headers = {
      'access-control-request-method': 'GET',
      'access-control-request-private-network': 'true',
    }
    const answer = await app.inject({ method: 'OPTIONS', url: '/zarr/a/v', headers })
    return answer.headers['access-control-allow-private-network']
  }
  t.equal(await ask('*'), 'true')
  t.equal(await ask('https://viewer.example'), 'true')
  t.equal(await ask('none'), undefined)
})

t.test('CORS can be narrowed to one origin, or turned off', async t => {
  const one = await serveEntries(t, [{ name: 'v', data: 'x' }], { corsOrigin: 'https://viewer.example' })
  const { headers } = await one.app.inject({ url: '/zarr/a/v' })
  t.match(headers, { 'access-control-allow-origin': 'https://viewer.example', vary: 'Origin' })
  const off = await serveEntries(t, [], { corsOrigin: 'none' })
  t.equal((await off.app.inject({ url: '/' })).headers['access-control-allow-origin'], undefined)
})

t.test('a draining process asks its clients to close', async t => {
  const { app, health } = await serveEntries(t, [{ name: 'v', data: 'x' }])
  t.equal((await app.inject({ url: '/zarr/a/v' })).headers.connection, 'keep-alive')
  health.isDraining = true
  t.equal((await app.inject({ url: '/zarr/a/v' })).headers.connection, 'close')
  t.match(await app.inject({ url: '/health/ready' }), { statusCode: 503, body: /draining/ })
  t.match(await app.inject({ url: '/health/live' }), { statusCode: 200 })
})

t.test('a wrong method is a 405 that names the right ones; an unknown path is a 404', async t => {
  const { app } = await serveEntries(t, [{ name: 'v', data: 'x' }])
  const cases: ReadonlyArray<readonly ['PUT' | 'DELETE' | 'POST' | 'PATCH', string, string]> = [
    ['PUT', '/v1/stores', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/v1/stores/a', 'DELETE, GET, HEAD, OPTIONS'],
    ['DELETE', '/zarr/a/some/key', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/files/a', 'GET, HEAD, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
  ]
  for (const [method, url, allow] of cases) {
    const answer = await app.inject({ method, url })
    t.match(answer, { statusCode: 405, headers: { allow } }, `${method} ${url}`)
    t.equal(answer.json().code, 'METHOD_NOT_ALLOWED')
  }
  t.match((await app.inject({ method: 'PUT', url: '/v2' })).json(), { code: 'ROUTE_NOT_FOUND' })
})

t.test('every GET answers HEAD with the same status, and without a body', async t => {
  const service = await serveEntries(t, [{ name: 'v', data: 'value' }])
  const base = await service.listen()
  for (const url of [
    '/',
    '/errors',
    '/v1/stores',
    '/v1/stores/a',
    '/v1/stores/a/nodes',
    '/v1/stores/a/metadata',
    '/zarr/a/v',
    '/zarr/a/',
    '/zarr/a/w',
    '/files/a',
    '/health/live',
    '/openapi.json',
    '/docs',
  ]) {
    // On a kept connection a body would be taken for the beginning of the next answer.
    const head = await fetch(base + url, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } })
    const got = await fetch(base + url, { headers: { 'accept-encoding': 'identity' } })
    t.equal((await got.arrayBuffer()).byteLength, Number(got.headers.get('content-length')), url)
    t.equal(head.status, got.status, url)
    t.equal(head.headers.get('content-length'), got.headers.get('content-length'), url)
  }
})
