import { createHash } from 'node:crypto'
import t from 'tap'
import {
  decodeFloat,
  encodeFloat,
  float16Bits,
  float16Value,
} from '../../../src/zarr/data-types/float-bytes.js'
import {
  SMALL_FLOAT_NAMES,
  smallFloatCode,
  smallFloatTable,
} from '../../../src/zarr/data-types/small-float.js'

t.test(
  'every float16 keeps its bits, and what lies between two goes to the nearer or the even one',
  async t => {
    const wrong: number[] = []
    for (let bits = 0; bits < 0x7c00; bits++) {
      const value = float16Value(bits)
      const next = bits === 0x7bff ? 65536 : float16Value(bits + 1)
      const middle = (value + next) / 2
      const even = bits % 2 === 0 ? bits : bits + 1
      const isRight =
        float16Bits(value) === bits &&
        float16Bits(-value) === (bits | 0x8000) &&
        float16Bits(middle) === even &&
        float16Bits(middle - (middle - value) / 1024) === bits &&
        float16Bits(middle + (next - middle) / 1024) === bits + 1
      if (!isRight) wrong.push(bits)
    }
    t.same(wrong, [])
    t.equal(float16Bits(Number.NaN), 0x7e00)
    t.equal(float16Bits(Number.NEGATIVE_INFINITY), 0xfc00)
    t.ok(Number.isNaN(float16Value(0x7e00)))
  },
)

t.test('bfloat16 is the rounded upper half of a float32', async t => {
  const bits = (value: number) => Buffer.from(encodeFloat('bfloat16', value) ?? []).readUInt16LE()
  const cases: [value: number, bits: number][] = [
    [1, 0x3f80],
    [-2.5, 0xc020],
    [0.1, 0x3dcd],
    [3.3895313892515355e38, 0x7f7f],
    [3.4e38, 0x7f80],
    [Number.NaN, 0x7fc0],
    [-0, 0x8000],
  ]
  for (const [value, expected] of cases) t.equal(bits(value), expected, String(value))
  t.equal(decodeFloat('bfloat16', Uint8Array.of(0xcd, 0x3d)), 0.10009765625)
})

t.test('small floats mean what ml_dtypes says', async t => {
  // Expected: the float64 values of all codes, as printed by ml_dtypes 0.6.0.
  const hash = createHash('sha256')
  for (const name of SMALL_FLOAT_NAMES) {
    const values = [...(smallFloatTable(name) ?? [])].map(value =>
      Object.is(value, -0) ? '-0' : String(value),
    )
    hash.update(`${name} ${values.join(',')}\n`)
  }
  t.equal(hash.digest('hex'), '4979bca5385d89f0af025835dbb567ff96dda626f2ce7fc7da353f0b9424c2eb')
})

t.test('a number becomes the nearest small float, the even one of two, or none', async t => {
  const cases: [name: string, value: number, code: number | undefined][] = [
    ['float8_e4m3fn', 1, 0x38],
    ['float8_e4m3fn', 448, 0x7e],
    ['float8_e4m3fn', 449, undefined],
    ['float8_e4m3fn', Number.POSITIVE_INFINITY, undefined],
    ['float8_e4m3fn', Number.NaN, 0x7f],
    ['float8_e4m3', Number.NaN, 0x7c],
    ['float8_e5m2', Number.NaN, 0x7e],
    ['float8_e5m2', Number.NEGATIVE_INFINITY, 0xfc],
    ['float8_e4m3fnuz', Number.NaN, 0x80],
    ['float8_e8m0fnu', 1, 0x7f],
    ['float8_e8m0fnu', 0, 0],
    ['float8_e8m0fnu', -1, undefined],
    ['float8_e3m4', 0.3, 0x13],
    ['float6_e2m3fn', Number.NaN, undefined],
    ['float4_e2m1fn', 2.5, 4],
    ['float4_e2m1fn', -0, 8],
    ['float4_e2m1fn', 5, 6],
  ]
  for (const [name, value, code] of cases) t.equal(smallFloatCode(name, value), code, `${name} ${value}`)
})
