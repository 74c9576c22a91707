import t from 'tap'
import { type ChunkSpec, CodecPipeline } from '../../../src/zarr/codecs/codec-pipeline.js'
import type { Json, JsonObject } from '../../../src/zarr/metadata/metadata.js'

const SPEC: ChunkSpec = {
  shape: [3],
  dataType: { name: '|O', kind: 'object', itemSize: 0, swapSize: 0 },
  fillValue: { kind: 'variable', value: null, isDefined: true },
}

async function decode(
  name: string,
  encoded: Uint8Array,
  options: { shape?: number[]; configuration?: JsonObject } = {},
) {
  const { shape = [3], configuration = {} } = options
  const chunk = await CodecPipeline.resolve([{ name, configuration }], { ...SPEC, shape }).decode(encoded)
  return chunk.kind === 'variable' ? chunk.values : []
}

function vlen(...items: (string | Uint8Array)[]): Buffer {
  const parts = [uint32(items.length)]
  for (const item of items) {
    const bytes = Buffer.from(item)
    parts.push(uint32(bytes.length), bytes)
  }
  return Buffer.concat(parts)
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

t.test('vlen-utf8 gives text, a byte order mark and NUL included', async t => {
  const texts = ['\ufeffgrün', '', 'a\0b']
  t.same(await decode('vlen-utf8', vlen(...texts)), texts)
  t.same(await decode('numcodecs.vlen-utf8', vlen(...texts)), texts)
})

t.test('vlen-bytes gives bytes of its own', async t => {
  const encoded = vlen(Uint8Array.of(0, 255), '', 'abc')
  const values = await decode('vlen-bytes', encoded)
  encoded.fill(0)
  t.same(values, [Uint8Array.of(0, 255), new Uint8Array(0), Uint8Array.of(97, 98, 99)])
})

t.test('vlen-array gives lists, 64-bit integers exact', async t => {
  const longs = new Uint8Array(BigInt64Array.of(2n ** 60n + 1n, -1n).buffer)
  const configuration = { dtype: '<i8' }
  t.same(await decode('numcodecs.vlen-array', vlen(longs, '', longs.slice(8)), { configuration }), [
    [2n ** 60n + 1n, -1n],
    [],
    [-1n],
  ])
  await t.rejects(decode('vlen-array', vlen('abc', '', ''), { configuration }), { code: 'CODEC_FAILED' })
})

t.test('vlen-array gives lists of any type of fixed size', async t => {
  const ticks = new Uint8Array(BigInt64Array.of(5n, -(2n ** 63n), 2n ** 60n + 1n).buffer)
  const rows: [dtype: Json, bytes: Uint8Array | string, values: unknown[]][] = [
    ['<M8[ns]', ticks, [5, null, 2n ** 60n + 1n]],
    ['>m8[s]', Buffer.from(ticks).swap64(), [5, null, 2n ** 60n + 1n]],
    ['|S4', 'ab\0\0wxyz', ['YWI=', 'd3h5eg==']],
    ['<U3', new Uint8Array(Uint32Array.of(97, 0x1f680, 0).buffer), ['a🚀']],
    ['>U1', Buffer.from([0, 0, 0, 98]), ['b']],
    ['|b1', Uint8Array.of(1, 0), [true, false]],
    ['<c8', new Uint8Array(Float32Array.of(1, -2).buffer), [[1, -2]]],
    ['<f2', Uint8Array.of(0, 0x3c), [1]],
    ['|V2', 'ab', ['YWI=']],
    [[['x', '>i2']], Uint8Array.of(1, 2), [{ x: 258 }]],
  ]
  for (const [dtype, bytes, values] of rows) {
    const decoded = await decode('vlen-array', vlen(bytes, '', bytes), { configuration: { dtype } })
    t.same(decoded, [values, [], values], JSON.stringify(dtype))
  }
  for (const dtype of ['<M8[ns]', '|S4', '<U3'])
    await t.rejects(decode('vlen-array', vlen('abc', '', ''), { configuration: { dtype } }), {
      code: 'CODEC_FAILED',
    })
  for (const dtype of ['<f16', '|O'])
    await t.rejects(decode('vlen-array', vlen('', '', ''), { configuration: { dtype } }), {
      code: /DATA_TYPE_UNSUPPORTED|METADATA_INVALID/,
    })
})

const damaged: [title: string, bytes: Uint8Array][] = [
  ['nothing', Buffer.alloc(0)],
  ['half a count', Buffer.alloc(3)],
  ['fewer items than the chunk', vlen('a', 'b')],
  ['more items than the chunk', vlen('a', 'b', 'c', 'd')],
  ['a count of 4 billion', Buffer.concat([uint32(2 ** 32 - 1), Buffer.alloc(12)])],
  ['an item of 4 billion bytes', Buffer.concat([uint32(3), uint32(2 ** 32 - 1), Buffer.alloc(8)])],
  ['an item that leaves the chunk', Buffer.concat([uint32(3), uint32(0), uint32(0), uint32(1)])],
  ['bytes after the last item', Buffer.concat([vlen('a', 'b', 'c'), Buffer.alloc(1)])],
]
for (const [title, bytes] of damaged) {
  t.test(`vlen codecs refuse ${title}`, async t => {
    await t.rejects(decode('vlen-utf8', bytes), { code: 'CODEC_FAILED', facts: { codec: 'vlen-utf8' } })
    await t.rejects(decode('vlen-bytes', bytes), { code: 'CODEC_FAILED', facts: { codec: 'vlen-bytes' } })
  })
}

t.test('vlen-utf8 refuses what is not UTF-8 instead of replacing it', async t => {
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
    await t.rejects(decode('vlen-utf8', vlen('', Uint8Array.from(bytes), '')), { code: 'CODEC_FAILED' })
  }
})

const json = (value: string) => decode('numcodecs.json2', Buffer.from(value))
t.test('json2 takes the shape that is written with the items', async t => {
  t.same(await json('["a", [1], {"b": NaN}, "|O", [3]]'), ['a', [1], { b: Number.NaN }])
  const nested = Buffer.from('[[1, 2], [3, [4]], "|O", [2, 2]]')
  t.same(await decode('numcodecs.json2', nested, { shape: [2, 2] }), [1, 2, 3, [4]])
  t.same(await decode('numcodecs.json2', Buffer.from('[7, "|O", []]'), { shape: [] }), [7])
  t.same(await json('[9007199254740993, 1, 2, "|O", [3]]'), [9007199254740993n, 1, 2])
})

t.test('json, its predecessor, takes the shape of the chunk', async t => {
  t.same(await decode('numcodecs.json', Buffer.from('[1, 2, 3, "|O"]')), [1, 2, 3])
  t.same(
    await decode('numcodecs.json', Buffer.from('[[1, 2], [3, 4], "|O"]'), { shape: [2, 2] }),
    [1, 2, 3, 4],
  )
})

for (const text of [
  '',
  '{}',
  '[]',
  '[1, 2, 3]',
  '["|O", [3]]',
  '[1, 2, "|O", [3]]',
  '[1, 2, 3, "|O", [4]]',
  '[1, 2, 3, "|O", [3',
  '[1, 2, 3, "|O", [-3]]',
  '[[1], [2], [3, 4], "|O", [3, 1]]',
]) {
  t.test(`json2 refuses ${text === '' ? 'nothing' : text}`, async t => {
    await t.rejects(json(text), { code: 'CODEC_FAILED', facts: { codec: 'json2' } })
  })
}

const msgpack = (hex: string, configuration: JsonObject = {}) =>
  decode('numcodecs.msgpack2', Buffer.from(hex.replaceAll(' ', ''), 'hex'), { configuration })

t.test('msgpack2 reads every type of value', async t => {
  const tail = 'a2 7c4f 91 03'
  t.same(await msgpack(`95 c0 c2 c3 ${tail}`), [null, false, true])
  t.same(await msgpack(`95 7f e0 d0 80 ${tail}`), [127, -32, -128])
  t.same(await msgpack(`95 cc ff cd ffff ce ffffffff ${tail}`), [255, 65_535, 2 ** 32 - 1])
  t.same(await msgpack(`95 cf ffffffffffffffff d3 8000000000000000 cf 0000000000000001 ${tail}`), [
    2n ** 64n - 1n,
    -(2n ** 63n),
    1,
  ])
  t.same(await msgpack(`95 d1 8000 d2 80000000 d3 ffffffffffffffff ${tail}`), [-32_768, -(2 ** 31), -1])
  t.same(await msgpack(`95 ca 3fc00000 cb 3ff8000000000000 c4 02 00ff ${tail}`), [
    1.5,
    1.5,
    Uint8Array.of(0, 255),
  ])
  t.same(await msgpack(`95 a1 61 d9 01 62 da 0001 63 ${tail}`), ['a', 'b', 'c'])
  t.same(await msgpack(`95 92 01 90 dc 0001 02 dd 00000000 ${tail}`), [[1, []], [2], []])
  t.same(await msgpack(`95 81 a1 61 01 de 0000 80 ${tail}`), [{ a: 1 }, {}, {}])
})

t.test('msgpack2 keeps text as bytes when it is told to', async t => {
  t.same((await msgpack('95 a1 61 a0 c0 a2 7c4f 91 03', { raw: false }))[0], 'a')
})

t.test('a member called __proto__ is a member like any other', async t => {
  const [value] = await msgpack('95 81 a9 5f5f70726f746f5f5f 81 a1 78 01 c0 c0 a2 7c4f 91 03')
  t.same(Object.keys(value as object), ['__proto__'])
  t.equal(({} as { x?: number }).x, undefined)
})

for (const [title, hex] of [
  ['nothing', ''],
  ['a list of 4 billion', 'dd ffffffff'],
  ['a map of 4 billion', '95 df ffffffff'],
  ['a text of 4 billion', '95 db ffffffff'],
  ['an extension type', '95 d4 00 00 c0 c0 a2 7c4f 91 03'],
  ['the byte that is never used', '95 c1 c0 c0 a2 7c4f 91 03'],
  ['text that is not UTF-8', '95 a1 ff c0 c0 a2 7c4f 91 03'],
  ['a map with a number for a name', '95 81 01 01 c0 c0 a2 7c4f 91 03'],
  ['bytes after the document', '95 c0 c0 c0 a2 7c4f 91 03 00'],
  ['endless nesting', '91'.repeat(2000)],
] as const) {
  t.test(`msgpack2 refuses ${title}`, async t => {
    await t.rejects(msgpack(hex), { code: 'CODEC_FAILED', facts: { codec: 'msgpack2' } })
  })
}
