import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { BFLOAT16, FLOAT16, float32Text, float64Text, smallFloatText } from '../../src/formats/decimal.js'
import { isoTime } from '../../src/formats/iso-time.js'
import { json } from '../../src/formats/json.js'
import type { DataType } from '../../src/zarr/data-types/data-type.js'
import { parseDataTypeV2 } from '../../src/zarr/data-types/data-type-v2.js'
import { parseDataTypeV3 } from '../../src/zarr/data-types/data-type-v3.js'
import { fixtures } from '../support/paths.js'
import { encoded } from '../support/slabs.js'

interface NumpyFacts {
  readonly times: [unit: string, ticks: number, text: string][]
  readonly float16: string
  readonly float32: [bits: number, text: string][]
}

const numpy = JSON.parse(readFileSync(`${fixtures}formats/numpy.json`, 'utf8')) as NumpyFacts
const PLACE = { path: '', member: 'data_type' }

function v2(dtype: Parameters<typeof parseDataTypeV2>[0], objectCodec?: string): DataType {
  return parseDataTypeV2(dtype, PLACE, objectCodec)
}

function v3(type: Parameters<typeof parseDataTypeV3>[0]): DataType {
  return parseDataTypeV3(type, PLACE)
}

function bytesOf(view: { buffer: ArrayBuffer }): Uint8Array {
  return new Uint8Array(view.buffer)
}

async function text(items: Uint8Array | readonly unknown[], dataType: DataType, options: object = {}) {
  const shape = [items instanceof Uint8Array ? items.length / dataType.itemSize : items.length]
  return (await encoded(json, items, { dataType, shape, ...options })).toString()
}

t.test('items of every kind are written as documented', async t => {
  const string = { nonfinite: 'string' }
  const iso = { datetime: 'iso' }
  const cases: [dataType: DataType, items: Uint8Array | unknown[], json: string, options?: object][] = [
    [v3('bool'), Uint8Array.of(0, 1, 255), '[false,true,true]'],
    [v3('int8'), Uint8Array.of(0, 127, 128, 255), '[0,127,-128,-1]'],
    [v3('uint8'), Uint8Array.of(0, 255), '[0,255]'],
    [v3('int16'), bytesOf(Int16Array.of(-32768, 32767)), '[-32768,32767]'],
    [v3('uint16'), bytesOf(Uint16Array.of(65535)), '[65535]'],
    [v3('int32'), bytesOf(Int32Array.of(-(2 ** 31), 2 ** 31 - 1)), '[-2147483648,2147483647]'],
    [v3('uint32'), bytesOf(Uint32Array.of(2 ** 32 - 1)), '[4294967295]'],
    [
      v3('int64'),
      bytesOf(
        BigInt64Array.of(0n, -1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)),
      ),
      '[0,-1,9007199254740992,9007199254740993,-9007199254740993,9223372036854775807,-9223372036854775808]',
    ],
    [
      v3('uint64'),
      bytesOf(BigUint64Array.of(2n ** 53n + 1n, 2n ** 64n - 1n)),
      '[9007199254740993,18446744073709551615]',
    ],
    [v3('float16'), bytesOf(Uint16Array.of(0x3c00, 0x2e66, 0x8000, 1, 0x7bff)), '[1,0.1,-0.0,6e-8,65500]'],
    [v3('float16'), bytesOf(Uint16Array.of(0x7c00, 0xfc00, 0x7e00)), '[null,null,null]'],
    [
      v3('float16'),
      bytesOf(Uint16Array.of(0x7c00, 0xfc00, 0x7e00)),
      '["Infinity","-Infinity","NaN"]',
      string,
    ],
    [v3('bfloat16'), bytesOf(Uint16Array.of(0x3f80, 0x3dcd, 0x7f80, 0x0001)), '[1,0.1,null,9e-41]'],
    [
      v3('float32'),
      bytesOf(Float32Array.of(0.1, -0, 1e10, 16777216, 1 / 3)),
      '[0.1,-0.0,10000000000,16777216,0.33333334]',
    ],
    [v3('float32'), bytesOf(Float32Array.of(Number.NaN, Infinity, -Infinity)), '[null,null,null]'],
    [v3('float64'), bytesOf(Float64Array.of(0.1, -0, 1e300, 5e-324)), '[0.1,-0.0,1e+300,5e-324]'],
    [v3('float64'), bytesOf(Float64Array.of(Number.NaN, -Infinity)), '["NaN","-Infinity"]', string],
    [v3('complex64'), bytesOf(Float32Array.of(0.1, -2, Number.NaN, Infinity)), '[[0.1,-2],[null,null]]'],
    [v3('complex128'), bytesOf(Float64Array.of(0.1, -2)), '[[0.1,-2]]'],
    [v3('complex_float16'), bytesOf(Uint16Array.of(0x3c00, 0x2e66)), '[[1,0.1]]'],
    [v3('float8_e4m3fn'), Uint8Array.of(0x38, 0xb8, 0x7f, 0x01), '[1,-1,null,0.001953125]'],
    [v3('float4_e2m1fn'), Uint8Array.of(0x02, 0xf2, 0x0f), '[1,1,-6]'],
    [v3('int4'), Uint8Array.of(0xff, 7), '[-1,7]'],
    [v2('<M8[D]'), bytesOf(BigInt64Array.of(0n, -1n, -(2n ** 63n))), '[0,-1,null]'],
    [v2('<M8[D]'), bytesOf(BigInt64Array.of(0n, -1n, -(2n ** 63n))), '["1970-01-01","1969-12-31",null]', iso],
    [v2('<M8[25s]'), bytesOf(BigInt64Array.of(3n)), '["1970-01-01T00:01:15"]', iso],
    [v2('<M8'), bytesOf(BigInt64Array.of(3n)), '[3]', iso],
    [v2('<m8[D]'), bytesOf(BigInt64Array.of(3n, -(2n ** 63n))), '[3,null]', iso],
    [v2('<U2'), bytesOf(Uint32Array.of(0x61, 0, 0x22, 0x1f600, 0, 0)), '["a","\\"\u{1f600}",""]'],
    [v2('<U2'), bytesOf(Uint32Array.of(0, 0x62, 0xd800, 0x63)), '["\\u0000b","\\ud800c"]'],
    [v2('|S3'), Uint8Array.of(97, 98, 0, 0, 0, 0), '["YWI=",""]'],
    [v2('|V3'), Uint8Array.of(97, 98, 0), '["YWIA"]'],
    [v3('r16'), Uint8Array.of(0, 255), '["AP8="]'],
    [
      v2([
        ['a', '<i2'],
        ['__proto__', '|u1', [2, 2]],
        ['c "x"', [['d', '<f4']]],
      ]),
      Uint8Array.of(1, 0, 2, 3, 4, 5, 0, 0, 192, 127),
      '[{"a":1,"__proto__":[[2,3],[4,5]],"c \\"x\\"":{"d":null}}]',
    ],
    [v3('string'), ['', 'é"\n', '\ud800'], '["","é\\"\\n","\\ud800"]'],
    [v2('|O', 'vlen-bytes'), [Uint8Array.of(1), Buffer.alloc(0)], '["AQ==",""]'],
    [
      v2('|O', 'json2'),
      [null, { a: [1, 2n ** 60n, Number.NaN] }],
      '[null,{"a":[1,1152921504606846976,null]}]',
    ],
    [v2('|O', 'json2'), [[Number.NaN]], '[["NaN"]]', string],
  ]
  for (const [dataType, items, expected, options] of cases) {
    const found = await text(items, dataType, options)
    t.equal(found, expected, `${dataType.name} ${JSON.stringify(options ?? {})}`)
    JSON.parse(found)
  }
})

t.test('lists are nested as the shape says, whatever the slabs are', async t => {
  const dataType = v3('uint8')
  await t.resolves(
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (shape, itemsEach) => {
          const count = shape.reduce((product, length) => product * length, 1)
          const items = Uint8Array.from({ length: count }, (_, i) => i)
          const body = await encoded(json, items, { dataType, shape, itemsEach })
          const flat = [JSON.parse(body.toString())].flat(10)
          assert.deepEqual(flat, [...items])
          let level: unknown = JSON.parse(body.toString())
          for (const length of shape) {
            assert.equal((level as unknown[]).length, length)
            level = (level as unknown[])[0]
          }
        },
      ),
    ),
  )
})

t.test('an empty result is written as empty lists, or refused when these are too many', async t => {
  const dataType = v3('uint8')
  const cases: [number[], string][] = [
    [[0], '[]'],
    [[0, 3], '[]'],
    [[2, 0], '[[],[]]'],
    [[2, 1, 0, 5], '[[[]],[[]]]'],
  ]
  for (const [shape, expected] of cases) {
    t.equal((await encoded(json, new Uint8Array(0), { dataType, shape })).toString(), expected)
  }
  t.throws(() => json.check({ dataType, shape: [1e6, 1e6, 0] }), { code: 'RESPONSE_TOO_LARGE' })
  json.check({ dataType, shape: [1e6, 1e6, 1e6] })
})

t.test('slabs are released when they are written', async t => {
  const released: Uint8Array[] = []
  const release = (bytes: Uint8Array) => released.push(bytes)
  await encoded(json, Uint8Array.of(1, 2, 3, 4), { dataType: v3('uint8'), shape: [4], itemsEach: 2, release })
  t.same(released, [Uint8Array.of(1, 2), Uint8Array.of(3, 4)])
})

t.test('a UTF-32 item that is no text is an error, not a guess', async t => {
  await t.rejects(text(bytesOf(Uint32Array.of(0x110000)), v2('<U1')), { code: 'CODEC_FAILED' })
})

t.test(
  'every float16 has a text as short as the one that NumPy finds, and no other float16 is nearer',
  async t => {
    const hash = createHash('sha256')
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = FLOAT16.toNumber(bits)
      if (!Number.isFinite(value)) continue
      const decimal = Number(smallFloatText(FLOAT16, bits))
      const mantissa = decimal.toExponential().split('e')[0]
      hash.update(`${mantissa.replace(/[-.]/g, '').length}\n`)
      for (const neighbour of [bits - 1, bits + 1]) {
        const other = FLOAT16.toNumber(neighbour)
        if (Number.isNaN(other) || other === value) continue
        assert.ok(Math.abs(decimal - value) <= Math.abs(decimal - other))
      }
    }
    t.equal(hash.digest('hex'), numpy.float16)
  },
)

t.test('a float32 has the shortest text that NumPy finds', async t => {
  const float = new Float32Array(1)
  const bits = new Uint32Array(float.buffer)
  for (const [pattern, expected] of numpy.float32) {
    bits[0] = pattern
    t.equal(Number(float32Text(float[0])), Number(expected), expected)
  }
})

t.test('a decimal of six digits comes back from a float32 as it went in', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999 }),
        fc.integer({ min: -30, max: 30 }),
        (digits, exponent) => {
          const decimal = Number(`${digits}e${exponent}`)
          assert.equal(Number(float32Text(Math.fround(decimal))), decimal)
        },
      ),
      { numRuns: 5000 },
    ),
  )
})

t.test('floats read back as the same bits', async t => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), value => {
      const text = float32Text(value)
      assert.ok(Object.is(Math.fround(Number(text)), value), text)
      assert.ok(Object.is(JSON.parse(text), Number(text)))
    }),
    { numRuns: 5000 },
  )
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
      assert.ok(Object.is(Number(float64Text(value)), value))
    }),
  )
  const rounded: number[] = []
  const expected: number[] = []
  for (let bits = 0; bits < 0x10000; bits += 7) {
    const value = BFLOAT16.toNumber(bits)
    if (!Number.isFinite(value)) continue
    // bfloat16 is the upper half of a float32: rounded to nearest, ties to even.
    const float = new Float32Array([Number(smallFloatText(BFLOAT16, bits))])
    const [wide] = new Uint32Array(float.buffer)
    rounded.push((wide + 0x7fff + ((wide >>> 16) & 1)) >>> 16)
    expected.push(bits)
  }
  t.same(rounded, expected)
})

t.test('times are spelled as NumPy does, hours with their minutes', async t => {
  for (const [unit, ticks, expected] of numpy.times) {
    const found = isoTime(BigInt(ticks), { unit, factor: 1 })
    t.equal(found, unit === 'h' ? `${expected}:00` : expected, `${ticks} ${unit}`)
  }
})

t.test('years of other than four digits have a sign and six digits or more', async t => {
  const days = { unit: 'D', factor: 1 }
  t.equal(isoTime(2932897n, days), '+010000-01-01')
  t.equal(isoTime(-719529n, days), '-000001-12-31')
  t.equal(isoTime(-719528n, days), '0000-01-01')
  t.equal(isoTime(2n ** 63n - 1n, { unit: 'Y', factor: 1 }), '+9223372036854777777')
  t.match(isoTime(2n ** 63n - 1n, { unit: 'W', factor: 1000 }), /^\+\d{21}-\d\d-\d\d$/)
  t.equal(isoTime(-(2n ** 63n), days), undefined, 'NaT')
})
