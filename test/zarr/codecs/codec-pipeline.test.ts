import fc from 'fast-check'
import t from 'tap'
import { type ChunkSpec, CodecPipeline, type DecodedChunk } from '../../../src/zarr/codecs/codec-pipeline.js'
import { CODECS } from '../../../src/zarr/codecs/index.js'
import type { DataType } from '../../../src/zarr/data-types/data-type.js'
import { parseDataTypeV2 } from '../../../src/zarr/data-types/data-type-v2.js'
import type { CodecSpec, JsonObject } from '../../../src/zarr/metadata/metadata.js'
import { specOf } from '../../support/codec-chunks.js'
import { int16Bytes, int16Spec } from '../../support/shards.js'

function codec(name: string, configuration: JsonObject = {}): CodecSpec {
  return { name, configuration }
}

const BYTES = codec('bytes', { endian: 'little' })

async function decode(codecs: CodecSpec[], spec: ChunkSpec, encoded: Uint8Array): Promise<DecodedChunk> {
  return CodecPipeline.resolve(codecs, spec).decode(encoded)
}

function int16s(chunk: DecodedChunk): number[] {
  return chunk.kind === 'fixed' ? [...new Int16Array(new Uint8Array(chunk.bytes).buffer)] : []
}

t.test('an uncompressed chunk is handed through without a copy', async t => {
  const encoded = int16Bytes([1, 2, 3, 4])
  const chunk = await decode([BYTES], int16Spec([2, 2]), encoded)
  t.equal(chunk.kind === 'fixed' && chunk.bytes.buffer, encoded.buffer)
})

t.test('a Buffer comes out as a plain Uint8Array', async t => {
  const chunk = await decode([BYTES], int16Spec([4]), Buffer.from(int16Bytes([1, 2, 3, 4])))
  t.equal(chunk.kind === 'fixed' && Buffer.isBuffer(chunk.bytes), false)
})

t.test('a chunk of another length than its shape is an error', async t => {
  for (const length of [0, 6, 7, 9, 10]) {
    await t.rejects(decode([BYTES], int16Spec([4]), new Uint8Array(length)), {
      code: 'CODEC_FAILED',
      facts: { codec: 'bytes', expected: 8, actual: length },
    })
  }
})

t.test('big-endian items become little-endian, whatever their size', async t => {
  for (const [dtype, size, unit] of [
    ['>i2', 2, 2],
    ['>f4', 4, 4],
    ['>f8', 8, 8],
    ['>c8', 8, 4],
    ['>c16', 16, 8],
    ['>U3', 12, 4],
    ['>M8[s]', 8, 8],
    ['|S3', 3, 1],
    ['|V5', 5, 1],
    ['|b1', 1, 1],
  ] as const) {
    const encoded = Uint8Array.from({ length: 3 * size }, (_, i) => i + 1)
    const expected = encoded.slice()
    for (let at = 0; at < expected.length; at += unit) expected.subarray(at, at + unit).reverse()
    const chunk = await decode([codec('bytes', { endian: 'big' })], specOf(dtype, [3]), encoded)
    t.same(chunk, { kind: 'fixed', bytes: expected }, dtype)
  }
})

t.test('fields of a struct each have their own byte order', async t => {
  const dtype = [
    ['a', '>i2'],
    ['b', '<i2'],
    ['c', '>i2', [2]],
    [
      'd',
      [
        ['e', '>f4'],
        ['f', '|u1'],
      ],
    ],
  ]
  const dataType = parseDataTypeV2(dtype as never, { path: '', member: 'dtype' })
  t.equal(dataType.itemSize, 13)
  const spec: ChunkSpec = {
    shape: [2],
    dataType,
    fillValue: { kind: 'fixed', bytes: new Uint8Array(13), isDefined: true },
  }
  const item = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
  const swapped = [1, 0, 2, 3, 5, 4, 7, 6, 11, 10, 9, 8, 12]
  const chunk = await decode([codec('bytes')], spec, Uint8Array.from([...item, ...item]))
  t.same(chunk, { kind: 'fixed', bytes: Uint8Array.from([...swapped, ...swapped]) })
})

/** Stored axis i is the array's axis order[i]. */
function transposed(values: readonly number[], shape: readonly number[], order: readonly number[]): number[] {
  const storedShape = order.map(axis => shape[axis])
  const result: number[] = []
  for (let position = 0; position < values.length; position++) {
    let rest = position
    const stored = storedShape.map(() => 0)
    for (let i = storedShape.length - 1; i >= 0; i--) {
      stored[i] = rest % storedShape[i]
      rest = Math.floor(rest / storedShape[i])
    }
    const index = shape.map((_, axis) => stored[order.indexOf(axis)])
    result.push(values[index.reduce((flat, at, axis) => flat * shape[axis] + at, 0)])
  }
  return result
}

t.test('transpose puts every item back, for any shape, order and item size', async () => {
  const cases = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }).chain(shape =>
    fc.record({
      shape: fc.constant(shape),
      order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
      size: fc.constantFrom(1, 2, 3, 4, 8, 12, 16),
    }),
  )
  await fc.assert(
    fc.asyncProperty(cases, async ({ shape, order, size }) => {
      const count = shape.reduce((product, length) => product * length, 1)
      const values = Array.from({ length: count }, (_, i) => i)
      const bytesOf = (list: number[]) =>
        Uint8Array.from(
          list.flatMap(value => Array.from({ length: size }, (_, i) => (value >> (i % 2 ? 8 : 0)) & 255)),
        )
      const spec = specOf(`|V${size}`, shape)
      const chunk = await decode(
        [codec('transpose', { order }), BYTES],
        spec,
        bytesOf(transposed(values, shape, order)),
      )
      return chunk.kind === 'fixed' && Buffer.compare(chunk.bytes, bytesOf(values)) === 0
    }),
    { numRuns: 200 },
  )
})

t.test('several transposes, and the letters of the drafts', async t => {
  const values = [0, 1, 2, 3, 4, 5]
  const spec = int16Spec([1, 2, 3])
  const once = transposed(values, [1, 2, 3], [2, 0, 1])
  const twice = transposed(once, [3, 1, 2], [1, 2, 0])
  const chain = [codec('transpose', { order: [2, 0, 1] }), codec('transpose', { order: [1, 2, 0] }), BYTES]
  t.same(int16s(await decode(chain, spec, int16Bytes(twice))), values)
  const fortran = transposed(values, [1, 2, 3], [2, 1, 0])
  t.same(int16s(await decode([codec('transpose', { order: 'F' }), BYTES], spec, int16Bytes(fortran))), values)
  t.same(int16s(await decode([codec('transpose', { order: 'C' }), BYTES], spec, int16Bytes(values))), values)
})

t.test('numcodecs filters mean the same before `bytes` (v3) and after it (v2)', async t => {
  const encoded = int16Bytes([5, 1, -2, 3, 0, 10])
  const delta = codec('numcodecs.delta', { dtype: '<i2', astype: '<i2' })
  for (const chain of [
    [delta, BYTES],
    [BYTES, delta],
  ]) {
    t.same(int16s(await decode(chain, int16Spec([6]), encoded)), [5, 6, 4, 7, 7, 17])
  }
  const narrow = codec('numcodecs.delta', { dtype: 'int16', astype: 'int8' })
  const chain = [narrow, codec('numcodecs.astype', { encode_dtype: '<i4', decode_dtype: '|i1' }), BYTES]
  const wide = new Uint8Array(Int32Array.of(5, 1, -2).buffer)
  t.same(int16s(await decode(chain, int16Spec([3]), wide)), [5, 6, 4])
})

t.test('v3 fills in the types that a filter leaves out from the array', async t => {
  const scale = codec('numcodecs.fixedscaleoffset', { offset: 10, scale: 2, astype: 'int8' })
  t.same(int16s(await decode([scale, BYTES], int16Spec([3]), Uint8Array.of(2, 4, 236))), [11, 12, 0])
})

t.test('reshape changes nothing but the shape the next codec sees', async t => {
  const values = [0, 1, 2, 3, 4, 5, 6, 7]
  const chain = [
    codec('reshape', { shape: [[0, 1], -1] }),
    codec('transpose', { order: [1, 0] }),
    codec('bytes', { endian: 'little' }),
  ]
  const encoded = int16Bytes(transposed(values, [4, 2], [1, 0]))
  t.same(int16s(await decode(chain, int16Spec([2, 2, 2]), encoded)), values)
  for (const shape of [[3, -1], [-1, -1], [[1], [0], 2], [[5], -1], [8.5], ['8'], [0, 8], 8]) {
    const reshape = codec('reshape', { shape: shape as never })
    t.throws(() => CodecPipeline.resolve([reshape, BYTES], int16Spec([2, 2, 2])), {
      code: 'METADATA_INVALID',
    })
  }
})

t.test('codecs that are not read are refused by name when the array is opened', async t => {
  for (const name of ['numcodecs.pickle', 'imagecodecs_jpeg2k', 'n5_default', 'x']) {
    t.throws(() => CodecPipeline.resolve([BYTES, codec(name)], int16Spec([2])), {
      code: 'CODEC_UNSUPPORTED',
      message: new RegExp(`"${name}"`),
      facts: { codec: name },
    })
  }
  t.throws(() => CodecPipeline.resolve([codec('numcodecs.delta'), BYTES], specOf('<c8', [2])), {
    code: 'CODEC_UNSUPPORTED',
  })
})

t.test('chains that cannot be are refused when the array is opened', async t => {
  const gzip = codec('gzip')
  const transpose = codec('transpose', { order: [0] })
  for (const chain of [[], [gzip], [transpose], [gzip, BYTES], [BYTES, BYTES], [BYTES, transpose]]) {
    t.throws(() => CodecPipeline.resolve(chain, int16Spec([2])), { code: 'METADATA_INVALID' })
  }
  const long = [BYTES, ...new Array<CodecSpec>(16).fill(gzip)]
  t.throws(() => CodecPipeline.resolve(long, int16Spec([2])), { code: 'CODEC_UNSUPPORTED' })
  t.throws(() => CodecPipeline.resolve([BYTES], int16Spec([2 ** 40, 2 ** 40])), { code: 'METADATA_INVALID' })
})

const misconfigured: [name: string, configuration: JsonObject][] = [
  ['transpose', { order: [0, 0] }],
  ['transpose', { order: [1] }],
  ['transpose', { order: 'A' }],
  ['transpose', {}],
  ['bytes', { endian: 'middle' }],
  ['bytes', { endian: 1 }],
  ['numcodecs.fixedscaleoffset', { scale: 0, offset: 0 }],
  ['numcodecs.fixedscaleoffset', { scale: 'x', offset: 0 }],
  ['numcodecs.fixedscaleoffset', { offset: 0 }],
  ['numcodecs.delta', { dtype: '<i4' }],
  ['scale_offset', { scale: 0 }],
  ['scale_offset', { factor: 2 }],
  ['cast_value', { data_type: 'int8', rounding: 'up' }],
  ['cast_value', { data_type: 'int8', extra: 1 }],
  ['packbits', { first_bit: 5, last_bit: 4 }],
  ['packbits', { last_bit: 16 }],
  ['packbits', { padding_encoding: 'middle' }],
]

for (const [name, configuration] of misconfigured) {
  t.test(`${name} ${JSON.stringify(configuration)} is refused as invalid metadata`, async t => {
    const chain =
      name === 'bytes' || name === 'packbits'
        ? [codec(name, configuration)]
        : [codec(name, configuration), BYTES]
    t.throws(() => CodecPipeline.resolve(chain, int16Spec([2, 3])), { code: 'METADATA_INVALID' })
  })
}

t.test('sizes are known before anything is decoded where nothing compresses', async t => {
  const lengthOf = (chain: CodecSpec[], spec = int16Spec([3, 5])) =>
    CodecPipeline.resolve(chain, spec).encodedByteLength
  t.equal(lengthOf([BYTES]), 30)
  t.equal(lengthOf([BYTES, codec('crc32c')]), 34)
  t.equal(lengthOf([BYTES, codec('numcodecs.base64'), codec('numcodecs.crc32')]), 44)
  t.equal(lengthOf([BYTES, codec('gzip')]), undefined)
  t.equal(lengthOf([codec('packbits', { last_bit: 2 })]), 6)
})

t.test('an empty chunk decodes to nothing', async t => {
  t.same(await decode([BYTES], int16Spec([0, 3]), new Uint8Array(0)), {
    kind: 'fixed',
    bytes: new Uint8Array(0),
  })
})

t.test('variable-length items in `bytes` are refused', async t => {
  const dataType: DataType = { name: 'string', kind: 'string', itemSize: 0, swapSize: 0 }
  const spec: ChunkSpec = {
    shape: [2],
    dataType,
    fillValue: { kind: 'variable', value: '', isDefined: true },
  }
  t.throws(() => CodecPipeline.resolve([BYTES], spec), { code: 'METADATA_INVALID' })
})

t.test('every codec that is listed can be made or says why not', async t => {
  for (const name of CODECS.keys()) {
    try {
      CodecPipeline.resolve([codec(name), BYTES], int16Spec([2]))
    } catch (error) {
      t.match(error, { code: /^(METADATA_INVALID|CODEC_UNSUPPORTED|DATA_TYPE_UNSUPPORTED)$/ }, name)
    }
  }
})
