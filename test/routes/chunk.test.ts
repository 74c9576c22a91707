// Single chunks, decoded and as they are stored.
import t from 'tap'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'

const BASE = '/v1/stores/a/chunk?path=x'

t.test('a chunk is decoded and cut to the array’s edge; a missing one is marked', async t => {
  const { app } = await serveEntries(t, [ROOT_GROUP, ...smallArray()])
  const stored = await app.inject({ url: `${BASE}&index=1,0&format=json` })
  t.match(stored, { statusCode: 200, headers: { 'zarr-chunk-stored': 'true', 'zarr-shape': '2,3' } })
  t.strictSame(stored.json(), [
    [12, 13, 14],
    [18, 19, 20],
  ])
  const missing = await app.inject({ url: `${BASE}&index=1,1&format=json` })
  t.match(missing, { statusCode: 200, headers: { 'zarr-chunk-stored': 'false' } })
  t.strictSame(missing.json().flat(), Array(6).fill(7))
})

t.test('encoded=true answers the stored bytes, and a 404 when there are none', async t => {
  const entries = smallArray()
  const { app } = await serveEntries(t, [ROOT_GROUP, ...entries])
  const stored = await app.inject({ url: `${BASE}&index=0,1&encoded=true` })
  t.ok(stored.rawPayload.equals(entries[2]?.data as Buffer))
  t.match(await app.inject({ url: `${BASE}&index=0,1&encoded=true`, headers: { 'if-none-match': '*' } }), {
    statusCode: 304,
  })
  const missing = await app.inject({ url: `${BASE}&index=1,1&encoded=true` })
  t.match(missing.json(), { status: 404, code: 'KEY_NOT_FOUND' })
})

t.test('an index outside the grid, or of other dimensions, is refused', async t => {
  const { app } = await serveEntries(t, [ROOT_GROUP, ...smallArray()])
  for (const index of ['2,0', '0,2', '0', '0,0,0', '']) {
    const answer = await app.inject({ url: `${BASE}&index=${index}` })
    t.match(answer.json(), { status: 400, code: 'INVALID_CHUNK_INDEX' }, index)
  }
  for (const index of ['-1,0', '1e3,0', 'a', '0,,0', '9999999999999999,0']) {
    t.match((await app.inject({ url: `${BASE}&index=${index}` })).json(), { code: 'BAD_REQUEST' }, index)
  }
})
