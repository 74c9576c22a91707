import t from 'tap'
import { type ChunkSpec, CodecPipeline } from '../../../src/zarr/codecs/codec-pipeline.js'
import { parseDataTypeV3 } from '../../../src/zarr/data-types/data-type-v3.js'
import { parseFillValueV3 } from '../../../src/zarr/data-types/fill-value-v3.js'
import type { CodecSpec, JsonObject } from '../../../src/zarr/metadata/metadata.js'

const PLACE = { path: '', member: '' }
const BYTES: CodecSpec = { name: 'bytes', configuration: { endian: 'little' } }

function specOf(dataTypeName: string, count: number): ChunkSpec {
  const dataType = parseDataTypeV3(dataTypeName, PLACE)
  return {
    shape: [count],
    dataType,
    fillValue: parseFillValueV3(dataType, dataTypeName === 'bool' ? false : 0, PLACE),
  }
}

type Items = ArrayLike<number | bigint>
const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
} as const
type Name = keyof typeof ARRAYS

function pack(name: Name, items: Items): Uint8Array {
  const array = (ARRAYS[name] as typeof Float64Array).from(items as ArrayLike<number>)
  return new Uint8Array(array.buffer)
}

async function decode(codec: CodecSpec, spec: ChunkSpec, encoded: Uint8Array): Promise<unknown[]> {
  const chunk = await CodecPipeline.resolve([codec, BYTES], spec).decode(encoded)
  if (chunk.kind !== 'fixed') return []
  const View = ARRAYS[spec.dataType.name as Name]
  return [...new View(new Uint8Array(chunk.bytes).buffer)]
}

interface Case {
  readonly array: Name
  readonly stored: Name
  readonly items: Items
  readonly expected?: Items
  readonly configuration?: JsonObject
}

const casts: Case[] = [
  { array: 'float64', stored: 'uint8', items: [0, 7, 255], expected: [0, 7, 255] },
  { array: 'float32', stored: 'int64', items: [1n, -(2n ** 53n) - 1n], expected: [1, -(2 ** 53)] },
  { array: 'int8', stored: 'int16', items: [127, -128], expected: [127, -128] },
  { array: 'int8', stored: 'int16', items: [128] },
  {
    array: 'int8',
    stored: 'int16',
    items: [128, -129],
    expected: [127, -128],
    configuration: { out_of_range: 'clamp' },
  },
  {
    array: 'int8',
    stored: 'int16',
    items: [128, -129, 511],
    expected: [-128, 127, -1],
    configuration: { out_of_range: 'wrap' },
  },
  {
    array: 'uint8',
    stored: 'int16',
    items: [-1, 256],
    expected: [255, 0],
    configuration: { out_of_range: 'wrap' },
  },
  {
    array: 'uint64',
    stored: 'int64',
    items: [-1n],
    expected: [2n ** 64n - 1n],
    configuration: { out_of_range: 'wrap' },
  },
  { array: 'int64', stored: 'uint64', items: [2n ** 63n] },
  { array: 'int64', stored: 'float64', items: [2 ** 62, -3], expected: [2n ** 62n, -3n] },
  { array: 'int64', stored: 'float64', items: [2 ** 63] },
  { array: 'int32', stored: 'float64', items: [0.5, 1.5, 2.5, -0.5, -1.5], expected: [0, 2, 2, 0, -2] },
  {
    array: 'int32',
    stored: 'float64',
    items: [1.9, -1.9],
    expected: [1, -1],
    configuration: { rounding: 'towards-zero' },
  },
  {
    array: 'int32',
    stored: 'float64',
    items: [1.1, -1.1],
    expected: [2, -1],
    configuration: { rounding: 'towards-positive' },
  },
  {
    array: 'int32',
    stored: 'float64',
    items: [1.1, -1.1],
    expected: [1, -2],
    configuration: { rounding: 'towards-negative' },
  },
  {
    array: 'int32',
    stored: 'float64',
    items: [0.5, -0.5, 2.5],
    expected: [1, -1, 3],
    configuration: { rounding: 'nearest-away' },
  },
  { array: 'int32', stored: 'float64', items: [Number.NaN] },
  { array: 'int32', stored: 'float64', items: [Number.NaN], configuration: { out_of_range: 'clamp' } },
  { array: 'int32', stored: 'float64', items: [Number.POSITIVE_INFINITY] },
  {
    array: 'int32',
    stored: 'float64',
    items: [Number.POSITIVE_INFINITY],
    expected: [2 ** 31 - 1],
    configuration: { out_of_range: 'clamp' },
  },
  {
    array: 'int32',
    stored: 'float64',
    items: [Number.POSITIVE_INFINITY],
    configuration: { out_of_range: 'wrap' },
  },
  {
    array: 'float32',
    stored: 'float64',
    items: [0.1, Number.NaN, -0],
    expected: [Math.fround(0.1), Number.NaN, -0],
  },
  { array: 'float32', stored: 'float64', items: [1e300] },
  {
    array: 'float32',
    stored: 'float64',
    items: [-1e300],
    expected: [Number.NEGATIVE_INFINITY],
    configuration: { out_of_range: 'clamp' },
  },
  {
    array: 'float32',
    stored: 'float64',
    items: [Number.NEGATIVE_INFINITY],
    expected: [Number.NEGATIVE_INFINITY],
  },
  { array: 'float16', stored: 'float32', items: [1.5, 65_504], expected: [0x3e00, 0x7bff] },
  { array: 'float16', stored: 'float32', items: [70_000] },
  {
    array: 'float64',
    stored: 'uint8',
    items: [0, 1, 255],
    expected: [Number.NaN, 1, Number.NEGATIVE_INFINITY],
    configuration: {
      scalar_map: {
        decode: [
          [0, 'NaN'],
          [255, '-Infinity'],
        ],
      },
    },
  },
  {
    array: 'int8',
    stored: 'float32',
    items: [Number.NaN, 3],
    expected: [-1, 3],
    configuration: { scalar_map: { decode: [['NaN', -1]] } },
  },
]

for (const { array, stored, items, expected, configuration } of casts) {
  const shown = JSON.stringify(configuration ?? {})
  t.test(`cast_value ${stored} [${Array.from(items)}] to ${array} ${shown}`, async t => {
    const codec = { name: 'cast_value', configuration: { data_type: stored, ...configuration } }
    const decoded = decode(codec, specOf(array, items.length), pack(stored, items))
    if (expected === undefined) await t.rejects(decoded, { code: 'CODEC_FAILED' })
    else t.same(await decoded, Array.from(expected))
  })
}

t.test('cast_value refuses what it cannot round to', async t => {
  const codec = { name: 'cast_value', configuration: { data_type: 'float64', rounding: 'towards-zero' } }
  t.throws(() => CodecPipeline.resolve([codec, BYTES], specOf('float32', 1)), { code: 'CODEC_UNSUPPORTED' })
  const text = { name: 'cast_value', configuration: { data_type: 'string' } }
  t.throws(() => CodecPipeline.resolve([text, BYTES], specOf('float32', 1)), { code: 'CODEC_UNSUPPORTED' })
  const map = { name: 'cast_value', configuration: { data_type: 'int8', scalar_map: { decode: [[1]] } } }
  t.throws(() => CodecPipeline.resolve([map, BYTES], specOf('float32', 1)), { code: 'METADATA_INVALID' })
})

const lines: Case[] = [
  {
    array: 'int16',
    stored: 'int16',
    items: [10, -20],
    expected: [105, 90],
    configuration: { scale: 2, offset: 100 },
  },
  { array: 'int16', stored: 'int16', items: [11], configuration: { scale: 2, offset: 100 } },
  { array: 'int16', stored: 'int16', items: [32_767], configuration: { offset: 1 } },
  { array: 'uint8', stored: 'uint8', items: [5], expected: [5], configuration: {} },
  {
    array: 'int64',
    stored: 'int64',
    items: [2n ** 62n],
    expected: [2n ** 61n + 1n],
    configuration: { scale: 2, offset: 1 },
  },
  { array: 'uint64', stored: 'uint64', items: [2n ** 64n - 1n], configuration: { offset: 1 } },
  {
    array: 'float64',
    stored: 'float64',
    items: [1, 3],
    expected: [10.5, 30.5],
    configuration: { scale: 0.1, offset: 0.5 },
  },
  {
    array: 'float32',
    stored: 'float32',
    items: [1, 3.7],
    expected: [1, 3.7].map(item =>
      Math.fround(Math.fround(Math.fround(item) / Math.fround(0.3)) + Math.fround(0.7)),
    ),
    configuration: { scale: 0.3, offset: 0.7 },
  },
]

for (const { array, stored, items, expected, configuration = {} } of lines) {
  t.test(`scale_offset ${array} [${Array.from(items)}] ${JSON.stringify(configuration)}`, async t => {
    const decoded = decode(
      { name: 'scale_offset', configuration },
      specOf(array, items.length),
      pack(stored, items),
    )
    if (expected === undefined) await t.rejects(decoded, { code: 'CODEC_FAILED' })
    else t.same(await decoded, Array.from(expected))
  })
}

async function unpack(
  dataType: string,
  count: number,
  packed: { bytes: number[]; configuration?: JsonObject },
) {
  const { bytes, configuration = {} } = packed
  const codec = { name: 'packbits', configuration }
  const chunk = await CodecPipeline.resolve([codec], specOf(dataType, count)).decode(Uint8Array.from(bytes))
  return chunk.kind === 'fixed' ? [...chunk.bytes] : []
}

t.test('packbits takes the lowest bit first and extends signs', async t => {
  t.same(await unpack('bool', 10, { bytes: [0b10110001, 0b10] }), [1, 0, 0, 0, 1, 1, 0, 1, 0, 1])
  t.same(await unpack('uint4', 3, { bytes: [0x21, 0x0f] }), [1, 2, 15])
  t.same(await unpack('int4', 3, { bytes: [0x81, 0x0f] }), [1, 0xf8, 0xff])
  t.same(await unpack('int2', 4, { bytes: [0b11_10_01_00] }), [0, 1, 0xfe, 0xff])
  t.same(await unpack('uint16', 2, { bytes: [0x34, 0x12, 0xff, 0x00] }), [0x34, 0x12, 0xff, 0x00])
})

t.test('packbits takes part of the bits, and counts padding where it is told to', async t => {
  const middle = { first_bit: 2, last_bit: 4 }
  t.same(
    await unpack('uint8', 3, { bytes: [0b01_010_101, 0b1], configuration: middle }),
    [0b10100, 0b01000, 0b10100],
  )
  t.same(await unpack('int8', 2, { bytes: [0b110_001], configuration: middle }), [0b00100, 0b11111000])
  t.same(
    await unpack('bool', 3, { bytes: [5, 0b101], configuration: { padding_encoding: 'first_byte' } }),
    [1, 0, 1],
  )
  t.same(
    await unpack('bool', 3, { bytes: [0b101, 5], configuration: { padding_encoding: 'last_byte' } }),
    [1, 0, 1],
  )
  const wrong = unpack('bool', 3, { bytes: [4, 0b101], configuration: { padding_encoding: 'first_byte' } })
  await t.rejects(wrong, { code: 'CODEC_FAILED' })
  await t.rejects(unpack('bool', 3, { bytes: [1, 2] }), { code: 'CODEC_FAILED' })
})

t.test('a float that no integer can hold is an error, not chance', async t => {
  const codec = { name: 'numcodecs.astype', configuration: { encode_dtype: '<f8', decode_dtype: '<i2' } }
  const spec = specOf('int16', 1)
  for (const item of [40_000, -32_769, Number.NaN, Number.POSITIVE_INFINITY]) {
    await t.rejects(decode(codec, spec, pack('float64', [item])), { code: 'CODEC_FAILED' }, String(item))
  }
  t.same(await decode(codec, spec, pack('float64', [-32_768.9])), [-32_768])
})
