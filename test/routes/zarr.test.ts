// The raw Zarr store protocol over generated archives.
import { deflateRawSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'

const VALUE = Buffer.from('0123456789')
const TEXT = 'deflate me, deflate me, deflate me, deflate me'

t.test('a range answers its bytes and the true total; what is no single byte range is ignored', async t => {
  const { app } = await serveEntries(t, [
    { name: 'v', data: VALUE },
    { name: 'empty', data: '' },
  ])
  const ask = (range: string, url = '/zarr/a/v') => app.inject({ url, headers: { range } })
  const satisfiable: ReadonlyArray<readonly [string, string, string]> = [
    ['bytes=2-5', '2345', 'bytes 2-5/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=0-9', '0123456789', 'bytes 0-9/10'],
  ]
  for (const [range, body, contentRange] of satisfiable) {
    const answer = await ask(range)
    t.match(answer, { statusCode: 206, body, headers: { 'content-range': contentRange } }, range)
    t.equal(answer.headers['content-length'], String(body.length), range)
  }
  for (const range of ['bytes=1-2,4-5', 'items=1-2', 'bytes=5-2', 'nonsense']) {
    t.match(await ask(range), { statusCode: 200, body: VALUE.toString() }, range)
  }
  for (const range of ['bytes=10-', 'bytes=-0']) {
    const answer = await ask(range)
    t.match(answer, { statusCode: 416, headers: { 'content-range': 'bytes */10' } }, range)
    t.equal(answer.json().code, 'RANGE_NOT_SATISFIABLE')
  }
  t.match(await ask('bytes=0-', '/zarr/a/empty'), { statusCode: 416 })
})

t.test('a missing key wins over any range', async t => {
  const { app } = await serveEntries(t, [{ name: 'v', data: VALUE }])
  const answer = await app.inject({ url: '/zarr/a/w', headers: { range: 'bytes=99-' } })
  t.match(answer, { statusCode: 404, headers: { 'content-type': 'application/problem+json' } })
  t.equal(answer.json().code, 'KEY_NOT_FOUND')
})

t.test('If-Range lets a range through only for the current tag', async t => {
  const { app } = await serveEntries(t, [{ name: 'v', data: VALUE }])
  const etag = (await app.inject({ url: '/zarr/a/v' })).headers.etag as string
  const ask = (ifRange: string) =>
    app.inject({ url: '/zarr/a/v', headers: { range: 'bytes=0-1', 'if-range': ifRange } })
  t.equal((await ask(etag)).statusCode, 206)
  t.equal((await ask('"other"')).statusCode, 200)
})

t.test('HEAD ignores ranges and answers size, tag and type', async t => {
  const { app } = await serveEntries(t, [ROOT_GROUP, { name: 'v', data: VALUE }])
  const head = await app.inject({ method: 'HEAD', url: '/zarr/a/v', headers: { range: 'bytes=0-1' } })
  t.match(head, { statusCode: 200, headers: { 'content-length': '10', 'accept-ranges': 'bytes' } })
  t.match(head.headers, { 'content-type': 'application/octet-stream', etag: /^".+"$/ })
  const metadata = await app.inject({ method: 'HEAD', url: '/zarr/a/zarr.json' })
  t.equal(metadata.headers['content-type'], 'application/json')
  t.match(await app.inject({ method: 'HEAD', url: '/zarr/a/w' }), { statusCode: 404 })
})

t.test('conditional answers and HEAD read nothing: they work on a value that cannot be read', async t => {
  const { app } = await serveEntries(t, [{ name: 'v', data: VALUE, stored: flipped(VALUE) }])
  const etag = (await app.inject({ method: 'HEAD', url: '/zarr/a/v' })).headers.etag as string
  t.equal((await app.inject({ url: '/zarr/a/v' })).json().code, 'CHECKSUM_MISMATCH')
  const ask = (headers: Record<string, string>) => app.inject({ url: '/zarr/a/v', headers })
  t.match(await ask({ 'if-none-match': etag }), { statusCode: 304, body: '', headers: { etag } })
  t.match(await ask({ 'if-none-match': '*' }), { statusCode: 304 })
  t.match(await ask({ 'if-match': '"other"' }), { statusCode: 412 })
  t.match(await app.inject({ method: 'HEAD', url: '/zarr/a/v' }), { statusCode: 200 })
})

t.test('a deflated value is passed on as gzip to those who accept it', async t => {
  const { app } = await serveEntries(t, [{ name: 'v', data: TEXT, method: 8 }])
  const ask = (headers: Record<string, string>, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url: '/zarr/a/v', headers })
  const coded = await ask({ 'accept-encoding': 'gzip' })
  t.match(coded.headers, { 'content-encoding': 'gzip', vary: /Accept-Encoding/ })
  t.equal(gunzipSync(coded.rawPayload).toString(), TEXT)
  t.equal(coded.headers['content-length'], String(coded.rawPayload.byteLength))
  const plain = await ask({})
  t.equal(plain.body, TEXT)
  t.match(plain.headers, { 'content-encoding': undefined, vary: /Accept-Encoding/ })
  t.not(coded.headers.etag, plain.headers.etag, 'other bytes, other tag')
  t.equal(
    (await ask({ 'accept-encoding': 'gzip', 'if-none-match': coded.headers.etag as string })).statusCode,
    304,
  )
  const part = await ask({ 'accept-encoding': 'gzip', range: 'bytes=0-6' })
  t.match(part, { statusCode: 206, body: 'deflate', headers: { 'content-encoding': undefined } })
  const head = await ask({ 'accept-encoding': 'gzip' }, 'HEAD')
  t.match(head.headers, { 'content-length': String(TEXT.length), 'content-encoding': undefined })
})

t.test(
  'a damaged entry is a 5xx with a code, in every way it is asked for; its neighbours are served',
  async t => {
    const entries = [
      { name: 'stored', data: VALUE, stored: flipped(VALUE) },
      { name: 'deflated', data: TEXT, method: 8, stored: flipped(deflateRawSync(TEXT)) },
      { name: 'good', data: 'good' },
      { name: 'encrypted', data: 'x', flags: 1 },
      { name: 'odd', stored: Buffer.from('x'), data: 'x', method: 97 },
    ]
    const { app } = await serveEntries(t, entries)
    const asked = ['stored', 'deflated', 'encrypted', 'odd'].flatMap(key =>
      [{}, { 'accept-encoding': 'gzip' }, { range: 'bytes=0-999' }].map(headers => ({ key, headers })),
    )
    for (const { key, headers } of asked) {
      const answer = await app.inject({ url: `/zarr/a/${key}`, headers })
      t.ok(answer.statusCode >= 500, `${key} ${JSON.stringify(headers)}: ${answer.statusCode}`)
      t.match(answer.json().code, /^(CHECKSUM_MISMATCH|ENTRY_INVALID|ENTRY_UNSUPPORTED)$/)
      t.equal(answer.headers.etag, undefined, 'a problem has no tag')
    }
    t.equal((await app.inject({ url: '/zarr/a/good' })).body, 'good')
  },
)

t.test('the last entry of a duplicated name is the value', async t => {
  const { app } = await serveEntries(t, [
    { name: 'v', data: 'old' },
    { name: 'v', data: 'new' },
  ])
  t.equal((await app.inject({ url: '/zarr/a/v' })).body, 'new')
})

t.test('a key that cannot be in a store is refused, not called absent', async t => {
  const { app } = await serveEntries(t, [{ name: 'a/b', data: 'x' }])
  // Plain dot segments are resolved by this test's client; traversal.test.ts sends them on the wire.
  for (const key of ['a%2F..%2Fb', '..%2Fa', '%2E%2E%2Fa', '%00', 'a%5Cb', '%2Fa', 'x'.repeat(1025)]) {
    const answer = await app.inject({ url: `/zarr/a/${key}` })
    t.match(answer.json(), { status: 400, code: 'INVALID_KEY' }, key.slice(0, 20))
  }
  t.equal((await app.inject({ url: '/zarr/a/a%2Fb' })).body, 'x', 'an encoded slash is a slash')
  t.equal((await app.inject({ url: '/zarr/a/%zz' })).statusCode, 400)
})

t.test('consolidated metadata is made when there is none, and only when asked for in v3', async t => {
  const v2 = [
    { name: '.zgroup', data: '{"zarr_format":2}' },
    { name: 'g/.zgroup', data: '{"zarr_format":2}' },
  ]
  const old = await serveEntries(t, v2)
  const made = await old.app.inject({ url: '/zarr/a/.zmetadata' })
  t.match(made, { statusCode: 200, headers: { 'content-type': 'application/json', etag: /"/ } })
  t.strictSame(Object.keys(made.json().metadata).sort(), ['.zgroup', 'g/.zgroup'])
  const head = await old.app.inject({ method: 'HEAD', url: '/zarr/a/.zmetadata' })
  t.match(head, { statusCode: 200, headers: { 'content-length': String(made.rawPayload.byteLength) } })
  const stale = { 'if-none-match': made.headers.etag as string }
  t.equal((await old.app.inject({ url: '/zarr/a/.zmetadata', headers: stale })).statusCode, 304)

  const { app } = await serveEntries(t, [ROOT_GROUP, ...smallArray()])
  t.equal((await app.inject({ url: '/zarr/a/.zmetadata' })).statusCode, 404)
  const plain = await app.inject({ url: '/zarr/a/zarr.json' })
  t.equal(plain.body, ROOT_GROUP.data, 'stored documents pass byte for byte')
  const consolidated = await app.inject({ url: '/zarr/a/zarr.json?consolidated=true' })
  t.match(consolidated.json(), {
    consolidated_metadata: { kind: 'inline', metadata: { x: { shape: [4, 6] } } },
  })
  const kept = await serveEntries(t, [...v2, { name: '.zmetadata', data: '{"mine":1}' }])
  t.equal((await kept.app.inject({ url: '/zarr/a/.zmetadata' })).body, '{"mine":1}')
})

t.test('a path ending in / is a page of plain links; its text is escaped', async t => {
  const { app } = await serveEntries(t, [
    ROOT_GROUP,
    ...smallArray('<b>&"'),
    { name: 'plain/zarr.json', data: 'not json' },
  ])
  const page = await app.inject({ url: '/zarr/a/' })
  t.match(page, { statusCode: 200, headers: { 'content-type': /^text\/html/ } })
  t.match(page.headers['content-security-policy'], /default-src 'none'/)
  t.match(page.body, '<a href="%3Cb%3E%26%22/">&lt;b&gt;&amp;&quot;/</a>')
  t.match(page.body, '<a href="zarr.json">zarr.json</a>')
  t.match(page.body, 'METADATA_INVALID', 'an unreadable child says why')
  t.notMatch(page.body, '<b>')
  const array = await app.inject({ url: '/zarr/a/%3Cb%3E%26%22/' })
  t.match(array.body, '<a href="c/">c/</a>')
  t.match(await app.inject({ url: '/zarr/a/c/' }), { statusCode: 404 })
  t.match(await app.inject({ url: '/zarr/a//' }), { statusCode: 200, body: page.body })
  t.match(await app.inject({ url: '/zarr/a' }), { statusCode: 308, headers: { location: 'a/' } })
})

t.test('an unknown store is a 404, one that is being indexed a 503 that says when to try again', async t => {
  const { app, pool, registry } = await serveEntries(t, [{ name: 'v', data: VALUE }])
  t.match((await app.inject({ url: '/zarr/b/v' })).json(), { status: 404, code: 'STORE_NOT_FOUND' })
  const snapshot = registry.snapshot()
  const records = snapshot.records.map(({ id, location, revision }) => ({
    id,
    location,
    revision,
    state: 'indexing' as const,
  }))
  pool.applySnapshot({ ...snapshot, revision: snapshot.revision + 1, records })
  const answer = await app.inject({ url: '/zarr/a/v' })
  t.match(answer, { statusCode: 503, headers: { 'retry-after': /^\d+$/ } })
  t.equal(answer.json().code, 'STORE_INDEXING')
  t.match((await app.inject({ url: '/v1/stores/a' })).json(), { state: 'indexing' })
})

/** The same bytes with one bit of one byte turned, past the first bytes of a DEFLATE block. */
function flipped(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes)
  other[4] = (other[4] as number) ^ 0x20
  return other
}

t.test('what a desktop left in the archive is served when asked for and shown nowhere', async t => {
  const litter = ['.DS_Store', 'x/.DS_Store', 'x/._zarr.json', '__MACOSX/x/._zarr.json', '__MACOSX/zarr.json']
  const { app } = await serveEntries(t, [
    ROOT_GROUP,
    ...smallArray(),
    ...litter.map(name => ({ name, data: `litter ${name}` })),
  ])
  for (const key of litter) {
    const answer = await app.inject({ url: `/zarr/a/${key}` })
    t.equal(answer.statusCode, 200, key)
    t.equal(answer.body, `litter ${key}`)
    t.equal((await app.inject({ method: 'HEAD', url: `/zarr/a/${key}` })).statusCode, 200)
  }
  for (const url of [
    '/zarr/a/',
    '/zarr/a/x/',
    '/v1/stores/a/nodes?depth=9',
    '/zarr/a/zarr.json?consolidated=true',
  ])
    t.notMatch((await app.inject({ url })).body, /DS_Store|MACOSX|\._/, url)
  t.match((await app.inject({ url: '/v1/stores/a' })).json(), {
    arrayCount: 1,
    groupCount: 1,
    skippedNames: { litter: 5 },
  })
  t.equal((await app.inject({ url: '/v1/stores/a/metadata?path=/__MACOSX' })).statusCode, 404, 'no node')
})

t.test('keys with control characters are keys like others', async t => {
  const odd = 'a\nb\x1b[31m\t\x7f'
  const [metadata, ...chunks] = smallArray(odd)
  const { app } = await serveEntries(t, [ROOT_GROUP, metadata, ...chunks])
  const encoded = encodeURIComponent(odd)
  t.equal((await app.inject({ url: `/zarr/a/${encoded}/zarr.json` })).statusCode, 200)
  t.equal((await app.inject({ url: `/zarr/a/${encoded}/c/0/0` })).statusCode, 200)
  t.match((await app.inject({ url: '/zarr/a/' })).body, `href="${encoded}/"`)
  const redirect = await app.inject({ url: `/zarr/a/${encoded}` })
  t.equal(redirect.statusCode, 308)
  t.match(redirect.headers.location, /^[\x21-\x7e]+$/, 'nothing but visible ASCII')
  t.match((await app.inject({ url: '/v1/stores/a/nodes' })).json(), { nodes: [{ path: `/${odd}` }] })
  const slice = await app.inject({ url: `/v1/stores/a/slice?path=/${encoded}&slice=0,0&format=json` })
  t.equal(slice.statusCode, 200)
  t.equal((await app.inject({ url: '/zarr/a/x%00' })).statusCode, 400, 'NUL is none')
})
