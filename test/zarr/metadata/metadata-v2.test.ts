import t from 'tap'
import type { NodePath } from '../../../src/store/keys.js'
import type { Json, JsonObject } from '../../../src/zarr/json/json.js'
import type { CodecSpec } from '../../../src/zarr/metadata/metadata.js'
import { parseArrayV2, parseGroupV2 } from '../../../src/zarr/metadata/metadata-v2.js'
import { failureOf } from '../../support/failure.js'

const PATH = 'a/b' as NodePath
const ZARRAY: JsonObject = {
  zarr_format: 2,
  shape: [20, 30],
  chunks: [10, 10],
  dtype: '<f4',
  compressor: { id: 'zlib', level: 1 },
  fill_value: 'NaN',
  order: 'C',
  filters: null,
}

function parse(changes: JsonObject = {}, zattrs?: Json) {
  return parseArrayV2(PATH, { ...ZARRAY, ...changes }, zattrs)
}

function without(name: string): JsonObject {
  const { [name]: _, ...rest } = ZARRAY
  return rest
}

/** `name` or `name {configuration}` of each codec. */
function words(codecs: readonly CodecSpec[]): string[] {
  return codecs.map(({ name, configuration }) => {
    const text = JSON.stringify(configuration)
    return text === '{}' ? name : `${name} ${text}`
  })
}

t.test('an array is told in the words of the one model', async t => {
  const array = parse({}, { units: 'K', _ARRAY_DIMENSIONS: ['y', 'x'] })
  t.match(array, {
    nodeType: 'array',
    zarrFormat: 2,
    path: 'a/b',
    shape: [20, 30],
    dataType: { kind: 'float', storedByteOrder: 'little' },
    chunkGrid: { name: 'regular', chunkShape: [10, 10] },
    chunkKeyEncoding: { name: 'v2', separator: '.' },
    dimensionNames: ['y', 'x'],
    attributes: { units: 'K' },
  })
  t.same(words(array.codecs), ['bytes {"endian":"little"}', 'numcodecs.zlib {"level":1}'])
})

t.test('order, byte order, filters and compressor become one pipeline in encoding order', async t => {
  const delta = { id: 'delta', dtype: '<i2' }
  const utf8 = { id: 'vlen-utf8' }
  const rows: [changes: JsonObject, codecs: string[]][] = [
    [{ compressor: null }, ['bytes {"endian":"little"}']],
    [{ compressor: null, filters: [] }, ['bytes {"endian":"little"}']],
    [{ compressor: null, dtype: '>f8' }, ['bytes {"endian":"big"}']],
    [{ compressor: null, dtype: '|u1', fill_value: 0 }, ['bytes']],
    [{ compressor: null, dtype: '|S3', fill_value: '' }, ['bytes']],
    [
      { dtype: '<i2', fill_value: 0, order: 'F', filters: [delta, { id: 'shuffle', elementsize: 2 }] },
      [
        'transpose {"order":[1,0]}',
        'bytes {"endian":"little"}',
        'numcodecs.delta {"dtype":"<i2"}',
        'numcodecs.shuffle {"elementsize":2}',
        'numcodecs.zlib {"level":1}',
      ],
    ],
    [{ order: 'F', shape: [20], chunks: [10], compressor: null }, ['bytes {"endian":"little"}']],
    [
      {
        dtype: [
          ['x', '>i2'],
          ['y', '<i2'],
        ],
        fill_value: 0,
        compressor: null,
      },
      ['bytes'],
    ],
    [{ dtype: '|O', fill_value: '', filters: [utf8] }, ['numcodecs.vlen-utf8', 'numcodecs.zlib {"level":1}']],
    [
      { dtype: '|O', fill_value: '', filters: [utf8, { id: 'crc32' }], order: 'F' },
      ['transpose {"order":[1,0]}', 'numcodecs.vlen-utf8', 'numcodecs.crc32', 'numcodecs.zlib {"level":1}'],
    ],
    [{ dtype: '|O', fill_value: null, filters: null, compressor: utf8 }, ['numcodecs.vlen-utf8']],
    [{ dtype: '|O', fill_value: null, filters: [], compressor: { id: 'json2' } }, ['numcodecs.json2']],
    [{ dtype: '<i4', fill_value: 0, filters: [{ id: 'json2' }], compressor: null }, ['numcodecs.json2']],
    [
      { dtype: '|O', fill_value: null, filters: [{ id: 'pickle', protocol: 4 }], compressor: null },
      ['numcodecs.pickle {"protocol":4}'],
    ],
  ]
  for (const [changes, codecs] of rows) t.same(words(parse(changes).codecs), codecs, JSON.stringify(changes))
})

t.test('the object codec says what objects are', async t => {
  const kindOf = (id: string) => parse({ dtype: '|O', fill_value: null, filters: [{ id }] }).dataType.kind
  t.same(
    ['vlen-utf8', 'vlen-bytes', 'vlen-array', 'json2', 'msgpack2', 'json', 'msgpack', 'categorize'].map(
      kindOf,
    ),
    ['string', 'binary', 'object', 'object', 'object', 'object', 'object', 'object'],
  )
})

t.test('writers leave out or add members, and the array is read', async t => {
  t.equal(parse({ dimension_separator: '/' }).chunkKeyEncoding.separator, '/')
  t.equal(parse({ dimension_separator: null }).chunkKeyEncoding.separator, '.')
  t.equal(parse({ something: { else: true }, node_type: 'array' }).nodeType, 'array')
  t.equal(parseArrayV2(PATH, without('fill_value')).fillValue.isDefined, false)
  t.equal(parseArrayV2(PATH, without('filters')).codecs.length, 2)
  t.same(words(parseArrayV2(PATH, without('compressor')).codecs), ['bytes {"endian":"little"}'])
  t.same(parse({ shape: [], chunks: [] }).shape, [])
  t.same(parse({ shape: 20, chunks: 10 }).chunkGrid.chunkShape, [10], 'Rarr writes one dimension so')
  t.same(parse({ shape: 20, chunks: [10] }).shape, [20])
  t.same(parse({ shape: [0, 3], chunks: [0, 3] }).chunkGrid.axes[0].chunkCount, 0)
})

t.test('dimension names are taken from _ARRAY_DIMENSIONS when it is a list of that many names', async t => {
  for (const names of [undefined, 'yx', ['y'], ['y', 1], ['y', 'x', 'z'], null] as (Json | undefined)[]) {
    const attributes: JsonObject = names === undefined ? {} : { _ARRAY_DIMENSIONS: names }
    t.equal(parse({}, attributes).dimensionNames, undefined, JSON.stringify(names))
  }
})

t.test('what cannot be read exactly is refused', async t => {
  type Row = [changes: JsonObject, code: string, member?: string]
  const rows: Row[] = [
    [{ zarr_format: 3 }, 'METADATA_INVALID', 'zarr_format'],
    [{ zarr_format: 1 }, 'METADATA_UNSUPPORTED', 'zarr_format'],
    [{ shape: null }, 'METADATA_INVALID', 'shape'],
    [{ shape: -2, chunks: 2 }, 'METADATA_INVALID', 'shape'],
    [{ shape: 1.5, chunks: 2 }, 'METADATA_INVALID', 'shape'],
    [{ chunks: 2 }, 'METADATA_INVALID', 'chunks'],
    [{ shape: [-1, 30] }, 'METADATA_INVALID', 'shape.0'],
    [{ shape: [2n ** 53n, 30] }, 'METADATA_INVALID', 'shape.0'],
    [{ shape: new Array(33).fill(1) }, 'METADATA_UNSUPPORTED', 'shape'],
    [{ chunks: [10] }, 'METADATA_INVALID', 'chunks'],
    [{ chunks: [10, 0] }, 'METADATA_INVALID', 'chunks.1'],
    [{ dtype: null }, 'METADATA_INVALID', 'dtype'],
    [{ dtype: '<q9' }, 'DATA_TYPE_UNSUPPORTED', 'dtype'],
    [{ order: 'A' }, 'METADATA_INVALID', 'order'],
    [{ order: null }, 'METADATA_INVALID', 'order'],
    [{ fill_value: 'x' }, 'METADATA_INVALID', 'fill_value'],
    [{ filters: {} }, 'METADATA_INVALID', 'filters'],
    [{ filters: ['delta'] }, 'METADATA_INVALID', 'filters.0'],
    [{ filters: [{ name: 'delta' }] }, 'METADATA_INVALID', 'filters.0'],
    [{ filters: new Array(17).fill({ id: 'delta' }) }, 'METADATA_UNSUPPORTED'],
    [{ compressor: 'zlib' }, 'METADATA_INVALID', 'compressor'],
    [{ dimension_separator: '-' }, 'METADATA_INVALID', 'dimension_separator'],
    [{ dtype: '|O', filters: null, compressor: null }, 'METADATA_INVALID', 'dtype'],
    [{ dtype: '|O', filters: [{ id: 'my-objects' }] }, 'CODEC_UNSUPPORTED'],
    [
      { dtype: '|O', filters: [{ id: 'delta' }, { id: 'vlen-utf8' }], fill_value: '' },
      'METADATA_UNSUPPORTED',
      'filters',
    ],
  ]
  for (const [changes, code, member] of rows) {
    const facts = { path: '/a/b', ...(member === undefined ? {} : { member }) }
    t.match(
      failureOf(() => parse(changes)),
      { code, facts },
      Object.keys(changes).join(),
    )
  }
  t.match(
    failureOf(() => parse({}, [])),
    { code: 'METADATA_INVALID' },
    'attributes must be an object',
  )
  t.match(
    failureOf(() => parseArrayV2(PATH, [])),
    { code: 'METADATA_INVALID' },
  )
})

t.test('a group is explicit with .zgroup and implicit without', async t => {
  t.match(parseGroupV2(PATH, { zarr_format: 2 }, { a: 1 }), {
    nodeType: 'group',
    isImplicit: false,
    attributes: { a: 1 },
  })
  t.match(parseGroupV2(PATH, undefined, { a: 1 }), { isImplicit: true, attributes: { a: 1 } })
  t.match(
    failureOf(() => parseGroupV2(PATH, { zarr_format: 3 })),
    { code: 'METADATA_INVALID' },
  )
  t.match(
    failureOf(() => parseGroupV2(PATH, null)),
    { code: 'METADATA_INVALID' },
  )
})
