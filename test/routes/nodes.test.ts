// Listing nodes and describing one.
import t from 'tap'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'

const ENTRIES = [ROOT_GROUP, ...smallArray('g/x'), ...smallArray('y'), { name: 'z/zarr.json', data: '{' }]

t.test('nodes are listed in path order, page by page, the broken ones with their error', async t => {
  const { app } = await serveEntries(t, ENTRIES)
  const all = (await app.inject({ url: '/v1/stores/a/nodes' })).json()
  t.strictSame(
    all.nodes.map((node: { path: string }) => node.path),
    ['/g', '/g/x', '/y', '/z'],
  )
  t.match(all.nodes, [
    { nodeType: 'group', isImplicit: true },
    {
      nodeType: 'array',
      shape: [4, 6],
      chunkShape: [2, 3],
      dataType: 'int32',
      dimensionNames: ['lat', 'länge'],
    },
    { nodeType: 'array' },
    { error: { code: 'METADATA_INVALID' } },
  ])
  const seen: string[] = []
  let cursor = ''
  for (;;) {
    const page = (await app.inject({ url: `/v1/stores/a/nodes?limit=1${cursor}` })).json()
    seen.push(...page.nodes.map((node: { path: string }) => node.path))
    if (page.nextCursor === undefined) break
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
  }
  t.strictSame(seen, ['/g', '/g/x', '/y', '/z'])
  const children = (await app.inject({ url: '/v1/stores/a/nodes?depth=1' })).json()
  t.strictSame(
    children.nodes.map((node: { path: string }) => node.path),
    ['/g', '/y', '/z'],
  )
  const below = (await app.inject({ url: '/v1/stores/a/nodes?path=/g/' })).json()
  t.strictSame(
    below.nodes.map((node: { path: string }) => node.path),
    ['/g/x'],
  )
  t.match((await app.inject({ url: '/v1/stores/a/nodes?path=/nope' })).json(), { code: 'NODE_NOT_FOUND' })
  t.match((await app.inject({ url: '/v1/stores/a/nodes?path=a/../b' })).json(), { code: 'INVALID_NODE_PATH' })
})

t.test('one document describes a node, under any spelling of its path', async t => {
  const { app } = await serveEntries(t, ENTRIES)
  const answers = await Promise.all(
    ['g/x', '/g/x', '/g/x/'].map(path => app.inject({ url: `/v1/stores/a/metadata?path=${path}` })),
  )
  for (const answer of answers) t.equal(answer.body, answers[0]?.body)
  const document = answers[0]?.json()
  t.match(document, {
    path: '/g/x',
    nodeType: 'array',
    zarrFormat: 3,
    shape: [4, 6],
    chunkShape: [2, 3],
    chunkGridShape: [2, 2],
    dataType: { name: 'int32', kind: 'int', itemSize: 4, byteOrder: 'little' },
    fillValue: 7,
    codecs: [{ name: 'bytes' }],
    attributes: { answer: 42 },
    storedChunks: 3,
    links: { zarr: '/zarr/a/g/x/' },
  })
  for (const link of Object.values(document.links as Record<string, string>)) {
    const url = link.includes('/chunk?') ? `${link}&index=0,0` : link
    t.equal((await app.inject({ url })).statusCode, 200, url)
  }
  const root = await app.inject({ url: '/v1/stores/a/metadata' })
  t.match(root.json(), { path: '/', nodeType: 'group', attributes: { title: 'root' } })
  const etag = root.headers.etag as string
  t.match(await app.inject({ url: '/v1/stores/a/metadata', headers: { 'if-none-match': etag } }), {
    statusCode: 304,
  })
  t.match((await app.inject({ url: '/v1/stores/a/metadata?path=z' })).json(), {
    status: 500,
    code: 'METADATA_INVALID',
  })
})
