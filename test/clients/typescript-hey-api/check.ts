// Reads the bundled sample through the client that @hey-api/openapi-ts generates from openapi.yaml.
// Environment: ZIPZARR_URL, the service; ZIPZARR_KEY, a read key of it. Exit code 1 when a check failed.
import { inspect, isDeepStrictEqual } from 'node:util'
import { type Client, createClient } from '../../../build/clients/typescript-hey-api/client/client/index.js'
import * as api from '../../../build/clients/typescript-hey-api/client/sdk.gen.js'
import type { ArrayFormat, Problem } from '../../../build/clients/typescript-hey-api/client/types.gen.js'

const NAME = 'typescript-hey-api'
const STORES = ['climate', 'microscopy', 'microscopy-v04.ome', 'stations']
const baseUrl = process.env.ZIPZARR_URL ?? ''
const key = process.env.ZIPZARR_KEY ?? ''
const path = { storeId: 'climate' }
let passed = 0
let failed = 0

function equal(what: string, expected: unknown, found: unknown) {
  if (isDeepStrictEqual(expected, found)) {
    passed++
    return
  }
  failed++
  console.log(`not ok: ${what}: expected ${inspect(expected)}, found ${inspect(found)}`)
}

function refused(what: string, code: Problem['code'], status: number, answer: Answer) {
  equal(`the status of ${what}`, status, answer.response.status)
  equal(`the problem of ${what}`, code, answer.error?.code)
}
type Answer = { error?: Problem | undefined; response: Response }

async function page(client: Client, query: { limit?: number; cursor?: string; api_key?: string } = {}) {
  const { data } = await api.listStores({ client, query, throwOnError: true })
  return { ids: data.stores.map(store => store.id), next: data.nextCursor }
}

async function checkStores(client: Client) {
  equal('the stores', { ids: STORES, next: undefined }, await page(client))
  let { ids, next } = await page(client, { limit: 1 })
  equal('a page of one store', ['climate'], ids)
  const followed = [...ids]
  while (next !== undefined && followed.length <= STORES.length) {
    ;({ ids, next } = await page(client, { limit: 1, cursor: next }))
    followed.push(...ids)
  }
  equal('the stores page by page', STORES, followed)
  const { data: store } = await api.getStore({ client, path, throwOnError: true })
  equal('a store', ['climate', 'ready', 2], [store.id, store.state, store.zarrFormat])

  const closed = createClient({ baseUrl })
  refused('listing without a key', 'UNAUTHORIZED', 401, await api.listStores({ client: closed }))
  equal('the key in the URL', STORES, (await page(closed, { api_key: key })).ids)
}

async function checkMetadata(client: Client) {
  const read = (node: string) => ({ client, path, query: { path: node } })
  const { data } = await api.getMetadata({ ...read('air_temperature'), throwOnError: true })
  equal('the type of the node', 'array', data.nodeType)
  equal('the shape', [60, 45, 90], data.shape)
  equal('the data type', { name: '<f4', kind: 'float', itemSize: 4, byteOrder: 'little' }, data.dataType)
  equal('the dimension names', ['time', 'lat', 'lon'], data.dimensionNames)
  equal('an attribute', 'degC', data.attributes.units)
  equal('the fill value', 'NaN', data.fillValue)
  refused('metadata of no node', 'NODE_NOT_FOUND', 404, await api.getMetadata(read('nothing')))
}

async function checkSlices(client: Client) {
  // The generated type of a slice is Blob whatever its format: asked for as a blob, JSON comes as one too.
  const read = (format: ArrayFormat) =>
    ({
      client,
      path,
      query: { path: 'air_temperature', slice: '0,0:2,0:3', format },
      parseAs: 'blob',
    }) as const
  const raw = await api.getSlice({ ...read('raw'), throwOnError: true })
  const view = new DataView(await raw.data.arrayBuffer())
  const numbers = Array.from({ length: view.byteLength / 4 }, (_, index) => view.getFloat32(4 * index, true))
  const json = await api.getSlice({ ...read('json'), throwOnError: true })
  const rows: unknown = JSON.parse(await json.data.text())
  equal('the numbers of raw bytes and of JSON', rows, [numbers.slice(0, 3), numbers.slice(3)])
  equal('the header Zarr-Shape', '2,3', raw.response.headers.get('zarr-shape'))
  const tag = raw.response.headers.get('etag') ?? ''
  equal('a strong ETag', true, tag.startsWith('"') && tag.length > 2)
  const unchanged = await api.getSlice({ ...read('raw'), headers: { 'If-None-Match': tag } })
  equal('the slice that has not changed', [304, undefined], [unchanged.response.status, unchanged.data])
}

async function checkStoredBytes(client: Client) {
  const read = (name: string) => ({ client, path: { ...path, key: `air_temperature/${name}` } })
  const attributes = await api.getValue({ ...read('.zattrs'), throwOnError: true })
  equal('an attribute as stored', 'degC', (attributes.data as Record<string, unknown>).units)
  const chunk = await api.getValue({ ...read('0.0.0'), throwOnError: true })
  equal('the length of a chunk', 41697, chunk.data instanceof Blob ? chunk.data.size : chunk.data)
  refused('a key that is not stored', 'KEY_NOT_FOUND', 404, await api.getValue(read('9.9.9')))
  const start = await api.getArchive({ client, path, headers: { Range: 'bytes=0-3' }, throwOnError: true })
  const bytes = [...new Uint8Array(await start.data.arrayBuffer())]
  equal('the first bytes of the archive', [206, [0x50, 0x4b, 3, 4]], [start.response.status, bytes])
}

const client = createClient({ baseUrl, auth: key })
for (const part of [checkStores, checkMetadata, checkSlices, checkStoredBytes]) {
  // A part that ends early is counted as a failure, so that the other parts still run.
  await part(client).catch(error => equal(`${part.name} to its end`, undefined, error))
}
console.log(`${NAME}: ${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
