import t from 'tap'
import { isVariableLength } from '../../../src/zarr/data-types/data-type.js'
import { parseDataTypeV3 } from '../../../src/zarr/data-types/data-type-v3.js'
import { NUMERIC_TYPE_NAMES } from '../../../src/zarr/data-types/numeric-types.js'
import type { Json } from '../../../src/zarr/json/json.js'
import { failureOf } from '../../support/failure.js'

const PLACE = { path: 'a/b', member: 'data_type' }
const parse = (json: Json) => parseDataTypeV3(json, PLACE)
const configured = (name: string, configuration: Json) => parse({ name, configuration })

t.test('core types and registered ones without a configuration', async t => {
  type Row = [name: string, kind: string, itemSize: number, swapSize: number, descr: string]
  const rows: Row[] = [
    ['bool', 'bool', 1, 0, '|b1'],
    ['int8', 'int', 1, 0, '|i1'],
    ['int64', 'int', 8, 8, '<i8'],
    ['uint16', 'uint', 2, 2, '<u2'],
    ['float16', 'float', 2, 2, '<f2'],
    ['float64', 'float', 8, 8, '<f8'],
    ['complex64', 'complex', 8, 4, '<c8'],
    ['complex128', 'complex', 16, 8, '<c16'],
    ['complex_float32', 'complex', 8, 4, '<c8'],
    ['bfloat16', 'float', 2, 2, '|V2'],
    ['complex_bfloat16', 'raw', 4, 2, '|V4'],
    ['float8_e4m3fn', 'raw', 1, 0, '|V1'],
    ['float4_e2m1fn', 'raw', 1, 0, '|V1'],
    ['complex_float8_e5m2', 'raw', 2, 0, '|V2'],
    ['int4', 'int', 1, 0, '|i1'],
    ['uint2', 'uint', 1, 0, '|u1'],
    ['r8', 'raw', 1, 0, '|V1'],
    ['r24', 'raw', 3, 0, '|V3'],
  ]
  for (const [name, kind, itemSize, swapSize, descr] of rows) {
    const dataType = parse(name)
    t.match(dataType, { name, kind, itemSize, swapSize, numpyDescr: descr }, name)
    t.equal(dataType.storedByteOrder, undefined)
    t.same(parse({ name }), dataType, 'the object spelling is the same')
    t.same(parse({ name, configuration: {} }), dataType)
  }
  t.same(
    ['int2', 'int4', 'uint2', 'uint4', 'int8'].map(name => parse(name).bits),
    [2, 4, 2, 4, undefined],
  )
  for (const name of NUMERIC_TYPE_NAMES) t.ok(parse(name).itemSize > 0, name)
})

t.test('types with a configuration', async t => {
  t.match(configured('numpy.datetime64', { unit: 'ns', scale_factor: 1 }), {
    kind: 'datetime',
    itemSize: 8,
    time: { unit: 'ns', factor: 1 },
    numpyDescr: '<M8[ns]',
  })
  t.match(configured('numpy.timedelta64', { unit: 'ms', scale_factor: 10 }), {
    kind: 'timedelta',
    time: { unit: 'ms', factor: 10 },
    numpyDescr: '<m8[10ms]',
  })
  t.match(configured('fixed_length_utf32', { length_bytes: 12 }), {
    kind: 'utf32',
    itemSize: 12,
    numpyDescr: '<U3',
  })
  t.match(configured('null_terminated_bytes', { length_bytes: 5 }), {
    kind: 'bytes',
    itemSize: 5,
    numpyDescr: '|S5',
  })
  t.match(configured('raw_bytes', { length_bytes: 5 }), { kind: 'raw', itemSize: 5, numpyDescr: '|V5' })
})

t.test('variable-length types under every name they have had', async t => {
  const kinds = { string: 'string', bytes: 'binary', variable_length_bytes: 'binary', binary: 'binary' }
  for (const [name, kind] of Object.entries(kinds)) {
    t.match(parse(name), { name, kind, itemSize: 0 })
    t.ok(isVariableLength(parse(name)))
  }
})

t.test('struct, and the legacy structured with pairs for fields', async t => {
  const point: Json = { name: 'struct', configuration: { fields: [{ name: 'x', data_type: 'float32' }] } }
  const dataType = configured('struct', {
    fields: [
      { name: 'point', data_type: point },
      { name: 't', data_type: { name: 'numpy.datetime64', configuration: { unit: 's', scale_factor: 1 } } },
      { name: 'flag', data_type: 'bool' },
    ],
  })
  t.match(dataType, { kind: 'struct', itemSize: 13, swapSize: 0 })
  t.same(dataType.numpyDescr, [
    ['point', [['x', '<f4']]],
    ['t', '<M8[s]'],
    ['flag', '|b1'],
  ])
  t.same(
    dataType.fields?.map(field => field.byteOffset),
    [0, 4, 12],
  )
  const legacy = configured('structured', {
    fields: [
      ['a', 'int32'],
      ['b', 'float64'],
    ],
  })
  t.same(legacy.numpyDescr, [
    ['a', '<i4'],
    ['b', '<f8'],
  ])
})

t.test('unknown types are refused by name and node', async t => {
  for (const json of [
    'int128',
    'float8',
    'zarrs.optional',
    'toString',
    '__proto__',
    '<f4',
    { name: 'datetime64' },
  ]) {
    t.match(
      failureOf(() => parse(json)),
      { code: 'DATA_TYPE_UNSUPPORTED', facts: { path: '/a/b' } },
      String(json),
    )
  }
  t.match(
    failureOf(() => parse('int128'))?.message,
    'data_type of node "/a/b": data type "int128" is not supported',
  )
  t.match(
    failureOf(() => configured('int32', { endian: 'big' })),
    { code: 'DATA_TYPE_UNSUPPORTED' },
  )
  t.match(
    failureOf(() => configured('numpy.datetime64', { unit: 'weeks', scale_factor: 1 })),
    {
      code: 'DATA_TYPE_UNSUPPORTED',
    },
  )
})

t.test('malformed types are refused', async t => {
  const fields = (list: Json): Json => ({ name: 'struct', configuration: { fields: list } })
  const cases: Json[] = [
    null,
    3,
    [],
    {},
    { name: 3 },
    { name: 'int32', configuration: [] },
    'r7',
    'r0x',
    { name: 'numpy.datetime64' },
    { name: 'numpy.datetime64', configuration: { unit: 's' } },
    { name: 'numpy.datetime64', configuration: { unit: 's', scale_factor: 0 } },
    { name: 'numpy.datetime64', configuration: { unit: 's', scale_factor: 1.5 } },
    { name: 'fixed_length_utf32', configuration: { length_bytes: 6 } },
    { name: 'raw_bytes', configuration: { length_bytes: 0 } },
    { name: 'raw_bytes', configuration: { length_bytes: '4' } },
    { name: 'raw_bytes', configuration: {} },
    fields([]),
    fields({}),
    fields([{ name: '', data_type: 'int8' }]),
    fields([{ name: 'a' }]),
    fields(['a']),
    fields([
      { name: 'a', data_type: 'int8' },
      { name: 'a', data_type: 'int8' },
    ]),
  ]
  for (const json of cases) {
    const code = json === 'r0x' ? 'DATA_TYPE_UNSUPPORTED' : 'METADATA_INVALID'
    t.match(
      failureOf(() => parse(json)),
      { code },
      JSON.stringify(json),
    )
  }
  t.match(
    failureOf(() => parse(fields([{ name: 'a', data_type: 'string' }]))),
    { code: 'DATA_TYPE_UNSUPPORTED' },
  )
  t.match(
    failureOf(() => parse(fields([{ name: 'a', data_type: 'int4' }]))),
    { code: 'DATA_TYPE_UNSUPPORTED' },
  )
})
