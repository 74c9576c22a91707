import t from 'tap'
import type { NodePath } from '../../../src/store/keys.js'
import { consolidateV2, consolidateV3 } from '../../../src/zarr/hierarchy/consolidate.js'
import { parseJson } from '../../../src/zarr/json/json.js'
import { failureOfAsync } from '../../support/failure.js'
import { FolderStore } from '../../support/folder-store.js'

const ROOT = '' as NodePath
const store = (entries: Record<string, string | object>) => FolderStore.fromEntries(Object.entries(entries))
const EMPTY = '{"kind":"inline","must_understand":false,"metadata":{}}'
const ZARRAY = '{"zarr_format":2,"shape":[3],"chunks":[1.0],"fill_value":NaN}'

t.test('.zmetadata holds every document as it is written, below the paths of their keys', async t => {
  const text = await consolidateV2(
    store({
      '.zgroup': '{"zarr_format": 2}',
      '.zattrs': '{"big": 9007199254740993, "scale": 1.0, "missing": NaN}',
      'a/.zarray': ZARRAY,
      'a/.zattrs': '{"units": "K"}',
      'a/0': 'chunk',
      'g/.zgroup': '{"zarr_format": 2}',
      'g/b/.zarray': ZARRAY,
    }),
    ROOT,
  )
  const expected = [
    '".zgroup":{"zarr_format":2}',
    '".zattrs":{"big":9007199254740993,"scale":1.0,"missing":NaN}',
    '"a/.zarray":{"zarr_format":2,"shape":[3],"chunks":[1.0],"fill_value":"NaN"}',
    '"a/.zattrs":{"units":"K"}',
    `"g/.zgroup":{"zarr_format":2,"consolidated_metadata":${EMPTY}}`,
    '"g/b/.zarray":{"zarr_format":2,"shape":[3],"chunks":[1.0],"fill_value":"NaN"}',
  ]
  t.equal(text, `{"metadata":{${expected.join(',')}},"zarr_consolidated_format":1}`)
})

t.test('zarr.json gets the nodes below it, nested groups being marked as told in full', async t => {
  const array = '{"zarr_format":3,"node_type":"array","fill_value":-Infinity,"attributes":{"x":1.0}}'
  const text = await consolidateV3(
    store({
      'zarr.json':
        '{"zarr_format":3,"node_type":"group","consolidated_metadata":null,"attributes":{"y":2.50}}',
      'a/zarr.json': array,
      'a/c/0': 'chunk',
      'g/zarr.json': '{"zarr_format":3,"node_type":"group","consolidated_metadata":null}',
      'g/b/zarr.json': array,
    }),
    ROOT,
  )
  const written = '{"zarr_format":3,"node_type":"array","fill_value":"-Infinity","attributes":{"x":1.0}}'
  const metadata = `{"a":${written},"g":{"zarr_format":3,"node_type":"group","consolidated_metadata":${EMPTY}},"g/b":${written}}`
  const consolidated = `{"kind":"inline","must_understand":false,"metadata":${metadata}}`
  t.equal(
    text,
    `{"zarr_format":3,"node_type":"group","consolidated_metadata":${consolidated},"attributes":{"y":2.50}}`,
  )
})

t.test('paths are relative to the group that is consolidated', async t => {
  const v2 = store({
    'g/.zgroup': { zarr_format: 2 },
    'g/h/.zgroup': { zarr_format: 2 },
    'i/.zgroup': { zarr_format: 2 },
  })
  t.same(Object.keys(metadataOf(await consolidateV2(v2, 'g' as NodePath))), ['.zgroup', 'h/.zgroup'])
  const group = { zarr_format: 3, node_type: 'group' }
  const v3 = store({ 'g/zarr.json': group, 'g/h/i/zarr.json': group, 'j/zarr.json': group })
  const text = await consolidateV3(v3, 'g' as NodePath)
  const document = parseJson(text ?? '') as { consolidated_metadata: { metadata: object } }
  t.same(
    Object.keys(document.consolidated_metadata.metadata).sort(),
    ['h', 'h/i'],
    'implicit groups are named too',
  )
})

function metadataOf(text: string | undefined): object {
  return (parseJson(text ?? '{}') as { metadata: object }).metadata
}

t.test('implicit groups that lead to nodes are named, other folders are not', async t => {
  const text = await consolidateV2(
    store({
      '.zgroup': '{"zarr_format":2}',
      'x/y/a/.zarray': ZARRAY,
      'doc/pictures/1': '',
      'v3/zarr.json': {},
    }),
    ROOT,
  )
  t.same(Object.keys(metadataOf(text)).sort(), ['.zgroup', 'x/.zgroup', 'x/y/.zgroup', 'x/y/a/.zarray'])
})

t.test('consolidated metadata of the store itself is made anew: it may be stale', async t => {
  const group = { zarr_format: 3, node_type: 'group' }
  const stale = { ...group, consolidated_metadata: { kind: 'inline', metadata: { gone: {} } } }
  const entries = { 'zarr.json': stale, 'g/zarr.json': stale, 'g/a/zarr.json': group }
  t.same(Object.keys(nodesOf(await consolidateV3(store(entries), ROOT))), ['g', 'g/a'])
  t.notMatch(await consolidateV3(store(entries), ROOT), 'gone')
  const unreadable = { 'zarr.json': stale, 'a/zarr.json': '{' }
  t.same(
    parseJson((await consolidateV3(store(unreadable), ROOT)) ?? ''),
    group,
    'none rather than a stale one',
  )
})

t.test('asked for strict JSON, NaN and infinities are strings anywhere, and every digit stays', async t => {
  const attributes =
    '{"a": [NaN, {"b": -Infinity}], "NaN": "x NaN \\" Infinity", "big": 123456789012345678901, "f": 1.50, "i":Infinity}'
  const written =
    '{"a": ["NaN", {"b": "-Infinity"}], "NaN": "x NaN \\" Infinity", "big": 123456789012345678901, "f": 1.50, "i":"Infinity"}'
  const strict = { nonFinite: 'string' } as const
  const group = `{"zarr_format":3,"node_type":"group","attributes":${attributes}}`
  const v3 = await consolidateV3(store({ 'zarr.json': group, 'g/zarr.json': group }), ROOT, strict)
  t.equal(v3?.split(`"attributes":${written}`).length, 3)
  t.doesNotThrow(() => JSON.parse(v3 ?? ''))
  const v2 = store({ '.zgroup': '{"zarr_format":2}', '.zattrs': attributes })
  const quoted = JSON.parse((await consolidateV2(v2, ROOT, strict)) ?? '')
  t.strictSame(quoted.metadata['.zattrs'].a, ['NaN', { b: '-Infinity' }])
  t.match(await consolidateV2(v2, ROOT), '[NaN, {"b": -Infinity}]', 'as it is written, without asking')
})

t.test('a folder that is a group because of what lies in it has consolidated metadata too', async t => {
  const group = { zarr_format: 3, node_type: 'group' }
  const both = store({ 'a/.zgroup': { zarr_format: 2 }, 'b/zarr.json': group, 'd/readme': 'x' })
  t.equal(
    await consolidateV2(both, ROOT),
    `{"metadata":{"a/.zgroup":{"zarr_format":2,"consolidated_metadata":${EMPTY}},".zgroup":{"zarr_format":2}},"zarr_consolidated_format":1}`,
  )
  t.same(Object.keys(nodesOf(await consolidateV3(both, ROOT))), ['b'])
  t.equal(await consolidateV2(both, 'd' as NodePath), undefined)
  t.equal(await consolidateV3(both, 'd' as NodePath), undefined)
})

function nodesOf(text: string | undefined): object {
  const document = parseJson(text ?? '{}') as { consolidated_metadata: { metadata: object } }
  return document.consolidated_metadata.metadata
}

t.test(
  'there is none where there is no group of that format, and none that is too large or not readable',
  async t => {
    const group = { zarr_format: 3, node_type: 'group' }
    t.equal(await consolidateV2(store({ 'zarr.json': group }), ROOT), undefined)
    t.equal(
      await consolidateV2(store({ 'zarr.json': group, '.zgroup': { zarr_format: 2 } }), ROOT),
      undefined,
    )
    t.equal(await consolidateV2(store({ '.zarray': ZARRAY }), ROOT), undefined)
    t.equal(await consolidateV2(store({}), ROOT), undefined)
    t.equal(await consolidateV2(store({ '.zgroup': '{"zarr_format":2}', 'a/.zarray': '{' }), ROOT), undefined)
    t.equal(await consolidateV3(store({ '.zgroup': '{"zarr_format":2}' }), ROOT), undefined)
    t.equal(
      await consolidateV3(store({ 'zarr.json': { zarr_format: 3, node_type: 'array' } }), ROOT),
      undefined,
    )
    const failure = await failureOfAsync(() => consolidateV3(store({ 'zarr.json': '[]' }), ROOT))
    t.match(failure, { code: 'METADATA_INVALID', message: /^zarr\.json: / })
    const many = store({ '.zgroup': '{"zarr_format":2}', 'a/.zarray': ZARRAY, 'b/.zarray': ZARRAY })
    t.equal(await consolidateV2(many, ROOT, { maxNodes: 1 }), undefined)
    t.equal(await consolidateV2(many, ROOT, { maxBytes: 100 }), undefined)
    t.type(await consolidateV2(many, ROOT, { maxNodes: 2 }), 'string')
  },
)
