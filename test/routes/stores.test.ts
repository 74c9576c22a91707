// Listing, describing, registering and removing stores, and who may.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { startService } from '../support/service.js'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'
import { tempDir } from '../support/temp-dir.js'
import { writeZip } from '../support/zip-writer.js'

const ADMIN = { scope: 'admin', key: 'admin-secret' } as const
const READER = { scope: 'read', key: 'read-secret' } as const
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

t.test('stores are listed in id order, page by page', async t => {
  const folder = await tempDir(t)
  const names = ['a', 'b', 'c', 'd', 'e']
  for (const name of names) writeFileSync(join(folder, `${name}.zip`), writeZip([ROOT_GROUP]))
  const service = await startService([folder])
  t.teardown(() => service.close())
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const query = cursor === undefined ? '' : `&cursor=${cursor}`
    const page = (await service.app.inject({ url: `/v1/stores?limit=2${query}` })).json()
    t.ok(page.stores.length <= 2)
    seen.push(...page.stores.map((store: { id: string }) => store.id))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  t.strictSame(seen, names)
  for (const limit of ['0', '1001', '1e3', '-1', '0x10', '1e309', ' 12', '2.5', '']) {
    const answer = await service.app.inject({ url: `/v1/stores?limit=${encodeURIComponent(limit)}` })
    t.match(answer.json(), { status: 400, code: 'BAD_REQUEST' }, `limit=${limit}`)
  }
})

t.test('a store is described without any absolute path', async t => {
  const { app, file } = await serveEntries(t, [ROOT_GROUP, ...smallArray()])
  const answer = await app.inject({ url: '/v1/stores/a' })
  t.match(answer.json(), {
    id: 'a',
    state: 'ready',
    zarrFormat: 3,
    rootPrefix: '',
    entryCount: 5,
    arrayCount: 1,
    groupCount: 1,
    fingerprint: { size: Number, mtimeNs: String, endRecord: String },
  })
  t.notMatch(answer.body, dirname(file))
  t.match((await app.inject({ url: '/v1/stores/b' })).json(), { status: 404, code: 'STORE_NOT_FOUND' })
})

t.test('an archive that cannot be used is listed as failed, and its routes say why', async t => {
  const folder = await tempDir(t)
  writeFileSync(join(folder, 'bad.zip'), 'this is no archive')
  writeFileSync(join(folder, 'good.zip'), writeZip([ROOT_GROUP]))
  const service = await startService([folder])
  t.teardown(() => service.close())
  const { app } = service
  t.match((await app.inject({ url: '/v1/stores/bad' })).json(), {
    state: 'failed',
    error: { code: 'ARCHIVE_INVALID' },
  })
  for (const url of [
    '/zarr/bad/zarr.json',
    '/zarr/bad/',
    '/files/bad',
    '/v1/stores/bad/nodes',
    '/v1/stores/bad/slice',
  ]) {
    const answer = await app.inject({ url })
    t.match(answer.json(), { status: 500, code: 'ARCHIVE_INVALID' }, url)
    t.notMatch(answer.body, folder)
  }
  t.equal((await app.inject({ url: '/zarr/good/zarr.json' })).statusCode, 200)
})

t.test('without an admin key registering and removing say how to enable them', async t => {
  const { app } = await serveEntries(t, [ROOT_GROUP])
  const payload = { location: { root: 'x', path: 'y.zip' } }
  for (const answer of [
    await app.inject({ method: 'POST', url: '/v1/stores', payload }),
    await app.inject({ method: 'DELETE', url: '/v1/stores/a' }),
    await app.inject({ method: 'DELETE', url: '/v1/stores/a', headers: bearer('anything') }),
  ]) {
    t.match(answer.json(), { status: 403, code: 'ADMIN_DISABLED', detail: /--api-key admin:KEY/ })
  }
})

t.test('with an admin key a store can be removed and registered again', async t => {
  const { app, file, registry } = await serveEntries(t, [ROOT_GROUP, { name: 'v', data: 'x' }], {
    apiKeys: [ADMIN, READER],
  })
  const location = registry.get('a')?.location
  const ask = (method: 'POST' | 'DELETE', url: string, key?: string, payload?: object) =>
    app.inject({
      method,
      url,
      headers: key === undefined ? {} : bearer(key),
      ...(payload !== undefined && { payload }),
    })
  t.match(await ask('DELETE', '/v1/stores/a'), { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } })
  t.match((await ask('DELETE', '/v1/stores/a', 'wrong-key')).json(), { code: 'UNAUTHORIZED' })
  t.match((await ask('DELETE', '/v1/stores/a', READER.key)).json(), { status: 403, code: 'FORBIDDEN' })
  t.match(await ask('DELETE', '/v1/stores/a', ADMIN.key), { statusCode: 204, body: '' })
  const read = () => app.inject({ url: '/zarr/a/v', headers: bearer(READER.key) })
  t.equal((await read()).statusCode, 404)
  t.match((await ask('DELETE', '/v1/stores/a', ADMIN.key)).json(), { code: 'STORE_NOT_FOUND' })
  const made = await ask('POST', '/v1/stores', ADMIN.key, { location })
  t.match(made, { statusCode: 201, headers: { location: '/v1/stores/a' } })
  t.match(made.json(), { id: 'a', state: 'ready' })
  t.equal((await read()).body, 'x')
  const outside = { location: { root: location?.root, path: '../../etc/passwd' } }
  const refused = await ask('POST', '/v1/stores', ADMIN.key, outside)
  t.ok([400, 403, 422].includes(refused.statusCode), refused.body)
  t.notMatch(refused.body, dirname(file))
  const malformed = await ask('POST', '/v1/stores', ADMIN.key, { location: { root: 1 } })
  t.match(malformed.json(), { code: 'BAD_REQUEST' })
})

t.test('a read key closes reading, but not probes, documentation and preflights', async t => {
  const { app } = await serveEntries(t, [ROOT_GROUP, { name: 'v', data: 'x' }], { apiKeys: [READER] })
  for (const url of [
    '/',
    '/v1/stores',
    '/zarr/a/v',
    '/zarr/nothing/v',
    '/files/a',
    '/v1/stores/a/metadata',
  ]) {
    t.match(await app.inject({ url }), { statusCode: 401 }, url)
    t.match(await app.inject({ url, headers: bearer('read-secreT') }), { statusCode: 401 }, url)
    t.not((await app.inject({ url, headers: bearer(READER.key) })).statusCode, 401, url)
  }
  t.equal((await app.inject({ url: `/zarr/a/v?api_key=${READER.key}` })).body, 'x')
  t.equal((await app.inject({ url: `/v1/stores?api_key=${READER.key}` })).statusCode, 200)
  for (const url of ['/health/ready', '/healthz', '/docs', '/openapi.json', '/errors']) {
    t.not((await app.inject({ url })).statusCode, 401, url)
  }
  const preflight = { origin: 'http://x', 'access-control-request-method': 'GET' }
  t.equal((await app.inject({ method: 'OPTIONS', url: '/zarr/a/v', headers: preflight })).statusCode, 204)
})

t.test('a store in which nothing Zarr is found says why, in the list and by itself', async t => {
  const { app } = await serveEntries(t, [{ name: 'data/x.tif' }, { name: '/zarr.json' }, { name: 'data/' }])
  const emptyReason =
    'no zarr.json, .zarray or .zgroup is among its 1 keys; at its top lie data/; names that are entries of folders: 1; names that begin with a slash: 1'
  t.match((await app.inject({ url: '/v1/stores/a' })).json(), {
    state: 'ready',
    arrayCount: 0,
    keyCount: 1,
    skippedNames: { folder: 1, absolute: 1 },
    emptyReason,
    topNames: ['data/'],
  })
  t.match((await app.inject({ url: '/v1/stores' })).json(), { stores: [{ id: 'a', emptyReason }] })
  const full = await serveEntries(t, [ROOT_GROUP])
  t.notMatch((await full.app.inject({ url: '/v1/stores/a' })).body, 'emptyReason')
  t.notMatch((await full.app.inject({ url: '/v1/stores' })).body, 'emptyReason')
})

t.test('keys that no reader finds are counted in the store and in the array', async t => {
  const [metadata, ...chunks] = smallArray()
  const wrong = chunks.map(chunk => ({
    ...chunk,
    name: String(chunk.name).replaceAll('/', '.').replace('x.', 'x/'),
  }))
  const { app } = await serveEntries(t, [ROOT_GROUP, metadata, ...wrong])
  const { unreachableKeys } = (await app.inject({ url: '/v1/stores/a' })).json()
  t.equal(unreachableKeys, chunks.length)
  t.match((await app.inject({ url: '/v1/stores/a/metadata?path=/x' })).json(), {
    storedChunks: 0,
    unreachableKeys: chunks.length,
  })
})

t.test('ids in other scripts are percent-encoded wherever they are part of a URL', async t => {
  const folder = await tempDir(t)
  const long = '数'.repeat(80)
  writeFileSync(join(folder, '数据.zarr.zip'), writeZip([ROOT_GROUP, ...smallArray()]))
  writeFileSync(join(folder, `${long}.zip`), writeZip([ROOT_GROUP]))
  const service = await startService([folder], { apiKeys: [ADMIN] })
  t.teardown(() => service.close())
  const base = await service.listen()
  const encoded = encodeURIComponent('数据')
  t.match(await (await fetch(`${base}/v1/stores`)).json(), { stores: [{ id: '数据' }, { id: long }] })
  t.match(await (await fetch(`${base}/v1/stores/数据`)).json(), { id: '数据', state: 'ready' })
  t.equal((await fetch(`${base}/v1/stores/${long}`)).status, 200)
  t.equal((await fetch(`${base}/zarr/${long}/zarr.json`)).status, 200)
  t.match(await (await fetch(`${base}/v1/stores/${encoded}/metadata?path=/x`)).json(), {
    links: { self: `/v1/stores/${encoded}/metadata?path=%2Fx`, zarr: `/zarr/${encoded}/x/` },
  })
  const redirect = await fetch(`${base}/zarr/${encoded}`, { redirect: 'manual' })
  t.equal(redirect.headers.get('location'), `${encoded}/`)
  t.equal((await fetch(`${base}/zarr/${encoded}`)).status, 200)
  t.match(await (await fetch(`${base}/zarr/${encoded}/`)).text(), 'x/')
  const files = await fetch(`${base}/files/${encoded}`)
  t.match(files.headers.get('content-disposition'), `filename*=UTF-8''${encoded}`)
  const page = (await service.app.inject({ url: '/v1/stores?limit=1' })).json()
  const { root } = page.stores[0].location
  const next = await (
    await fetch(`${base}/v1/stores?limit=1&cursor=${encodeURIComponent(page.nextCursor)}`)
  ).json()
  t.match(next, { stores: [{ id: long }] })
  const register = (id: string) =>
    fetch(`${base}/v1/stores`, {
      method: 'POST',
      headers: { ...bearer(ADMIN.key), 'content-type': 'application/json' },
      body: JSON.stringify({ id, location: { root, path: '数据.zarr.zip' } }),
    })
  const made = await register('ΑΘΗΝΑ')
  t.equal(made.status, 201)
  t.equal(made.headers.get('location'), `/v1/stores/${encodeURIComponent('ΑΘΗΝΑ')}`)
  t.equal((await fetch(new URL(made.headers.get('location') as string, base))).status, 200)
  for (const id of ['a b', 'cafe\u0301', '\u202ex', '..', '数'.repeat(201)])
    t.equal((await register(id)).status, 400, JSON.stringify(id))
})

t.test(
  'the catalogue page says of an archive in which nothing Zarr is found that it is so, and why',
  async t => {
    const { app } = await serveEntries(t, [{ name: 'notes/<a>.txt', data: 'x' }])
    const { body } = await app.inject({ url: '/' })
    t.match(body, /ready, but nothing Zarr is found in it: no zarr\.json, .*at its top lie notes\//)
  },
)
