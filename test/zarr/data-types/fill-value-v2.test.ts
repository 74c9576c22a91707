import t from 'tap'
import { parseDataTypeV2 } from '../../../src/zarr/data-types/data-type-v2.js'
import type { FillValue } from '../../../src/zarr/data-types/fill-value.js'
import { parseFillValueV2 } from '../../../src/zarr/data-types/fill-value-v2.js'
import { type Json, parseJson } from '../../../src/zarr/json/json.js'
import { failureOf } from '../../support/failure.js'

const PLACE = { path: 'a', member: 'fill_value' }

function parse(dtype: Json, json: Json | undefined, objectCodec?: string): FillValue {
  return parseFillValueV2(parseDataTypeV2(dtype, PLACE, objectCodec), json, PLACE)
}

function hex(fillValue: FillValue): string {
  return fillValue.kind === 'fixed' ? Buffer.from(fillValue.bytes).toString('hex') : 'variable'
}

const XY: Json = [
  ['x', '>i2'],
  ['y', '<f4', [2]],
]

t.test('fill values are the little-endian bytes of one item', async t => {
  const rows: [dtype: Json, text: string, hex: string][] = [
    ['|b1', 'true', '01'],
    ['|b1', 'false', '00'],
    ['|b1', '0', '00'],
    ['|b1', '1', '01'],
    ['|i1', '-1', 'ff'],
    ['|u1', '255', 'ff'],
    ['>i2', '258', '0201'],
    ['<i4', '0.0', '00000000'],
    ['<i4', '7.0', '07000000'],
    ['<i8', '-9223372036854775808', '0000000000000080'],
    ['>i8', '9223372036854775807', 'ffffffffffffff7f'],
    ['<u8', '18446744073709551615', 'ffffffffffffffff'],
    ['<u8', '9007199254740993', '0100000000002000'],
    ['<f4', '1', '0000803f'],
    ['<f4', '0.1', 'cdcccc3d'],
    ['<f4', 'NaN', '0000c07f'],
    ['<f4', '"NaN"', '0000c07f'],
    ['>f4', '"Infinity"', '0000807f'],
    ['<f8', '"-Infinity"', '000000000000f0ff'],
    ['<f8', '-0.0', '0000000000000080'],
    ['<f8', '9007199254740993', '0000000000004043'],
    ['<f4', '9.969209968386869e+36', '0000f07c'],
    ['<f2', '1.5', '003e'],
    ['<c8', '[1, -1]', '0000803f000080bf'],
    ['<c8', '["NaN", "Infinity"]', '0000c07f0000807f'],
    ['<c16', '0', '00'.repeat(16)],
    ['<c8', '2', '0000004000000000'],
    ['<M8[ns]', '1', '0100000000000000'],
    ['<M8[ns]', '"NaT"', '0000000000000080'],
    ['<m8[s]', '-9223372036854775808', '0000000000000080'],
    ['<M8[10ms]', '0', '00'.repeat(8)],
    ['|S3', '""', '000000'],
    ['|S3', '"YWI="', '616200'],
    ['|S3', '0', '000000'],
    ['|S3', '[88]', '580000'],
    ['|S1', '"\\u0000"', '00'],
    ['<U2', '""', '00'.repeat(8)],
    ['>U2', '"a\\ud83d\\ude80"', '6100000080f60100'],
    ['<U2', '0', '00'.repeat(8)],
    ['|V3', '"AQID"', '010203'],
    ['|V3', '""', '000000'],
    ['|V3', '0', '000000'],
    [XY, '0', '00'.repeat(10)],
    [XY, '"AQIAAIA/AACAPw=="', '02010000803f0000803f'],
    [XY, '[258, [1, 1]]', '02010000803f0000803f'],
    [XY, '{"x": 258, "y": [1, "NaN"]}', '02010000803f0000c07f'],
    ['bfloat16', '0', '0000'],
    ['bfloat16', '"NaN"', 'c07f'],
    ['float8_e8m0fnu', '0', '00'],
    ['float4_e2m1fn', '0.5', '01'],
    ['float4_e2m1fn', '"Cg=="', '0a'],
    ['float4_e2m1fn', '["Ag=="]', '02'],
    ['int4', '-3', 'fd'],
  ]
  for (const [dtype, text, expected] of rows) {
    const fillValue = parse(dtype, parseJson(text))
    t.equal(hex(fillValue), expected, `${JSON.stringify(dtype)} ${text}`)
    t.ok(fillValue.isDefined)
  }
})

t.test('numbers as text are those numbers, integers to the last digit', async t => {
  const rows: [dtype: Json, text: string, hex: string][] = [
    ['<f4', '0', '00000000'],
    ['<f4', '0.0', '00000000'],
    ['<f4', '-0.0', '00000080'],
    ['<f4', '1', '0000803f'],
    ['<f4', '+1.', '0000803f'],
    ['<f4', '.5', '0000003f'],
    ['<f4', ' 1 ', '0000803f'],
    ['<f4', '1e3', '00007a44'],
    ['<f4', '1E-1', 'cdcccc3d'],
    ['>f4', 'nan', '0000c07f'],
    ['<f4', 'inf', '0000807f'],
    ['<f4', '-Infinity', '000080ff'],
    ['<f8', '9007199254740993', '0000000000004043'],
    ['<f2', '1.5', '003e'],
    ['bfloat16', '1', '803f'],
    ['<i4', '-5', 'fbffffff'],
    ['>i4', '-5', 'fbffffff'],
    ['<i4', '0.0', '00000000'],
    ['<i4', '1e3', 'e8030000'],
    ['<i4', '25e-1e1', ''],
    ['<i4', '150e-1', '0f000000'],
    ['<i4', '00012', '0c000000'],
    ['|u1', '0', '00'],
    ['|u1', '255', 'ff'],
    ['int4', '-8', 'f8'],
    ['<i8', '-9223372036854775808', '0000000000000080'],
    ['<u8', '18446744073709551615', 'ffffffffffffffff'],
    ['<u8', '9007199254740993', '0100000000002000'],
    ['<u8', '9007199254740993.0', '0100000000002000'],
    ['|b1', 'true', '01'],
    ['|b1', 'False', '00'],
    ['|b1', '0', '00'],
    ['|b1', '1', '01'],
    ['<M8[D]', '5', '0500000000000000'],
    ['<m8[s]', '-1', 'ffffffffffffffff'],
    ['<M8[D]', 'NaT', '0000000000000080'],
    ['<c8', '2', '0000004000000000'],
  ]
  for (const [dtype, text, expected] of rows) {
    const name = `${JSON.stringify(dtype)} ${text}`
    if (expected !== '') t.equal(hex(parse(dtype, text)), expected, name)
    else
      t.match(
        failureOf(() => parse(dtype, text)),
        { code: 'METADATA_INVALID' },
        name,
      )
  }
  t.equal(hex(parse('<c8', ['1', '-2'])), '0000803f000000c0')
  t.equal(hex(parse(XY, { x: '258', y: ['1', 'nan'] })), '02010000803f0000c07f')
})

t.test('a list of one is its item, unless it is bytes or fields', async t => {
  const rows: [dtype: Json, json: Json, hex: string][] = [
    ['<i4', [-32767], '0180ffff'],
    ['<i4', ['-32767'], '0180ffff'],
    ['>f8', [1], '000000000000f03f'],
    ['<f4', ['NaN'], '0000c07f'],
    ['|b1', [true], '01'],
    ['|b1', [0], '00'],
    ['<M8[D]', [5], '0500000000000000'],
    ['<m8[ns]', ['NaT'], '0000000000000080'],
    ['<c8', [[1, 2]], '0000803f00000040'],
    ['bfloat16', [1], '803f'],
    ['float8_e4m3fn', [1], '38'],
    ['<U2', ['ab'], '6100000062000000'],
    ['|S3', ['YWI='], '616200'],
    ['|S3', [88], '580000'],
    ['|V1', [88], '58'],
    ['|V2', ['AQI='], '0102'],
    [[['x', '<i2']], [258], '0201'],
  ]
  for (const [dtype, json, expected] of rows)
    t.equal(hex(parse(dtype, json)), expected, JSON.stringify([dtype, json]))
  t.match(parse('|O', ['x'], 'vlen-utf8'), { value: 'x' })
  t.match(parse('|O', ['x'], 'json2'), { value: ['x'] }, 'an object may be a list')
})

t.test('null and nothing are zeros that nobody defined, and no time for times', async t => {
  for (const dtype of ['<M8[s]', '>M8[ns]', '<m8[10ms]', '>m8[D]', '<M8'])
    for (const json of [null, undefined])
      t.same(parse(dtype, json), {
        kind: 'fixed',
        bytes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128),
        isDefined: false,
      })
  for (const dtype of ['<f8', '|S3', '<U2', '|b1', '<c16', 'bfloat16', [['t', '<M8[s]']], XY]) {
    const size = parseDataTypeV2(dtype, PLACE).itemSize
    t.same(parse(dtype, null), { kind: 'fixed', bytes: new Uint8Array(size), isDefined: false })
    t.same(parse(dtype, undefined), parse(dtype, null))
  }
})

t.test('fill values of objects are values', async t => {
  const rows: [codec: string, json: Json, value: unknown][] = [
    ['vlen-utf8', 'x', 'x'],
    ['vlen-utf8', '', ''],
    ['vlen-utf8', 0, '0'],
    ['vlen-bytes', 'AQI=', Uint8Array.of(1, 2)],
    ['vlen-bytes', '', new Uint8Array(0)],
    ['vlen-bytes', 0, new Uint8Array(0)],
    ['json2', { a: [1] }, { a: [1] }],
    ['json2', 0, 0],
  ]
  for (const [codec, json, value] of rows) {
    t.same(
      parse('|O', json, codec),
      { kind: 'variable', value, isDefined: true },
      `${codec} ${JSON.stringify(json)}`,
    )
  }
  t.same(parse('|O', null, 'vlen-utf8'), { kind: 'variable', value: '', isDefined: false })
  t.same(parse('|O', null, 'vlen-bytes'), { kind: 'variable', value: new Uint8Array(0), isDefined: false })
  t.same(parse('|O', null, 'json2'), { kind: 'variable', value: null, isDefined: false })
})

t.test('what does not fit is refused, never wrapped or cut', async t => {
  const rows: [dtype: Json, text: string][] = [
    ['|b1', '2'],
    ['|b1', '"yes"'],
    ['|b1', '"constructor"'],
    ['|b1', '[0, 1]'],
    ['|u1', '-1'],
    ['|u1', '256'],
    ['|i1', '128'],
    ['<i4', '0.5'],
    ['<i4', 'NaN'],
    ['<i4', '"1.5"'],
    ['<i4', '"1e-3"'],
    ['<i4', '"2147483648"'],
    ['<i4', '"1e9999"'],
    ['<i4', '"0x10"'],
    ['<i4', '"1_000"'],
    ['<i4', '""'],
    ['<i4', '"."'],
    ['<i4', '"-"'],
    ['<i4', '"e5"'],
    ['<i4', '"NaN"'],
    ['<i4', `"${'1'.repeat(500)}"`],
    ['<i4', '[]'],
    ['<i4', '[1, 2]'],
    ['<i4', '[[[1]]]'],
    ['<u8', '"-1"'],
    ['<u8', '"18446744073709551616"'],
    ['<u8', '18446744073709551616'],
    ['<i8', '9223372036854775808'],
    ['<f4', '"one"'],
    ['<f4', '"AACAPw=="'],
    ['float4_e2m1fn', '"AgI="'],
    ['<f4', '""'],
    ['<f4', '"1e"'],
    ['<f4', '"1 2"'],
    ['<f4', '[1, 2]'],
    ['<f4', '"0x7fc00000"'],
    ['<f4', 'true'],
    ['<c8', '[1]'],
    ['<c8', '[1, 2, 3]'],
    ['<c8', '["x", 2]'],
    ['<c8', '"1+2j"'],
    ['|V4', '[3, 0]'],
    ['|V4', '[3]'],
    ['<M8[s]', '"2020-01-01"'],
    ['<M8[s]', '0.5'],
    ['|S3', '"not base64"'],
    ['|S3', '"AAAAAAAA"'],
    ['|S3', '[256]'],
    ['|S3', '7'],
    ['<U2', '"abc"'],
    ['<U2', '1'],
    ['|V3', '"AQIDBAUG"'],
    [XY, '"AQID"'],
    [XY, '[1]'],
    [XY, '{"x": 1}'],
    [XY, '{"x": 1, "y": [1, 2], "z": 3}'],
    [XY, '{"x": 1, "y": [1]}'],
    [XY, '{"x": 1, "y": [1, 99999999999999999999, 2]}'],
  ]
  for (const [dtype, text] of rows) {
    t.match(
      failureOf(() => parse(dtype, parseJson(text))),
      { code: 'METADATA_INVALID', facts: { path: '/a' } },
      `${JSON.stringify(dtype)} ${text}`,
    )
  }
  t.match(
    failureOf(() => parse('|O', true, 'vlen-utf8')),
    { code: 'METADATA_INVALID' },
  )
  t.match(
    failureOf(() => parse('|V4', 1)),
    { code: 'METADATA_UNSUPPORTED' },
  )
})

t.test('an error names the place inside a struct', async t => {
  t.match(
    failureOf(() => parse(XY, { x: 1, y: [1, 'x'] }))?.message,
    'fill_value.y.1 of node "/a": expected a number',
  )
})
