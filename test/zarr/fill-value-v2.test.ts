import t from 'tap'
import { parseDataTypeV2 } from '../../src/zarr/data-type-v2.js'
import type { FillValue } from '../../src/zarr/fill-value.js'
import { parseFillValueV2 } from '../../src/zarr/fill-value-v2.js'
import { type Json, parseJson } from '../../src/zarr/json.js'
import { failureOf } from '../support/failure.js'

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
    ['<f16', '0', '00'.repeat(16)],
  ]
  for (const [dtype, text, expected] of rows) {
    const fillValue = parse(dtype, parseJson(text))
    t.equal(hex(fillValue), expected, `${JSON.stringify(dtype)} ${text}`)
    t.ok(fillValue.isDefined)
  }
})

t.test('null and nothing are zeros that nobody defined', async t => {
  for (const dtype of ['<f8', '|S3', '<U2', '|b1', '<M8[s]', XY]) {
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
    ['|b1', '"true"'],
    ['|u1', '-1'],
    ['|u1', '256'],
    ['|i1', '128'],
    ['<i4', '0.5'],
    ['<i4', 'NaN'],
    ['<i4', '"1"'],
    ['<u8', '18446744073709551616'],
    ['<i8', '9223372036854775808'],
    ['<f4', '"nan"'],
    ['<f4', '"0x7fc00000"'],
    ['<f4', 'true'],
    ['<f4', '[1]'],
    ['<c8', '[1]'],
    ['<c8', '[1, 2, 3]'],
    ['<c8', '["x", 2]'],
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
    failureOf(() => parse('<f16', 1)),
    { code: 'METADATA_UNSUPPORTED' },
  )
})

t.test('an error names the place inside a struct', async t => {
  t.match(
    failureOf(() => parse(XY, { x: 1, y: [1, 'x'] }))?.message,
    'fill_value.y.1 of node "/a": expected a number',
  )
})
