// Damaged values through every route that reads them: a 5xx with a code, never absence, never wrong bytes.
import t from 'tap'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'
import type { ZipEntry } from '../support/zip-writer.js'

/** The entry as its directory describes it, with one byte turned. */
function damaged(entry: ZipEntry): ZipEntry {
  const stored = Buffer.from(entry.data as Buffer)
  stored[0] = (stored[0] as number) ^ 1
  return { ...entry, stored }
}

t.test('a damaged chunk is a 5xx wherever it is touched, and only there', async t => {
  const [metadata, first, ...others] = smallArray() as [ZipEntry, ZipEntry, ...ZipEntry[]]
  const entries = [ROOT_GROUP, metadata, damaged(first), ...others, ...smallArray('y')]
  const { app, logged } = await serveEntries(t, entries)
  const v1 = '/v1/stores/a'
  for (const url of [
    '/zarr/a/x/c/0/0',
    `${v1}/slice?path=x`,
    `${v1}/slice?path=x&format=json`,
    `${v1}/slice?path=x&format=npy`,
    `${v1}/slice?path=x&slice=0,0`,
    `${v1}/slice?path=x&slice=[3,0],::-2`,
    `${v1}/chunk?path=x&index=0,0`,
    `${v1}/chunk?path=x&index=0,0&format=json`,
    `${v1}/chunk?path=x&index=0,0&encoded=true`,
  ]) {
    for (const attempt of ['first', 'second']) {
      const answer = await app.inject({ url })
      t.match(answer.json(), { status: 500, code: 'CHECKSUM_MISMATCH' }, `${url}, ${attempt} time`)
    }
  }
  const post = await app.inject({ method: 'POST', url: `${v1}/slice`, payload: { path: 'x' } })
  t.match(post.json(), { status: 500, code: 'CHECKSUM_MISMATCH' })
  t.match(JSON.parse(logged[0]!), {
    msg: 'request failed',
    method: 'GET',
    url: '/zarr/a/x/c/0/0',
    storeId: 'a',
    code: 'CHECKSUM_MISMATCH',
    err: { message: String },
    role: 'worker',
    worker: 7,
    time: /^\d{4}-/,
  })
  for (const url of [
    '/zarr/a/x/c/0/1',
    '/zarr/a/x/zarr.json',
    `${v1}/slice?path=x&slice=2:`,
    `${v1}/slice?path=y`,
    `${v1}/chunk?path=x&index=1,1`,
    `${v1}/metadata?path=x`,
    `${v1}/nodes`,
    '/zarr/a/x/',
    '/files/a',
  ]) {
    t.equal((await app.inject({ url })).statusCode, 200, url)
  }
})

t.test('a damaged metadata document is never taken for an absent one', async t => {
  const [metadata, ...chunks] = smallArray() as [ZipEntry, ...ZipEntry[]]
  const broken = damaged({ ...metadata, data: Buffer.from(metadata.data as string) })
  const { app } = await serveEntries(t, [ROOT_GROUP, broken, ...chunks, ...smallArray('y')])
  const v1 = '/v1/stores/a'
  for (const url of [
    '/zarr/a/x/zarr.json',
    `${v1}/metadata?path=x`,
    `${v1}/slice?path=x`,
    `${v1}/chunk?path=x&index=0,0`,
    '/zarr/a/zarr.json?consolidated=true',
  ]) {
    const answer = await app.inject({ url })
    t.match(answer.json(), { status: 500, code: 'CHECKSUM_MISMATCH' }, url)
  }
  const { nodes } = (await app.inject({ url: `${v1}/nodes` })).json()
  t.match(nodes, [
    { path: '/x', error: { code: 'CHECKSUM_MISMATCH' } },
    { path: '/y', nodeType: 'array' },
  ])
  for (const url of ['/zarr/a/', '/zarr/a/x/', `${v1}/slice?path=y`]) {
    t.equal((await app.inject({ url })).statusCode, 200, url)
  }
})

t.test('what is not supported is a 501 that names it', async t => {
  const [metadata, ...chunks] = smallArray() as [ZipEntry, ...ZipEntry[]]
  const change = (name: string, members: object): ZipEntry[] => {
    const document = { ...JSON.parse(metadata.data as string), ...members }
    return [{ name: `${name}/zarr.json`, data: JSON.stringify(document) }, ...chunks]
  }
  const { app } = await serveEntries(t, [
    ROOT_GROUP,
    ...change('codec', { codecs: [{ name: 'bytes' }, { name: 'nobody.knows' }] }),
    ...change('type', { data_type: 'nobody.knows' }),
    ...change('member', { something: { name: 'new' } }),
  ])
  for (const path of ['codec', 'type', 'member']) {
    const answer = await app.inject({ url: `/v1/stores/a/slice?path=${path}` })
    t.match(answer.json(), { status: 501, code: /_UNSUPPORTED$/, detail: /nobody\.knows|something/ }, path)
    t.equal((await app.inject({ url: `/zarr/a/${path}/zarr.json` })).statusCode, 200, 'raw values still pass')
  }
})

t.test('a value too large to be held in memory is verified before its head is sent', async t => {
  const whole: ZipEntry = { name: 'whole', data: Buffer.alloc(17 * 1024 * 1024, 'whole') }
  const broken: ZipEntry = { name: 'broken', data: Buffer.alloc(17 * 1024 * 1024, 'broken') }
  const { app } = await serveEntries(t, [ROOT_GROUP, whole, damaged(broken)])
  t.match((await app.inject({ url: '/zarr/a/broken' })).json(), { status: 500, code: 'CHECKSUM_MISMATCH' })
  const ranged = await app.inject({ url: '/zarr/a/broken', headers: { range: 'bytes=0-' } })
  t.match(ranged.json(), { status: 500, code: 'CHECKSUM_MISMATCH' })
  t.ok((await app.inject({ url: '/zarr/a/whole' })).rawPayload.equals(whole.data as Buffer))
})
