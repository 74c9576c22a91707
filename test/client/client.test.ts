// The TypeScript client generated from openapi.yaml, compiled and run against the listening service.
// schema.d.ts: openapi-typescript openapi.yaml -o test/client/schema.d.ts
import createClient from 'openapi-fetch'
import t from 'tap'
import { ROOT_GROUP, SMALL_ARRAY, serveEntries, smallArray } from '../support/service-client.js'
import type { paths } from './schema.js'

async function start(test: Parameters<typeof serveEntries>[0]) {
  const service = await serveEntries(test, [ROOT_GROUP, ...smallArray('group/x')])
  return createClient<paths>({ baseUrl: await service.listen() })
}

const path = { storeId: 'a' }

t.test('stores and nodes are typed documents', async t => {
  const client = await start(t)
  const list = await client.GET('/v1/stores', { params: { query: { limit: 10 } } })
  t.equal(list.data?.stores[0]?.id, 'a')
  const store = await client.GET('/v1/stores/{storeId}', { params: { path } })
  t.equal(store.data?.zarrFormat, 3)
  const nodes = await client.GET('/v1/stores/{storeId}/nodes', { params: { path, query: { depth: 5 } } })
  t.strictSame(
    nodes.data?.nodes.map(node => node.path),
    ['/group', '/group/x'],
  )
  const query = { path: '/group/x' }
  const metadata = await client.GET('/v1/stores/{storeId}/metadata', { params: { path, query } })
  t.strictSame(metadata.data?.shape, [4, 6])
})

t.test('slices and chunks come as JSON or bytes', async t => {
  const client = await start(t)
  const json = await client.GET('/v1/stores/{storeId}/slice', {
    params: { path, query: { path: '/group/x', slice: '1:3', format: 'json' } },
  })
  t.strictSame(json.data, SMALL_ARRAY.slice(1, 3))
  const raw = await client.GET('/v1/stores/{storeId}/slice', {
    params: { path, query: { path: '/group/x' } },
    parseAs: 'arrayBuffer',
  })
  t.strictSame([...new Int32Array(raw.data as ArrayBuffer)], SMALL_ARRAY.flat())
  t.equal(raw.response.headers.get('zarr-shape'), '4,6')
  const posted = await client.POST('/v1/stores/{storeId}/slice', {
    params: { path },
    body: { path: 'group/x', slice: ['[2,0]', ':2'], format: 'json' },
  })
  t.strictSame(posted.data, [
    [12, 13],
    [0, 1],
  ])
  const chunk = await client.GET('/v1/stores/{storeId}/chunk', {
    params: { path, query: { path: 'group/x', index: '1,1', format: 'json' } },
  })
  t.equal(chunk.response.headers.get('zarr-chunk-stored'), 'false')
})

t.test('stored values are reached with a key as one path parameter', async t => {
  const client = await start(t)
  const value = await client.GET('/zarr/{storeId}/{key}', {
    params: { path: { storeId: 'a', key: 'group/x/zarr.json' } },
    parseAs: 'json',
  })
  t.match(value.data, { node_type: 'array' })
  const part = await client.GET('/files/{storeId}', {
    params: { path },
    headers: { range: 'bytes=0-3' },
    parseAs: 'arrayBuffer',
  })
  t.equal(Buffer.from(part.data as unknown as ArrayBuffer).toString('latin1'), 'PK\x03\x04')
})

t.test('failures are typed problems', async t => {
  const client = await start(t)
  const { error, response } = await client.GET('/v1/stores/{storeId}/slice', {
    params: { path, query: { path: 'group/x', slice: '99' } },
  })
  t.equal(response.status, 400)
  t.equal(error?.code, 'INVALID_SELECTION')
  const missing = await client.GET('/v1/stores/{storeId}', { params: { path: { storeId: 'nope' } } })
  t.equal(missing.error?.code, 'STORE_NOT_FOUND')
})

t.test('probes', async t => {
  const client = await start(t)
  t.equal((await client.GET('/health/ready')).data?.status, 'ok')
})
