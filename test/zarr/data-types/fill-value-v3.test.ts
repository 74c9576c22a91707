import t from 'tap'
import { parseDataTypeV3 } from '../../../src/zarr/data-types/data-type-v3.js'
import type { FillValue } from '../../../src/zarr/data-types/fill-value.js'
import { parseFillValueV3 } from '../../../src/zarr/data-types/fill-value-v3.js'
import { fillValueToJson } from '../../../src/zarr/data-types/item-json.js'
import { type Json, parseJson, stringifyJson } from '../../../src/zarr/json/json.js'
import { failureOf } from '../../support/failure.js'

const PLACE = { path: 'a', member: 'fill_value' }
const TIME: Json = { name: 'numpy.datetime64', configuration: { unit: 'ns', scale_factor: 1 } }
const TEXT: Json = { name: 'fixed_length_utf32', configuration: { length_bytes: 8 } }
const BYTES: Json = { name: 'null_terminated_bytes', configuration: { length_bytes: 3 } }
const RAW: Json = { name: 'raw_bytes', configuration: { length_bytes: 3 } }
const STRUCT: Json = {
  name: 'struct',
  configuration: {
    fields: [
      { name: 'x', data_type: 'int16' },
      {
        name: 'in',
        data_type: { name: 'struct', configuration: { fields: [{ name: 't', data_type: TIME }] } },
      },
    ],
  },
}

function parse(dataType: Json, json: Json | undefined): FillValue {
  return parseFillValueV3(parseDataTypeV3(dataType, PLACE), json, PLACE)
}

t.test('fill values are little-endian bytes, and are described as JSON of the same meaning', async t => {
  const rows: [dataType: Json, text: string, hex: string, described?: string][] = [
    ['bool', 'true', '01'],
    ['int8', '-128', '80'],
    ['int64', '-9223372036854775808', '0000000000000080'],
    ['int64', '9223372036854775807', 'ffffffffffffff7f'],
    ['uint64', '18446744073709551615', 'ffffffffffffffff'],
    ['uint32', '1.0', '01000000', '1'],
    ['int4', '-8', 'f8'],
    ['uint4', '15', '0f'],
    ['float16', '0.1', '662e'],
    ['float16', '"0x7d00"', '007d', '"NaN"'],
    ['float32', '0.1', 'cdcccc3d'],
    ['float32', '"NaN"', '0000c07f'],
    ['float32', '"0x7fa00000"', '0000a07f', '"NaN"'],
    ['float32', '"0xBF800000"', '000080bf', '-1'],
    ['float32', '16777217', '0000804b', '16777216'],
    ['float64', '0.1', '9a9999999999b93f'],
    ['float64', '"-Infinity"', '000000000000f0ff'],
    ['float64', '"0x7ff4000000000000"', '000000000000f47f', '"NaN"'],
    ['bfloat16', '0.1', 'cd3d'],
    ['bfloat16', '"0x3f80"', '803f', '1'],
    ['float8_e4m3', '"NaN"', '7c'],
    ['uint8', '"0"', '00', '0'],
    ['int64', '"-9223372036854775808"', '0000000000000080', '-9223372036854775808'],
    ['float32', '"0.0"', '00000000', '0'],
    ['float32', '"nan"', '0000c07f', '"NaN"'],
    ['float32', '[1.5]', '0000c03f', '1.5'],
    ['bool', '"true"', '01', 'true'],
    [TIME, '"5"', '0500000000000000', '5'],
    ['complex64', '["1", "2"]', '0000803f00000040', '[1,2]'],
    ['float8_e8m0fnu', '0.0', '00', '6e-39'],
    ['float8_e8m0fnu', '"1"', '7f', '1'],
    ['float8_e4m3fn', '1.0', '38', '1'],
    ['float8_e5m2', '"0x3c"', '3c', '1'],
    ['float4_e2m1fn', '-0.0', '08'],
    ['complex64', '[1.5, 2.5]', '0000c03f00002040', '[1.5,2.5]'],
    ['complex64', '["-Infinity", "0x7fc00000"]', '000080ff0000c07f', '["-Infinity","NaN"]'],
    ['complex128', '[0, -0.0]', `${'00'.repeat(15)}80`, '[0,-0.0]'],
    ['complex_bfloat16', '[1, 2]', '803f0040', '[1,2]'],
    ['complex_float8_e4m3fn', '[1, "NaN"]', '387f', '[1,"NaN"]'],
    ['r24', '[1, 2, 255]', '0102ff', '"AQL/"'],
    [RAW, '"AQID"', '010203'],
    [BYTES, '"YQ=="', '610000'],
    [BYTES, '[97]', '610000', '"YQ=="'],
    [TEXT, '"é"', 'e900000000000000'],
    [TIME, '"NaT"', '0000000000000080'],
    [TIME, '-9223372036854775808', '0000000000000080', '"NaT"'],
    [TIME, '12345', '3930000000000000'],
    [STRUCT, '{"x": 1, "in": {"t": "NaT"}}', '01000000000000000080', '{"x":1,"in":{"t":"NaT"}}'],
    [STRUCT, '"AQAAAAAAAAAAgA=="', '01000000000000000080', '{"x":1,"in":{"t":"NaT"}}'],
  ]
  for (const [dataType, text, hex, described] of rows) {
    const fillValue = parse(dataType, parseJson(text))
    const name = `${JSON.stringify(dataType)} ${text}`
    t.equal(fillValue.kind === 'fixed' ? Buffer.from(fillValue.bytes).toString('hex') : '', hex, name)
    const json = fillValueToJson(parseDataTypeV3(dataType, PLACE), fillValue)
    t.equal(stringifyJson(json), described ?? text, `${name} described`)
  }
})

t.test('fill values of variable-length types are values', async t => {
  const rows: [dataType: string, json: Json, value: unknown][] = [
    ['string', 'héllo 世界', 'héllo 世界'],
    ['string', '', ''],
    ['bytes', [1, 2, 3], Uint8Array.of(1, 2, 3)],
    ['bytes', 'AQID', Uint8Array.of(1, 2, 3)],
    ['variable_length_bytes', '', new Uint8Array(0)],
  ]
  for (const [dataType, json, value] of rows) {
    t.same(parse(dataType, json), { kind: 'variable', value, isDefined: true })
  }
  t.equal(fillValueToJson(parseDataTypeV3('bytes', PLACE), parse('bytes', [1, 2, 3])), 'AQID')
})

t.test('what v3 does not allow or does not fit is refused', async t => {
  const rows: [dataType: Json, text: string][] = [
    ['bool', '0'],
    ['bool', '1'],
    ['int8', '128'],
    ['uint8', '-1'],
    ['int4', '8'],
    ['uint2', '4'],
    ['int32', '"0.5"'],
    ['int32', 'true'],
    ['int32', '1.5'],
    ['int64', '9223372036854775808'],
    ['float32', '"0x7fc0"'],
    ['float32', '"0x7fc0000000"'],
    ['float32', '"0xzz"'],
    ['float64', 'false'],
    ['float8_e4m3fn', '"Infinity"'],
    ['float8_e4m3fn', '1000'],
    ['float8_e8m0fnu', '-1'],
    ['float8_e8m0fnu', '1e-40'],
    ['bool', '"0"'],
    ['float32', '"7fc00000x"'],
    ['complex64', '0'],
    ['complex64', '[1]'],
    ['r24', '[1, 2]'],
    ['r24', '0'],
    ['r24', '[1, 2, 256]'],
    [RAW, '"AQI="'],
    [BYTES, '"AQIDBA=="'],
    [BYTES, '0'],
    [TEXT, '"abc"'],
    [TEXT, '0'],
    [TIME, '"2020-01-01"'],
    [STRUCT, '0'],
    [STRUCT, '[1, {"t": 0}]'],
    [STRUCT, '{"x": 1}'],
    [STRUCT, '{"x": 1, "in": {"t": 0}, "y": 1}'],
    ['string', '0'],
    ['bytes', '"*"'],
    ['bytes', '[-1]'],
  ]
  for (const [dataType, text] of rows) {
    const failure = failureOf(() => parse(dataType, parseJson(text)))
    const code = text === '0' && dataType === 'r24' ? 'METADATA_UNSUPPORTED' : 'METADATA_INVALID'
    t.match(failure, { code, facts: { path: '/a' } }, `${JSON.stringify(dataType)} ${text}`)
  }
  for (const dataType of ['int8', 'string', STRUCT]) {
    for (const json of [null, undefined])
      t.match(
        failureOf(() => parse(dataType, json)),
        { code: 'METADATA_INVALID' },
      )
  }
})
