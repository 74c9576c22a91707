import t from 'tap'
import { MAX_ITEM_SIZE } from '../../../src/zarr/data-types/data-type.js'
import { parseDataTypeV2, parseNumpyDataType } from '../../../src/zarr/data-types/data-type-v2.js'
import { listSwaps } from '../../../src/zarr/data-types/swap-item.js'
import type { Json } from '../../../src/zarr/json/json.js'
import { failureOf } from '../../support/failure.js'

const PLACE = { path: 'a', member: 'dtype' }
const parse = (json: Json, objectCodec?: string) => parseDataTypeV2(json, PLACE, objectCodec)

t.test('typestrings give kind, sizes, stored byte order and the little-endian NumPy type', async t => {
  type Row = [
    text: string,
    kind: string,
    itemSize: number,
    swapSize: number,
    order: string | undefined,
    descr: string,
  ]
  const rows: Row[] = [
    ['|b1', 'bool', 1, 0, undefined, '|b1'],
    ['<b1', 'bool', 1, 0, undefined, '|b1'],
    ['|i1', 'int', 1, 0, undefined, '|i1'],
    ['>i1', 'int', 1, 0, undefined, '|i1'],
    ['<u1', 'uint', 1, 0, undefined, '|u1'],
    ['u1', 'uint', 1, 0, undefined, '|u1'],
    ['<i2', 'int', 2, 2, 'little', '<i2'],
    ['>i4', 'int', 4, 4, 'big', '<i4'],
    ['>u8', 'uint', 8, 8, 'big', '<u8'],
    ['<f2', 'float', 2, 2, 'little', '<f2'],
    ['>f4', 'float', 4, 4, 'big', '<f4'],
    ['<f8', 'float', 8, 8, 'little', '<f8'],
    ['<c8', 'complex', 8, 4, 'little', '<c8'],
    ['>c16', 'complex', 16, 8, 'big', '<c16'],
    ['bfloat16', 'float', 2, 2, 'little', '|V2'],
    ['float8_e4m3fn', 'raw', 1, 0, undefined, '|V1'],
    ['float8_e8m0fnu', 'raw', 1, 0, undefined, '|V1'],
    ['float6_e2m3fn', 'raw', 1, 0, undefined, '|V1'],
    ['float4_e2m1fn', 'raw', 1, 0, undefined, '|V1'],
    ['int4', 'int', 1, 0, undefined, '|i1'],
    ['uint2', 'uint', 1, 0, undefined, '|u1'],
    ['|S7', 'bytes', 7, 0, undefined, '|S7'],
    ['<S5', 'bytes', 5, 0, undefined, '|S5'],
    ['|V10', 'raw', 10, 0, undefined, '|V10'],
    ['<U13', 'utf32', 52, 4, 'little', '<U13'],
    ['>U1', 'utf32', 4, 4, 'big', '<U1'],
    ['<M8[ns]', 'datetime', 8, 8, 'little', '<M8[ns]'],
    ['>M8[10ms]', 'datetime', 8, 8, 'big', '<M8[10ms]'],
    ['<M8', 'datetime', 8, 8, 'little', '<M8'],
    ['<M8[generic]', 'datetime', 8, 8, 'little', '<M8'],
    ['<m8[D]', 'timedelta', 8, 8, 'little', '<m8[D]'],
    ['<m8[\u03bcs]', 'timedelta', 8, 8, 'little', '<m8[us]'],
  ]
  for (const [text, kind, itemSize, swapSize, order, descr] of rows) {
    const dataType = parse(text)
    t.match(dataType, { name: text, kind, itemSize, swapSize, numpyDescr: descr }, text)
    t.equal(dataType.storedByteOrder, order, `${text} order`)
  }
  t.same(parse('<M8[10ms]').time, { unit: 'ms', factor: 10 })
})

t.test('what is not known, or does not say its byte order, is refused by name', async t => {
  const texts = [
    '<i3',
    '<u3',
    '<f3',
    '<i16',
    '<u16',
    '<f1',
    '<f12',
    '<f16',
    '>f16',
    '<c4',
    '<c32',
    '>c32',
    '<c64',
  ]
  const more = [
    '<b2',
    '<M4[D]',
    '<m16[s]',
    '<i04',
    '<f',
    '<i',
    '<i0',
    '|O8x',
    '<x4',
    '',
    'i4',
    '=i4',
    '|i4',
    '|f8',
  ]
  const others = [
    '<i2[ns]',
    '<M4[ns]',
    '<f4 ',
    '<bfloat16',
    'float8',
    'float16',
    'complex_bfloat16',
    'int128',
  ]
  for (const text of [...texts, ...more, ...others]) {
    const failure = failureOf(() => parse(text))
    t.match(failure, { code: 'DATA_TYPE_UNSUPPORTED', facts: { path: '/a', member: 'dtype' } }, text)
    if (text === '') continue
    const inside = failureOf(() =>
      parse([
        ['x', '<i4'],
        ['y', text],
      ]),
    )
    t.match(inside, { code: 'DATA_TYPE_UNSUPPORTED' }, `a field of ${text}`)
  }
  t.equal(
    failureOf(() => parse('<i4')),
    undefined,
  )
  t.match(failureOf(() => parse('<q4'))?.message, 'dtype of node "/a": data type "<q4" is not supported')
  t.match(
    failureOf(() => parse('<M8[fortnight]')),
    { code: 'DATA_TYPE_UNSUPPORTED' },
  )
  t.match(
    failureOf(() => parse('<M8[0s]')),
    { code: 'METADATA_INVALID' },
  )
  t.match(
    failureOf(() => parse('<M8[2147483648s]')),
    { code: 'METADATA_INVALID' },
  )
  for (const text of ['|S', '|S0', '|V0', '<U0', '<U']) {
    t.match(
      failureOf(() => parse(text)),
      { code: 'METADATA_INVALID' },
      text,
    )
  }
  for (const json of [null, 4, true, {}])
    t.match(
      failureOf(() => parse(json)),
      { code: 'METADATA_INVALID' },
    )
})

t.test('an item has a largest size', async t => {
  t.equal(parse(`|V${MAX_ITEM_SIZE}`).itemSize, MAX_ITEM_SIZE)
  t.match(
    failureOf(() => parse(`|V${MAX_ITEM_SIZE + 1}`)),
    { code: 'DATA_TYPE_UNSUPPORTED' },
  )
  t.match(
    failureOf(() => parse('<U999999999')),
    { code: 'DATA_TYPE_UNSUPPORTED' },
  )
  t.match(
    failureOf(() => parse([['a', '|u1', [2 ** 30, 2 ** 30]]])),
    { code: 'DATA_TYPE_UNSUPPORTED' },
  )
  const half = ['a', `|V${MAX_ITEM_SIZE / 2}`]
  t.match(
    failureOf(() => parse([half, ['b', '|V1'], ['c', half[1]]])),
    { code: 'DATA_TYPE_UNSUPPORTED' },
  )
})

t.test('objects are what their codec makes of them', async t => {
  t.match(parse('|O', 'vlen-utf8'), { kind: 'string', itemSize: 0, name: '|O' })
  t.match(parse('|O', 'vlen-bytes'), { kind: 'binary' })
  for (const codec of ['json2', 'msgpack2', 'vlen-array', 'categorize', 'pickle']) {
    t.match(parse('|O', codec), { kind: 'object' }, codec)
  }
  t.match(
    failureOf(() => parse('|O')),
    { code: 'METADATA_INVALID' },
  )
  t.match(
    failureOf(() => parse([['a', '|O']], 'vlen-utf8')),
    { code: 'DATA_TYPE_UNSUPPORTED' },
  )
})

t.test('structs keep the byte order of each field, nest, and hold sub-arrays', async t => {
  const dataType = parse([
    ['x', '>f4'],
    [
      'inner',
      [
        ['a', '<u2'],
        ['b', '|S3'],
      ],
      2,
    ],
    [['a title', 'z'], '<i8', [2, 3]],
    ['', '|V4'],
  ])
  t.match(dataType, { kind: 'struct', name: 'struct', itemSize: 4 + 10 + 48 + 4, swapSize: 0 })
  t.same(dataType.numpyDescr, [
    ['x', '<f4'],
    [
      'inner',
      [
        ['a', '<u2'],
        ['b', '|S3'],
      ],
      [2],
    ],
    ['z', '<i8', [2, 3]],
    ['f3', '|V4'],
  ])
  const [x, inner, z, padding] = dataType.fields ?? []
  t.same([x.byteOffset, inner.byteOffset, z.byteOffset, padding.byteOffset], [0, 4, 14, 62])
  t.equal(x.dataType.storedByteOrder, 'big')
  t.equal(inner.dataType.fields?.[0].dataType.storedByteOrder, 'little')
  t.same(z.shape, [2, 3])
  t.equal(dataType.storedByteOrder, undefined)
})

t.test('malformed structs are refused', async t => {
  const cases: Json[] = [
    [],
    ['x', '<f4'],
    [['x']],
    [['x', '<f4', [2], 1]],
    [['x', '<f4', [0]]],
    [['x', '<f4', [-1]]],
    [['x', '<f4', ['2']]],
    [
      ['x', '<f4'],
      ['x', '<f4'],
    ],
    [[1, '<f4']],
    [
      ['', '<f4'],
      ['f0', '<f4'],
    ],
  ]
  for (const json of cases) {
    t.match(
      failureOf(() => parse(json)),
      { code: 'METADATA_INVALID' },
      JSON.stringify(json),
    )
  }
})

t.test('numcodecs configurations may leave the byte order out or use names', async t => {
  const cases: [text: string, kind: string, itemSize: number, order: string | undefined][] = [
    ['<f4', 'float', 4, 'little'],
    ['>f4', 'float', 4, 'big'],
    ['f4', 'float', 4, 'little'],
    ['=i8', 'int', 8, 'little'],
    ['float32', 'float', 4, 'little'],
    ['uint8', 'uint', 1, undefined],
    ['bool', 'bool', 1, undefined],
    ['complex64', 'complex', 8, 'little'],
    ['datetime64[ns]', 'datetime', 8, 'little'],
    ['timedelta64[2h]', 'timedelta', 8, 'little'],
    ['U3', 'utf32', 12, 'little'],
    ['S3', 'bytes', 3, undefined],
  ]
  for (const [text, kind, itemSize, order] of cases) {
    const dataType = parseNumpyDataType(text, PLACE)
    t.match(dataType, { kind, itemSize }, text)
    t.equal(dataType.storedByteOrder, order, text)
  }
  t.match(
    failureOf(() => parseNumpyDataType('quaternion', PLACE)),
    { code: 'DATA_TYPE_UNSUPPORTED' },
  )
})

t.test('a struct of more parts than items are ever turned around by is refused by name', async t => {
  const fields = (count: number) => Array.from({ length: count }, (_, i) => [`f${i}`, '<i2'])
  t.equal(parseDataTypeV2(fields(10_000), PLACE).fields?.length, 10_000)
  for (const json of [fields(10_001), [['outer', fields(101), [100]]]]) {
    t.throws(() => parseDataTypeV2(json as Json, PLACE), { code: 'DATA_TYPE_UNSUPPORTED' })
  }
  const wide = parseDataTypeV2([['f', '>i2', [2000, 2000]]], PLACE)
  t.strictSame(
    listSwaps(wide),
    [{ byteOffset: 0, length: 8_000_000, unit: 2 }],
    'numbers in a row are one part',
  )
})
