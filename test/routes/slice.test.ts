// Regions of arrays: what is refused before reading, what describes the answer, what the bytes are.
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { ROOT_GROUP, SMALL_ARRAY, serveEntries, smallArray } from '../support/service-client.js'

const BASE = '/v1/stores/a/slice?path=/x'

t.test('a region is the same in every format', async t => {
  const { app } = await serveEntries(t, [ROOT_GROUP, ...smallArray()])
  const json = await app.inject({ url: `${BASE}&slice=1:3,::2&format=json` })
  const expected = SMALL_ARRAY.slice(1, 3).map(row => row.filter((_, column) => column % 2 === 0))
  t.match(json, { statusCode: 200, headers: { 'content-type': /^application\/json/ } })
  t.strictSame(json.json(), expected)
  const raw = await app.inject({ url: `${BASE}&slice=1:3,::2` })
  t.strictSame([...new Int32Array(new Uint8Array(raw.rawPayload).buffer)], expected.flat())
  t.match(raw.headers, { 'content-type': 'application/octet-stream', 'content-length': '24' })
  const npy = await app.inject({ url: `${BASE}&slice=1:3,::2`, headers: { accept: 'application/x-npy' } })
  t.equal(npy.rawPayload.subarray(0, 6).toString('latin1'), '\x93NUMPY')
  t.ok(npy.rawPayload.subarray(-24).equals(raw.rawPayload))
})

t.test('the answer describes itself', async t => {
  const { app } = await serveEntries(t, [ROOT_GROUP, ...smallArray()])
  const { headers } = await app.inject({
    url: `${BASE}&slice=1,1:3&filename=${encodeURIComponent('a"b/ü.bin')}`,
  })
  t.match(headers, {
    'zarr-shape': '2',
    'zarr-data-type': 'int32',
    'zarr-dimensions': 'l%C3%A4nge',
    'zarr-fill-value': '7',
    'zarr-selection': '1,1:3',
    'zarr-chunks-touched': '1',
    'content-disposition': `attachment; filename="a_b__.bin"; filename*=UTF-8''a_b_%C3%BC.bin`,
    'server-timing': /lookup;dur=/,
    etag: /^"[^"]+"$/,
  })
  const scalar = await app.inject({ url: `${BASE}&slice=1,1` })
  t.match(scalar.headers, { 'zarr-shape': '', 'content-length': '4' })
})

t.test('the data type is that of the answer, which is little-endian', async t => {
  const metadata = {
    zarr_format: 2,
    shape: [2],
    chunks: [2],
    dtype: '>i2',
    fill_value: 0,
    order: 'C',
    compressor: null,
    filters: null,
  }
  const { app } = await serveEntries(t, [
    { name: '.zarray', data: JSON.stringify(metadata) },
    { name: '0', data: Buffer.from([0, 1, 2, 0]) },
  ])
  const { headers, rawPayload } = await app.inject({ url: '/v1/stores/a/slice' })
  t.equal(headers['zarr-data-type'], '<i2')
  t.strictSame([...rawPayload], [1, 0, 0, 2])
})

t.test('POST is the same as GET', async t => {
  const { app } = await serveEntries(t, [ROOT_GROUP, ...smallArray()])
  const post = (payload: object) => app.inject({ method: 'POST', url: '/v1/stores/a/slice', payload })
  const rows = await post({ path: 'x', slice: [[3, 0], '1:3'], format: 'json' })
  t.strictSame(
    rows.json(),
    [SMALL_ARRAY[3], SMALL_ARRAY[0]].map(row => row?.slice(1, 3)),
  )
  const text = await post({ path: 'x', slice: '[3,0],1:3', format: 'json', expectedShape: [2, 2] })
  t.strictSame(text.json(), rows.json())
  const stale = await app.inject({
    method: 'POST',
    url: '/v1/stores/a/slice',
    headers: { 'if-none-match': '*' },
    payload: { path: 'x' },
  })
  t.equal(stale.statusCode, 412, 'a POST is never "not modified"')
  t.equal((await post({ path: 'x', expectedShape: [2, 2] })).statusCode, 409)
  t.equal((await post({ path: 'x', slice: [1.5] })).statusCode, 400)
  t.equal((await post({ path: 'x', what: 1 })).statusCode, 400)
  const form = { 'content-type': 'text/plain' }
  const plain = await app.inject({ method: 'POST', url: '/v1/stores/a/slice', headers: form, payload: 'x' })
  t.equal(plain.json().code, 'UNSUPPORTED_MEDIA_TYPE')
  const proto = await app.inject({
    method: 'POST',
    url: '/v1/stores/a/slice',
    headers: { 'content-type': 'application/json' },
    payload: '{"__proto__":{"path":"x"}}',
  })
  t.equal(proto.statusCode, 400)
})

t.test('what is wrong with a request is said before anything is read', async t => {
  const [metadata] = smallArray()
  // No chunk could be read: a refusal that reads would be a 500.
  const broken = smallArray()
    .slice(1)
    .map(entry => ({ ...entry, stored: Buffer.alloc(24) }))
  const { app } = await serveEntries(t, [ROOT_GROUP, metadata as { name: string }, ...broken], {
    maxResponseBytes: 40,
    maxJsonBytes: 20,
    maxChunksPerRequest: 2,
  })
  const cases: ReadonlyArray<readonly [query: string, status: number, code: string]> = [
    ['&slice=9', 400, 'INVALID_SELECTION'],
    ['&slice=1:2:0', 400, 'INVALID_SELECTION'],
    ['&slice=1e0', 400, 'INVALID_SELECTION'],
    ['&slice=:,:,:', 400, 'INVALID_SELECTION'],
    ['&slice=0&format=xml', 406, 'NOT_ACCEPTABLE'],
    ['&slice=0&expectedShape=5', 409, 'SHAPE_MISMATCH'],
    ['', 413, 'RESPONSE_TOO_LARGE'],
    ['&slice=0&format=json', 413, 'RESPONSE_TOO_LARGE'],
    ['&slice=0:3,::3', 413, 'TOO_MANY_CHUNKS'],
    ['&slice=0&slice=1', 400, 'BAD_REQUEST'],
    ['&slce=0', 400, 'BAD_REQUEST'],
    ['&expectedShape=-1', 400, 'BAD_REQUEST'],
    ['&nonfinite=maybe', 400, 'BAD_REQUEST'],
  ]
  for (const [query, status, code] of cases) {
    const answer = await app.inject({ url: `${BASE}${query}` })
    t.match(answer.json(), { status, code }, `${query}: ${answer.body.slice(0, 200)}`)
    t.match(answer.headers, { 'content-type': 'application/problem+json', etag: undefined })
  }
  t.match((await app.inject({ url: `${BASE}&slice=0` })).json(), { status: 500, code: 'CHECKSUM_MISMATCH' })
  t.match((await app.inject({ url: '/v1/stores/a/slice' })).json(), { status: 422, code: 'NOT_AN_ARRAY' })
  t.match((await app.inject({ url: '/v1/stores/a/slice?path=y' })).json(), {
    status: 404,
    code: 'NODE_NOT_FOUND',
  })
})

t.test('a 413 names the limit, the size, and a selection that fits', async t => {
  const { app } = await serveEntries(t, [ROOT_GROUP, ...smallArray()], { maxResponseBytes: 50 })
  const problem = (await app.inject({ url: BASE })).json()
  t.match(problem, { limit: 50, actual: 96, hint: 'slice=0:2,0:6' })
  t.equal((await app.inject({ url: `${BASE}&${problem.hint}` })).statusCode, 200)
  const tight = await serveEntries(t, [ROOT_GROUP, ...smallArray()], { maxResponseBytes: 9 })
  const list = (await tight.app.inject({ url: `${BASE}&slice=[3,1],5:1:-1` })).json()
  t.equal(list.hint, 'slice=[3],5:3:-1')
})

t.test('conditional answers and HEAD read no chunk', async t => {
  const [metadata, ...chunks] = smallArray()
  const broken = chunks.map(entry => ({ ...entry, stored: Buffer.alloc(24) }))
  const { app } = await serveEntries(t, [ROOT_GROUP, metadata as { name: string }, ...broken])
  const head = await app.inject({ method: 'HEAD', url: BASE })
  t.match(head, { statusCode: 200, body: '', headers: { 'content-length': '96', 'zarr-shape': '4,6' } })
  const etag = head.headers.etag as string
  const again = await app.inject({ url: BASE, headers: { 'if-none-match': etag } })
  t.match(again, { statusCode: 304, body: '', headers: { etag } })
  const changed = await app.inject({ url: BASE, headers: { 'if-match': '"x"' } })
  t.match(changed.json(), { code: 'PRECONDITION_FAILED' })
  const other = await app.inject({ method: 'HEAD', url: `${BASE}&format=json` })
  t.not(other.headers.etag, etag, 'another format is another representation')
})

t.test('the tag survives a new archive with the same chunks, and changes with a chunk', async t => {
  const entries = [ROOT_GROUP, ...smallArray()]
  const tagOf = async (of: typeof entries, query = ''): Promise<unknown> => {
    const { app } = await serveEntries(t, of)
    return (await app.inject({ url: `${BASE}${query}` })).headers.etag
  }
  const first = await tagOf(entries)
  t.equal(await tagOf([...entries].reverse()), first)
  const changed = entries.map(entry =>
    entry.name === 'x/c/0/0' ? { ...entry, data: Buffer.alloc(24) } : entry,
  )
  t.not(await tagOf(changed), first)
  t.equal(
    await tagOf(changed, '&slice=2:'),
    await tagOf(entries, '&slice=2:'),
    'chunks not touched do not matter',
  )
})

t.test('a truncated archive is a 5xx on every route, never fill values', async t => {
  const service = await serveEntries(t, [ROOT_GROUP, ...smallArray()])
  const before = await service.app.inject({ url: BASE })
  t.equal(before.statusCode, 200)
  writeFileSync(service.file, Buffer.alloc(100))
  const urls = [
    '/zarr/a/x/c/0/1',
    '/zarr/a/x/c/9/9',
    '/files/a',
    `${BASE}&slice=::-1`,
    '/v1/stores/a/metadata?path=x',
  ]
  for (const url of [...urls, '/v1/stores/a/chunk?path=x&index=1,1', '/v1/stores/a/nodes']) {
    // What was read before may still be answered from memory; what is read now may not.
    const answer = await service.app.inject({ url })
    if (answer.statusCode === 200) continue
    t.ok(answer.statusCode >= 500, `${url}: ${answer.statusCode}`)
  }
  const read = await service.app.inject({ url: '/zarr/a/x/c/0/1' })
  t.match(read.json(), { status: 503, code: 'STORE_CHANGED' })
  const headers = { 'if-none-match': String(before.headers.etag) }
  const revalidated = await service.app.inject({ url: BASE, headers })
  t.equal(
    revalidated.statusCode,
    503,
    'once that is known, what was kept of the slice is not answered either',
  )
})
