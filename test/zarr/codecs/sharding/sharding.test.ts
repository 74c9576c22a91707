import { gzipSync } from 'node:zlib'
import t from 'tap'
import {
  type ChunkSpec,
  CodecPipeline,
  type DecodedChunk,
  type ShardIndex,
  type ShardIndexCache,
} from '../../../../src/zarr/codecs/codec-pipeline.js'
import type { CodecSpec } from '../../../../src/zarr/metadata/metadata.js'
import {
  BYTES,
  CountingSource,
  int16Bytes,
  int16Spec,
  makeShard,
  shardingSpec,
} from '../../../support/shards.js'

/** A 4 by 6 array of 0..23 in inner chunks of 2 by 3, the one in slot 2 not stored. */
const INNER = [[0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11], undefined, [15, 16, 17, 21, 22, 23]]
const SLOTS = INNER.map(items => items && int16Bytes(items))
const SPEC = int16Spec([4, 6], -1)
const WHOLE = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1, -1, -1, 15, 16, 17, -1, -1, -1, 21, 22, 23]

function items(chunk: DecodedChunk | undefined): number[] | undefined {
  if (chunk?.kind !== 'fixed') return undefined
  return [...new Int16Array(new Uint8Array(chunk.bytes).buffer)]
}

async function decode(codecs: CodecSpec[], spec: ChunkSpec, encoded: Uint8Array): Promise<DecodedChunk> {
  return CodecPipeline.resolve(codecs, spec).decode(encoded)
}

t.test('a whole shard is put together, missing inner chunks from the fill value', async t => {
  const codecs = [shardingSpec([2, 3])]
  t.same(items(await decode(codecs, SPEC, makeShard(SLOTS))), WHOLE)
  t.same(items(await decode(codecs, SPEC, makeShard(SLOTS, { order: [3, 0, 1, 2], gap: 5 }))), WHOLE)
  const empty = makeShard([undefined, undefined, undefined, undefined])
  t.same(items(await decode(codecs, SPEC, empty)), new Array(24).fill(-1))
})

t.test('the index is found at the start, too', async t => {
  const codecs = [shardingSpec([2, 3], { index_location: 'start' })]
  t.same(items(await decode(codecs, SPEC, makeShard(SLOTS, { isIndexAtStart: true, gap: 3 }))), WHOLE)
})

t.test('single inner chunks cost the index and their own bytes', async t => {
  const { partial } = CodecPipeline.resolve([shardingSpec([2, 3])], SPEC)
  const source = new CountingSource(makeShard(SLOTS, { gap: 20_000 }))
  t.same(partial?.innerChunkShape, [2, 3])
  t.same(partial?.gridShape, [2, 2])
  const found = await partial?.read(source, [
    [1, 1],
    [1, 0],
    [0, 1],
  ])
  t.same(found?.map(items), [INNER[3], undefined, INNER[1]])
  t.same(
    source.reads.map(([, byteLength]) => byteLength).sort((a, b) => a - b),
    [12, 12, 68],
  )
})

t.test('neighbouring inner chunks are fetched by one read', async t => {
  const { partial } = CodecPipeline.resolve([shardingSpec([2, 3])], SPEC)
  const source = new CountingSource(makeShard(SLOTS))
  const found = await partial?.read(source, [
    [0, 0],
    [0, 1],
    [1, 1],
  ])
  t.same(found?.map(items), [INNER[0], INNER[1], INNER[3]])
  t.same(source.reads, [
    [36, 68],
    [0, 36],
  ])
})

function keeping(kept: Map<string, ShardIndex>): ShardIndexCache {
  return {
    async get(name, read) {
      const index = kept.get(name) ?? (await read())
      kept.set(name, index)
      return index
    },
  }
}

t.test('an index that is cached is not read again', async t => {
  const { partial } = CodecPipeline.resolve([shardingSpec([2, 3])], SPEC)
  const source = new CountingSource(makeShard(SLOTS))
  const kept = new Map<string, ShardIndex>()
  const options = { indexCache: keeping(kept) }
  await partial?.read(source, [[0, 0]], options)
  await partial?.read(source, [[0, 1]], options)
  t.same(source.reads, [
    [36, 68],
    [0, 12],
    [12, 12],
  ])
})

t.test('nested shards are read down to the innermost chunk', async t => {
  const inner = {
    codecs: [{ ...shardingSpec([1, 3]), name: 'sharding_indexed' }],
  } as unknown as CodecSpec['configuration']
  const codecs = [shardingSpec([2, 3], inner)]
  const row = (slot: number, line: number) => int16Bytes(INNER[slot]?.slice(3 * line, 3 * line + 3) ?? [])
  const nested = (slot: number) => makeShard([row(slot, 0), row(slot, 1)])
  const shard = makeShard([nested(0), nested(1), undefined, makeShard([undefined, row(3, 1)])])
  const whole = WHOLE.map((item, i) => (i >= 15 && i < 18 ? -1 : item))
  t.same(items(await decode(codecs, SPEC, shard)), whole)

  const { partial } = CodecPipeline.resolve(codecs, SPEC)
  t.same(partial?.innerChunkShape, [1, 3])
  t.same(partial?.gridShape, [4, 2])
  const kept = new Map<string, ShardIndex>()
  const options = { indexCache: keeping(kept) }
  const wanted = [
    [3, 1],
    [1, 0],
    [2, 1],
    [3, 0],
    [0, 1],
  ]
  const found = await partial?.read(new CountingSource(shard), wanted, options)
  t.same(found?.map(items), [[21, 22, 23], [6, 7, 8], undefined, undefined, [3, 4, 5]])
  t.same([...kept.keys()].sort(), ['', '0/', '1/', '3/'])
})

t.test('axes in another order: coordinates and shapes stay those of the array', async t => {
  const codecs = [{ name: 'transpose', configuration: { order: [1, 0] } }, shardingSpec([3, 2])]
  // Stored axes are (6, 4), inner chunks (3, 2) of them.
  const stored = [[0, 6, 1, 7, 2, 8], undefined, [3, 9, 4, 10, 5, 11], [15, 21, 16, 22, 17, 23]].map(
    list => list && int16Bytes(list),
  )
  const shard = makeShard(stored)
  t.same(items(await decode(codecs, SPEC, shard)), WHOLE)
  const { partial } = CodecPipeline.resolve(codecs, SPEC)
  t.same(partial?.innerChunkShape, [2, 3])
  t.same(partial?.gridShape, [2, 2])
  const found = await partial?.read(new CountingSource(shard), [
    [0, 1],
    [1, 0],
    [1, 1],
  ])
  t.same(found?.map(items), [INNER[1], undefined, INNER[3]])
})

t.test('a compressor around the shard leaves only the whole', async t => {
  const codecs = [shardingSpec([2, 3]), { name: 'gzip', configuration: {} }]
  const pipeline = CodecPipeline.resolve(codecs, SPEC)
  t.equal(pipeline.partial, undefined)
  t.same(items(await pipeline.decode(gzipSync(makeShard(SLOTS)))), WHOLE)
})

t.test('a checksum around the shard is verified', async t => {
  const codecs = [shardingSpec([2, 3]), { name: 'crc32c', configuration: {} }]
  await t.rejects(decode(codecs, SPEC, Buffer.concat([makeShard(SLOTS), Buffer.alloc(4)])), {
    code: 'CHECKSUM_MISMATCH',
  })
})

t.test('text in shards', async t => {
  const spec: ChunkSpec = {
    shape: [4],
    dataType: { name: 'string', kind: 'string', itemSize: 0, swapSize: 0 },
    fillValue: { kind: 'variable', value: '-', isDefined: true },
  }
  const two = Buffer.from('0200000001000000610300000062c3a4', 'hex')
  const codecs = [shardingSpec([2], { codecs: [{ name: 'vlen-utf8' }] })]
  const found = await decode(codecs, spec, makeShard([undefined, two]))
  t.same(found, { kind: 'variable', values: ['-', '-', 'a', 'bä'] })
})

const damaged: [title: string, shard: Uint8Array, code: string][] = [
  ['an index that was changed', flip(makeShard(SLOTS), 40), 'CHECKSUM_MISMATCH'],
  ['an inner chunk beyond the end', lie([0, 1000n]), 'CODEC_FAILED'],
  ['an inner chunk that ends beyond the end', lie([8, 99n]), 'CODEC_FAILED'],
  ['an offset of 2^63', lie([0, 1n << 63n]), 'CODEC_FAILED'],
  ['a length of 2^64 - 2', lie([8, (1n << 64n) - 2n]), 'CODEC_FAILED'],
  ['an offset that says "empty" with a length that does not', lie([0, (1n << 64n) - 1n]), 'CODEC_FAILED'],
  ['an inner chunk of the wrong length', lie([8, 10n]), 'CODEC_FAILED'],
  ['a shard that is shorter than its index', new Uint8Array(67), 'CODEC_FAILED'],
  ['nothing at all', new Uint8Array(0), 'CODEC_FAILED'],
]

function flip(bytes: Uint8Array, at: number): Uint8Array {
  bytes[at] ^= 1
  return bytes
}

function lie([at, value]: [number, bigint]): Uint8Array {
  return makeShard(SLOTS, { spoil: index => index.setBigUint64(at, value, true) })
}

for (const [title, shard, code] of damaged) {
  t.test(`${title} is an error, for the whole shard and for one inner chunk`, async t => {
    const pipeline = CodecPipeline.resolve([shardingSpec([2, 3])], SPEC)
    const whole = async () => pipeline.decode(shard)
    await t.rejects(whole(), { code })
    await t.rejects(Promise.resolve(pipeline.partial?.read(new CountingSource(shard), [[0, 0]])), { code })
  })
}

t.test('inner chunks that do not divide the shard are refused when the array is opened', async t => {
  for (const shape of [[4, 4], [3, 3], [4], [0, 3], [4, 6.5]]) {
    t.throws(() => CodecPipeline.resolve([shardingSpec(shape)], SPEC), { code: 'METADATA_INVALID' })
  }
})

t.test('an index that could not be found is refused', async t => {
  const index_codecs = [{ name: 'bytes' }, { name: 'gzip' }]
  t.throws(() => CodecPipeline.resolve([shardingSpec([2, 3], { index_codecs })], SPEC), {
    code: 'CODEC_UNSUPPORTED',
  })
})

t.test('a fill value that a codec before the shard would have to encode is not guessed', async t => {
  const delta = { name: 'numcodecs.delta', configuration: { dtype: '<i2' } }
  await t.rejects(decode([delta, shardingSpec([2, 3])], SPEC, makeShard(SLOTS)), {
    code: 'CODEC_UNSUPPORTED',
  })
  t.equal(CodecPipeline.resolve([delta, shardingSpec([2, 3])], SPEC).partial, undefined)
})

t.test('an aborted read ends as one', async t => {
  const { partial } = CodecPipeline.resolve([shardingSpec([2, 3])], SPEC)
  const signal = AbortSignal.abort()
  const read = partial?.read(new CountingSource(makeShard(SLOTS)), [[0, 0]], { signal })
  await t.rejects(Promise.resolve(read), { name: 'AbortError' })
})

t.test('memory for inner chunks comes from the pool of the reader', async t => {
  const { partial } = CodecPipeline.resolve(
    [shardingSpec([2, 3], { codecs: [{ ...BYTES, configuration: { endian: 'big' } }] })],
    SPEC,
  )
  const lent: Uint8Array[] = []
  const allocate = (byteLength: number) => {
    const bytes = new Uint8Array(byteLength).fill(0xaa)
    lent.push(bytes)
    return bytes
  }
  const found = await partial?.read(new CountingSource(makeShard(SLOTS)), [[0, 0]], { allocate })
  t.equal(lent.length, 1)
  t.equal(found?.[0]?.kind === 'fixed' && found[0].bytes, lent[0])
})
