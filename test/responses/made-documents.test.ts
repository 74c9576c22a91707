// Documents that the archive does not hold and clients look for: of groups without any, and consolidated metadata.
import t from 'tap'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'

const GROUP_V2 = '{"zarr_format":2}'
const ZARRAY = JSON.stringify({
  zarr_format: 2,
  shape: [2],
  chunks: [2],
  dtype: '|u1',
  compressor: null,
  fill_value: 0,
  order: 'C',
  filters: null,
})
const GROUP_V3 = { zarr_format: 3, node_type: 'group', attributes: {} }

t.test('a folder that is a group because nodes lie in it has the document of their format', async t => {
  const { app } = await serveEntries(t, [
    { name: 'old/deep/x/.zarray', data: ZARRAY },
    { name: 'old/deep/x/0', data: Buffer.from([1, 2]) },
    { name: 'other/.zgroup', data: GROUP_V2 },
    { name: 'doc/readme', data: 'x' },
  ])
  for (const key of ['.zgroup', 'old/.zgroup', 'old/deep/.zgroup']) {
    const made = await app.inject({ url: `/zarr/a/${key}` })
    t.match(made, { statusCode: 200, body: GROUP_V2 }, key)
    const { etag } = made.headers
    t.match(made.headers, { 'content-type': 'application/json', 'zarr-key-stored': 'false', etag: /^"/ }, key)
    const head = await app.inject({ method: 'HEAD', url: `/zarr/a/${key}` })
    t.match(head, {
      statusCode: 200,
      headers: { 'content-length': '17', 'zarr-key-stored': 'false' },
    })
    const kept = await app.inject({ url: `/zarr/a/${key}`, headers: { 'if-none-match': String(etag) } })
    t.equal(kept.statusCode, 304)
  }
  const stored = await app.inject({ url: '/zarr/a/other/.zgroup' })
  t.match(stored, { statusCode: 200, headers: { 'zarr-key-stored': undefined } })
  const absent = [
    'zarr.json',
    'doc/.zgroup',
    'doc/zarr.json',
    'none/.zgroup',
    'old/deep/x/.zgroup',
    '.zattrs',
    'old/zarr.json',
  ]
  for (const key of absent) {
    t.equal((await app.inject({ url: `/zarr/a/${key}` })).json().code, 'KEY_NOT_FOUND', key)
  }
  const consolidated = (await app.inject({ url: '/zarr/a/.zmetadata' })).json().metadata
  t.strictSame(
    Object.keys(consolidated).sort(),
    ['.zgroup', 'old/.zgroup', 'old/deep/.zgroup', 'old/deep/x/.zarray', 'other/.zgroup'].sort(),
  )
})

t.test('where both formats lie below, each has its document', async t => {
  const { app } = await serveEntries(t, [{ name: 'v2/.zgroup', data: GROUP_V2 }, ...smallArray('in/x')])
  const get = async (key: string) => (await app.inject({ url: `/zarr/a/${key}` })).json()
  t.strictSame(await get('.zgroup'), { zarr_format: 2 })
  t.strictSame(await get('zarr.json'), GROUP_V3)
  t.strictSame(await get('in/zarr.json'), GROUP_V3)
  t.match(await get('in/.zgroup'), { code: 'KEY_NOT_FOUND' })
  t.match(await get('in/x/c/zarr.json'), { code: 'KEY_NOT_FOUND' }, 'chunks are no nodes')
  const { consolidated_metadata } = await get('zarr.json?consolidated=true')
  t.strictSame(Object.keys(consolidated_metadata.metadata).sort(), ['in', 'in/x'])
  t.match((await app.inject({ url: '/v1/stores/a/metadata' })).json(), { nodeType: 'group', zarrFormat: 3 })
})

t.test('inside an array and in an archive without nodes there is no group', async t => {
  const nested = [...smallArray('x'), { name: 'x/in/y/zarr.json', data: ROOT_GROUP.data as string }]
  const { app } = await serveEntries(t, [ROOT_GROUP, ...nested])
  t.equal((await app.inject({ url: '/zarr/a/x/in/zarr.json' })).statusCode, 404)
  const empty = await serveEntries(t, [{ name: 'readme', data: 'x' }])
  for (const key of ['.zgroup', 'zarr.json', '.zmetadata', 'zarr.json?consolidated=true'])
    t.equal((await empty.app.inject({ url: `/zarr/a/${key}` })).json().code, 'KEY_NOT_FOUND', key)
})

t.test(
  'consolidated metadata that is asked for is made, whatever is stored, and every parser reads it',
  async t => {
    const nan = '{"zarr_format":3,"node_type":"group","attributes":{"x":NaN,"big":123456789012345678901}}'
    const stale =
      '{"zarr_format":3,"node_type":"group","consolidated_metadata":{"kind":"inline","metadata":{}}}'
    const { app } = await serveEntries(t, [
      { name: 'zarr.json', data: stale },
      { name: 'g/zarr.json', data: nan },
      ...smallArray('g/x'),
    ])
    const ask = async (key: string) => await app.inject({ url: `/zarr/a/${key}` })
    const root = await ask('zarr.json?consolidated=true')
    t.match(root.headers, { 'zarr-key-stored': 'false' })
    t.strictSame(Object.keys(root.json().consolidated_metadata.metadata).sort(), ['g', 'g/x'])
    t.equal(root.json().consolidated_metadata.metadata.g.attributes.x, 'NaN')
    t.match(root.body, '123456789012345678901')
    const group = (await ask('g/zarr.json?consolidated=true')).json()
    t.strictSame(Object.keys(group.consolidated_metadata.metadata), ['x'])
    for (const query of ['', '?consolidated=false']) {
      t.equal((await ask(`zarr.json${query}`)).body, stale, 'stored documents pass byte for byte')
      t.equal((await ask(`g/zarr.json${query}`)).body, nan)
    }
    const array = smallArray('g/x')[0]?.data
    t.equal((await ask('g/x/zarr.json?consolidated=true')).body, array, 'an array has none')
  },
)

t.test('.zmetadata: the stored one as it is, one that is asked for made anew', async t => {
  const { app } = await serveEntries(t, [
    { name: '.zgroup', data: GROUP_V2 },
    { name: '.zattrs', data: '{"x":[NaN, -Infinity]}' },
    { name: '.zmetadata', data: '{"metadata":{}}' },
    { name: 'g/.zgroup', data: GROUP_V2 },
    { name: 'g/.zattrs', data: '{"x":NaN}' },
  ])
  const ask = async (key: string) => await app.inject({ url: `/zarr/a/${key}` })
  t.equal((await ask('.zmetadata')).body, '{"metadata":{}}')
  const made = (await ask('.zmetadata?consolidated=true')).json()
  t.strictSame(made.metadata['.zattrs'], { x: ['NaN', '-Infinity'] })
  t.strictSame(made.metadata['g/.zattrs'], { x: 'NaN' })
  t.match((await ask('g/.zmetadata')).body, '{"x":NaN}', 'Python reads it as its parts are')
  t.strictSame((await ask('g/.zmetadata?consolidated=true')).json().metadata['.zattrs'], { x: 'NaN' })
})
