import t from 'tap'
import type { NodePath } from '../../../src/store/keys.js'
import { describeNode } from '../../../src/zarr/hierarchy/describe.js'
import { openNode } from '../../../src/zarr/hierarchy/hierarchy.js'
import type { JsonObject } from '../../../src/zarr/json/json.js'
import { FolderStore } from '../../support/folder-store.js'

async function describe(entries: Record<string, string | object>, path = 'a'): Promise<JsonObject> {
  const store = FolderStore.fromEntries(Object.entries(entries))
  return describeNode(store, await openNode(store, path as NodePath))
}

const ZARRAY = {
  zarr_format: 2,
  shape: [4, 6],
  chunks: [2, 2],
  dtype: '>f4',
  compressor: { id: 'zlib', level: 1 },
  fill_value: 'NaN',
  order: 'C',
  filters: null,
}
const ARRAY = {
  zarr_format: 3,
  node_type: 'array',
  shape: [8, 8],
  data_type: 'uint64',
  chunk_grid: { name: 'regular', configuration: { chunk_shape: [4, 4] } },
  chunk_key_encoding: 'default',
  codecs: [{ name: 'bytes', configuration: { endian: 'big' } }],
  fill_value: 1,
  dimension_names: ['y', null],
  attributes: { a: 1 },
}
const sharding = (
  chunkShape: number[],
  codecs: object[] = [{ name: 'bytes', configuration: { endian: 'little' } }],
) => ({
  name: 'sharding_indexed',
  configuration: {
    chunk_shape: chunkShape,
    codecs,
    index_codecs: [{ name: 'bytes', configuration: { endian: 'little' } }, { name: 'crc32c' }],
  },
})

t.test('a v2 array', async t => {
  t.same(
    await describe({
      'a/.zarray': ZARRAY,
      'a/.zattrs': { _ARRAY_DIMENSIONS: ['y', 'x'] },
      'a/0.0': '12',
      'a/1.2': '345',
    }),
    {
      path: '/a',
      nodeType: 'array',
      zarrFormat: 2,
      shape: [4, 6],
      chunkShape: [2, 2],
      chunkGridShape: [2, 3],
      storedChunks: 2,
      dataType: { name: '>f4', kind: 'float', itemSize: 4, byteOrder: 'big' },
      fillValue: Number.NaN,
      dimensionNames: ['y', 'x'],
      codecs: [
        { name: 'bytes', configuration: { endian: 'big' } },
        { name: 'numcodecs.zlib', configuration: { level: 1 } },
      ],
      attributes: { _ARRAY_DIMENSIONS: ['y', 'x'] },
      storedBytes:
        JSON.stringify(ZARRAY).length + JSON.stringify({ _ARRAY_DIMENSIONS: ['y', 'x'] }).length + 5,
    },
  )
})

t.test('a v3 array', async t => {
  t.match(await describe({ 'a/zarr.json': ARRAY, 'a/c/0/1': 'x' }), {
    zarrFormat: 3,
    chunkShape: [4, 4],
    chunkGridShape: [2, 2],
    storedChunks: 1,
    dataType: { name: 'uint64', byteOrder: 'big' },
    fillValue: 1,
    dimensionNames: ['y', null],
    attributes: { a: 1 },
  })
})

t.test('a group, explicit or not', async t => {
  const group = { zarr_format: 3, node_type: 'group', attributes: { b: 2 } }
  const entries = { 'zarr.json': group, 'i/a/zarr.json': ARRAY }
  const storedBytes = JSON.stringify(group).length + JSON.stringify(ARRAY).length
  t.same(await describe(entries, ''), {
    path: '/',
    nodeType: 'group',
    zarrFormat: 3,
    attributes: { b: 2 },
    storedBytes,
  })
  t.match(await describe(entries, 'i'), { path: '/i', nodeType: 'group', zarrFormat: 3, isImplicit: true })
})

t.test(
  'chunks are counted by their keys in every encoding; leftovers and other keys do not count',
  async t => {
    const inGrid = [
      [0, 0],
      [1, 1],
    ]
    for (const [name, separator] of [
      ['default', '/'],
      ['default', '.'],
      ['v2', '/'],
      ['v2', '.'],
    ]) {
      const keyOf = (chunk: number[]) => (name === 'default' ? ['c', ...chunk] : chunk).join(separator)
      const keys = [...inGrid, [2, 0], [0, 5]].map(keyOf)
      const odd = [
        keyOf([0, 1]).replace('1', '01'),
        keyOf([0, 0]).concat(separator, '0'),
        'readme',
        `x${separator}y`,
      ]
      const entries = Object.fromEntries([...keys, ...odd].map(key => [`a/${key}`, '']))
      const array = { ...ARRAY, chunk_key_encoding: { name, configuration: { separator } } }
      t.match(
        await describe({ 'a/zarr.json': array, ...entries }),
        { storedChunks: 2 },
        `${name} ${separator}`,
      )
    }
    const scalar = {
      ...ARRAY,
      shape: [],
      chunk_grid: { name: 'regular', configuration: { chunk_shape: [] } },
      dimension_names: [],
    }
    t.match(await describe({ 'a/zarr.json': scalar, 'a/c': 'x' }), { storedChunks: 1, chunkGridShape: [] })
    t.match(await describe({ 'a/zarr.json': { ...scalar, chunk_key_encoding: 'v2' }, 'a/0': 'x' }), {
      storedChunks: 1,
    })
  },
)

t.test('of shards the inner chunks are told, in the order of the dimensions of the array', async t => {
  const sharded = { ...ARRAY, codecs: [sharding([2, 1])] }
  t.match(await describe({ 'a/zarr.json': sharded, 'a/c/0/0': 'x' }), {
    chunkShape: [2, 1],
    shardShape: [4, 4],
    chunkGridShape: [4, 8],
    storedShards: 1,
    dataType: { byteOrder: 'little' },
  })
  const transposed = {
    ...ARRAY,
    codecs: [{ name: 'transpose', configuration: { order: [1, 0] } }, sharding([2, 1])],
  }
  t.match(await describe({ 'a/zarr.json': transposed }), {
    chunkShape: [1, 2],
    shardShape: [4, 4],
    storedShards: 0,
  })
  const unknown = { ...ARRAY, codecs: [sharding([2, 1]), { name: 'not-a-codec' }] }
  t.match(
    await describe({ 'a/zarr.json': unknown }),
    { chunkShape: [4, 4], storedChunks: 0 },
    'still described',
  )
})

t.test('grids of differing chunks have no chunk shape', async t => {
  const edges = { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [[1, 3, 4], 5] } }
  const description = await describe({ 'a/zarr.json': { ...ARRAY, chunk_grid: edges } })
  t.same([description.chunkShape, description.chunkGridShape], [undefined, [3, 2]])
})

t.test('data types are told with what makes them up', async t => {
  const dataTypeOf = async (dtype: unknown, fill: unknown = null) =>
    (await describe({ 'a/.zarray': { ...ZARRAY, dtype, fill_value: fill } })).dataType
  t.same(await dataTypeOf('<M8[10ms]'), {
    name: '<M8[10ms]',
    kind: 'datetime',
    itemSize: 8,
    byteOrder: 'little',
    unit: 'ms',
    factor: 10,
  })
  t.same(await dataTypeOf('|S3'), { name: '|S3', kind: 'bytes', itemSize: 3, byteOrder: null })
  t.match(
    await dataTypeOf([
      ['x', '>i2'],
      ['y', '|u1', [2]],
    ]),
    {
      name: 'struct',
      itemSize: 4,
      byteOrder: null,
      fields: [
        { name: 'x', byteOffset: 0, shape: [], dataType: { name: '>i2', byteOrder: 'big' } },
        { name: 'y', byteOffset: 2, shape: [2], dataType: { name: '|u1', byteOrder: null } },
      ],
    },
  )
})

t.test('an undefined fill value is null', async t => {
  t.equal((await describe({ 'a/.zarray': { ...ZARRAY, fill_value: null } })).fillValue, null)
})

t.test('keys below an array that are none of its chunks are counted, whatever they lie under', async t => {
  const withEncoding = (name: string, separator: string) => ({
    ...ARRAY,
    chunk_key_encoding: { name, configuration: { separator } },
  })
  const rows: [array: object, keys: string[], unreachable: number | undefined, stored: number][] = [
    [withEncoding('v2', '.'), ['0/0', '0/1', '1/0'], 3, 0],
    [withEncoding('v2', '/'), ['0.0', '0.1'], 2, 0],
    [withEncoding('default', '/'), ['c.0.0', '0/0', 'c/0'], 3, 0],
    [withEncoding('default', '.'), ['c/0/0', 'c.0.0'], 1, 1],
    [withEncoding('default', '/'), ['c/0/0', 'c/1/1', 'c/0/1/0'], 1, 2],
    [withEncoding('default', '/'), ['c/0/0', 'c/9/9'], undefined, 1],
    [withEncoding('v2', '.'), ['0.0', 'sub/.zarray', 'sub/0.0', 'sub/1', '.zattrs'], undefined, 1],
    [withEncoding('v2', '/'), ['0/0', 'sub/zarr.json', 'sub/c/0', '1/zarr.json', '1/0'], undefined, 1],
  ]
  for (const [array, keys, unreachable, stored] of rows) {
    const entries = Object.fromEntries(keys.map(key => [`a/${key}`, '{}']))
    const { storedChunks, unreachableKeys } = await describe({ 'a/zarr.json': array, ...entries, 'b/x': '' })
    t.same([storedChunks, unreachableKeys], [stored, unreachable], keys.join(' '))
  }
  const atRoot = await describe({ 'zarr.json': withEncoding('v2', '.'), '0/0': 'x' }, '')
  t.equal(atRoot.unreachableKeys, 1)
})
