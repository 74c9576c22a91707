import t from 'tap'
import type { NodePath } from '../../../src/store/keys.js'
import type { Json, JsonObject } from '../../../src/zarr/json/json.js'
import { parseCodecSpecs } from '../../../src/zarr/metadata/codec-spec.js'
import type { ArrayMetadata } from '../../../src/zarr/metadata/metadata.js'
import { parseNodeV3 } from '../../../src/zarr/metadata/metadata-v3.js'
import { failureOf } from '../../support/failure.js'

const PATH = 'a' as NodePath
const ARRAY: JsonObject = {
  zarr_format: 3,
  node_type: 'array',
  shape: [20, 30],
  data_type: 'float32',
  chunk_grid: { name: 'regular', configuration: { chunk_shape: [10, 10] } },
  chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
  codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
  fill_value: 0,
}

function parse(changes: JsonObject = {}): ArrayMetadata {
  return parseNodeV3(PATH, { ...ARRAY, ...changes }) as ArrayMetadata
}

function without(name: string): JsonObject {
  const { [name]: _, ...rest } = ARRAY
  return rest
}

t.test('an array with all its members', async t => {
  t.match(parse({ attributes: { a: 1 }, dimension_names: ['y', null], storage_transformers: [] }), {
    nodeType: 'array',
    zarrFormat: 3,
    path: 'a',
    shape: [20, 30],
    dataType: { name: 'float32' },
    chunkGrid: { name: 'regular', chunkShape: [10, 10] },
    chunkKeyEncoding: { name: 'default', separator: '/' },
    codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
    fillValue: { isDefined: true },
    dimensionNames: ['y', null],
    attributes: { a: 1 },
  })
  t.equal(parse().dimensionNames, undefined)
  t.same(parse().attributes, {})
})

t.test('a group with the consolidated metadata of any writer', async t => {
  const group: JsonObject = { zarr_format: 3, node_type: 'group' }
  const consolidated: Json = { kind: 'inline', must_understand: false, metadata: {} }
  for (const json of [
    group,
    { ...group, consolidated_metadata: null },
    { ...group, consolidated_metadata: consolidated },
  ]) {
    t.match(parseNodeV3(PATH, json), { nodeType: 'group', zarrFormat: 3, isImplicit: false, attributes: {} })
  }
  t.match(parseNodeV3(PATH, { ...group, attributes: { a: 1 } }), { attributes: { a: 1 } })
})

t.test('what writers leave odd is accepted', async t => {
  t.equal(parse({ dimension_names: null }).dimensionNames, undefined)
  t.equal(parse({ my_extension: { must_understand: false, purpose: 1 } }).nodeType, 'array')
  t.equal(parse({ chunk_key_encoding: 'v2' }).chunkKeyEncoding.separator, '.')
  t.same(
    parse({ codecs: ['bytes', { name: 'gzip', configuration: { level: 1 } }, { name: 'crc32c' }] }).codecs,
    [
      { name: 'bytes', configuration: {} },
      { name: 'gzip', configuration: { level: 1 } },
      { name: 'crc32c', configuration: {} },
    ],
  )
  t.same(
    parse({ codecs: ['endian', 'https://purl.org/zarr/spec/codec/gzip/1.0'] }).codecs.map(
      codec => codec.name,
    ),
    ['bytes', 'gzip'],
  )
})

t.test('what cannot be read exactly is refused, naming the member', async t => {
  type Row = [changes: JsonObject, code: string, member: string]
  const transformer: Json = { name: 'sharding', configuration: {} }
  const rows: Row[] = [
    [{ zarr_format: 2 }, 'METADATA_INVALID', 'zarr_format'],
    [{ zarr_format: 4 }, 'METADATA_UNSUPPORTED', 'zarr_format'],
    [{ zarr_format: 'https://purl.org/zarr/spec/protocol/core/3.0' }, 'METADATA_UNSUPPORTED', 'zarr_format'],
    [{ node_type: 'table' }, 'METADATA_INVALID', 'node_type'],
    [{ shape: [1.5] }, 'METADATA_INVALID', 'shape.0'],
    [{ shape: new Array(33).fill(1) }, 'METADATA_UNSUPPORTED', 'shape'],
    [{ data_type: 'float128' }, 'DATA_TYPE_UNSUPPORTED', 'data_type'],
    [{ chunk_grid: 'regular' }, 'METADATA_INVALID', 'chunk_grid.configuration.chunk_shape'],
    [{ chunk_grid: 'hexagonal' }, 'METADATA_UNSUPPORTED', 'chunk_grid'],
    [{ chunk_key_encoding: 'fanout' }, 'METADATA_UNSUPPORTED', 'chunk_key_encoding'],
    [{ codecs: [] }, 'METADATA_INVALID', 'codecs'],
    [{ codecs: {} }, 'METADATA_INVALID', 'codecs'],
    [{ codecs: [{ id: 'bytes' }] }, 'METADATA_INVALID', 'codecs.0'],
    [{ codecs: [{ name: 'bytes', configuration: 3 }] }, 'METADATA_INVALID', 'codecs.0.configuration'],
    [{ codecs: [{ name: 'bytes', level: 3 }] }, 'METADATA_UNSUPPORTED', 'codecs.0.level'],
    [{ codecs: new Array(17).fill('bytes') }, 'METADATA_UNSUPPORTED', 'codecs'],
    [{ fill_value: null }, 'METADATA_INVALID', 'fill_value'],
    [{ fill_value: 'x' }, 'METADATA_INVALID', 'fill_value'],
    [{ attributes: null }, 'METADATA_INVALID', 'attributes'],
    [{ attributes: [] }, 'METADATA_INVALID', 'attributes'],
    [{ dimension_names: ['y'] }, 'METADATA_INVALID', 'dimension_names'],
    [{ dimension_names: ['y', 1] }, 'METADATA_INVALID', 'dimension_names.1'],
    [{ dimension_names: 'yx' }, 'METADATA_INVALID', 'dimension_names'],
    [{ storage_transformers: [transformer] }, 'METADATA_UNSUPPORTED', 'storage_transformers'],
    [{ storage_transformers: ['x'] }, 'METADATA_UNSUPPORTED', 'storage_transformers'],
    [{ storage_transformers: {} }, 'METADATA_INVALID', 'storage_transformers'],
    [{ my_extension: {} }, 'METADATA_UNSUPPORTED', 'my_extension'],
    [{ my_extension: { must_understand: true } }, 'METADATA_UNSUPPORTED', 'my_extension'],
    [{ my_extension: null }, 'METADATA_UNSUPPORTED', 'my_extension'],
    [{ my_extension: false }, 'METADATA_UNSUPPORTED', 'my_extension'],
  ]
  for (const [changes, code, member] of rows) {
    t.match(
      failureOf(() => parse(changes)),
      { code, facts: { path: '/a', member } },
      JSON.stringify(changes),
    )
  }
  for (const json of [null, [], 'x', 3])
    t.match(
      failureOf(() => parseNodeV3(PATH, json)),
      { code: 'METADATA_INVALID' },
    )
})

t.test('no required member may be missing', async t => {
  for (const member of Object.keys(ARRAY)) {
    t.match(
      failureOf(() => parseNodeV3(PATH, without(member))),
      { code: 'METADATA_INVALID' },
      member,
    )
  }
})

t.test('the inner codecs of a shard are parsed by the same rules', async t => {
  const specs = parseCodecSpecs(['bytes', { name: 'zstd', must_understand: false }], {
    path: 'a',
    member: 'codecs',
  })
  t.same(specs, [
    { name: 'bytes', configuration: {} },
    { name: 'zstd', configuration: {} },
  ])
})
