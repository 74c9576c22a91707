// What people are told to type: only what can open the node.
import t from 'tap'
import { snippetsFor } from '../../src/pages/snippets.js'
import { ROOT_GROUP, serveEntries, smallArray } from '../support/service-client.js'

const GROUP = { zarr_format: 3, node_type: 'group' }

function clientsIn(page: string): string[] {
  return [...page.matchAll(/<h3>(.*?)<\/h3>/g)].map(match => match[1] as string)
}

function textsIn(page: string): string[] {
  const texts = [...page.matchAll(/<pre>([^<]*)<\/pre>/g)].map(match => match[1] as string)
  const references: Record<string, string> = { '&quot;': '"', '&#39;': "'", '&#58;': ':', '&amp;': '&' }
  return texts.map(text =>
    text.replaceAll(/&(?:quot|#39|#58|amp);/g, reference => references[reference] as string),
  )
}

t.test('a page names the clients that open what its node is', async t => {
  const attributes = (value: object) => JSON.stringify({ ...GROUP, attributes: value })
  const [metadata] = smallArray()
  const unnamed = { ...JSON.parse(String(metadata?.data)), dimension_names: undefined }
  const { app } = await serveEntries(t, [
    ROOT_GROUP,
    ...smallArray('cube/x'),
    { name: 'cube/zarr.json', data: attributes({}) },
    { name: 'mixed/zarr.json', data: attributes({}) },
    { name: 'mixed/x/zarr.json', data: JSON.stringify(unnamed) },
    { name: 'image/zarr.json', data: attributes({ ome: { multiscales: [{}] } }) },
    { name: 'plate/zarr.json', data: attributes({ ome: { plate: {} } }) },
    { name: 'cells/zarr.json', data: attributes({ 'encoding-type': 'anndata' }) },
  ])
  const cases: ReadonlyArray<readonly [path: string, clients: string[]]> = [
    ['', ['zarr-python', 'zarrita']],
    ['cube/', ['zarr-python', 'xarray', 'zarrita']],
    ['cube/x/', ['zarr-python', 'zarrita', 'Neuroglancer', 'curl']],
    ['mixed/', ['zarr-python', 'zarrita']],
    ['image/', ['zarr-python', 'ome-zarr', 'zarrita', 'Neuroglancer']],
    ['plate/', ['zarr-python', 'ome-zarr', 'zarrita']],
    ['cells/', ['zarr-python', 'anndata', 'zarrita']],
  ]
  for (const [path, clients] of cases) {
    const { body } = await app.inject({ url: `/zarr/a/${path}`, headers: { host: 'host:1' } })
    t.strictSame(clientsIn(body), clients, path)
    const lines = textsIn(body).filter(text => !text.startsWith('curl'))
    for (const text of lines) t.match(text, `://host:1/zarr/a/${path}`, path)
  }
})

t.test('the line for curl fetches what it says, quoted for a shell, and no more than fits', async t => {
  const { app } = await serveEntries(t, [ROOT_GROUP, ...smallArray("it's $x")], { maxResponseBytes: 60 })
  const { body } = await app.inject({
    url: `/zarr/a/${encodeURIComponent("it's $x")}/`,
    headers: { host: 'host:1' },
  })
  const line = textsIn(body).find(text => text.startsWith('curl')) as string
  t.equal(
    line,
    `curl -fG 'http://host:1/v1/stores/a/slice' --data-urlencode 'path=/it'\\''s $x' --data-urlencode 'slice=0:2,0:6' --data-urlencode 'format=npy' -o array.npy`,
  )
  const answer = await app.inject({
    url: '/v1/stores/a/slice',
    query: { path: "/it's $x", slice: '0:2,0:6', format: 'npy' },
  })
  t.match(answer, { statusCode: 200, headers: { 'zarr-shape': '2,6' } })
})

t.test('what is not known to be an array or a group gets the line for either', async t => {
  const lines = snippetsFor({ base: 'http://h', storeId: 's', path: '', kind: 'unknown' }).map(
    ({ line }) => line,
  )
  t.strictSame(lines, ['zarr.open("http://h/zarr/s/", mode="r")'])
})
