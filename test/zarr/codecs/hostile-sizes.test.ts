import { constants, createGzip, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { kernelMemoryBytes } from '../../../src/kernels/kernels.js'
import { CodecPipeline } from '../../../src/zarr/codecs/codec-pipeline.js'
import type { JsonObject } from '../../../src/zarr/metadata/metadata.js'
import { codecChunks } from '../../support/codec-chunks.js'
import { int16Spec } from '../../support/shards.js'

/** Chunks here decode to 2,000 bytes. Whatever they say, nothing near the size they say may be taken. */
const SPEC = int16Spec([1000])
const MAX_GROWTH = 24 * 2 ** 20

async function decode(id: string, encoded: Uint8Array, configuration: JsonObject = {}): Promise<unknown> {
  const codecs = [
    { name: 'bytes', configuration: {} },
    { name: `numcodecs.${id}`, configuration },
  ]
  return CodecPipeline.resolve(codecs, SPEC).decode(encoded)
}

interface Header {
  readonly version?: number
  readonly flags?: number
  readonly itemSize?: number
  readonly decoded?: number
  readonly block?: number
  readonly encoded?: number
}

/** A blosc chunk of one LZ4 stream that says what it is told to. */
function blosc(header: Header, body = Buffer.from('140000000400000000000000', 'hex')): Buffer {
  const bytes = Buffer.alloc(16)
  bytes[0] = header.version ?? 2
  bytes[1] = 1
  bytes[2] = header.flags ?? 0x31
  bytes[3] = header.itemSize ?? 2
  bytes.writeUInt32LE(header.decoded ?? 2000, 4)
  bytes.writeUInt32LE(header.block ?? 2000, 8)
  bytes.writeUInt32LE(header.encoded ?? 16 + body.length, 12)
  return Buffer.concat([bytes, body])
}

const starts = (...offsets: number[]) => Buffer.from(Uint32Array.from(offsets).buffer)

const blosces: [title: string, bytes: Buffer][] = [
  ['1.5 GB decoded', blosc({ decoded: 1_500_000_000, block: 1_500_000_000 })],
  ['4 GB decoded', blosc({ decoded: 2 ** 32 - 1, block: 2 ** 32 - 1 })],
  ['one byte more decoded', blosc({ decoded: 2001, block: 2001 })],
  ['one byte less decoded', blosc({ decoded: 1999, block: 1999 })],
  ['another length than it has', blosc({ encoded: 29 })],
  ['blocks of no bytes', blosc({ block: 0 })],
  ['blocks larger than the chunk', blosc({ block: 2001 })],
  ['2,000 blocks', blosc({ block: 1 })],
  ['items of no bytes', blosc({ itemSize: 0 })],
  ['version 1', blosc({ version: 1 })],
  ['version 5 (blosc2)', blosc({ version: 5 })],
  ['a reserved flag', blosc({ flags: 0x39 })],
  ['a block that starts in the header', blosc({}, Buffer.concat([starts(4), Buffer.alloc(8)]))],
  ['a block that starts at its own start', blosc({}, Buffer.concat([starts(16), Buffer.alloc(8)]))],
  ['a block that starts after the end', blosc({}, Buffer.concat([starts(28), Buffer.alloc(8)]))],
  ['a block that starts at 4 GB', blosc({}, Buffer.concat([starts(2 ** 32 - 1), Buffer.alloc(8)]))],
  ['a stream of 4 GB', blosc({}, Buffer.concat([starts(20), starts(2 ** 32 - 1), Buffer.alloc(8)]))],
  ['a stream of no bytes', blosc({}, Buffer.concat([starts(20), starts(0), Buffer.alloc(8)]))],
  ['a stream one byte too long', blosc({}, Buffer.concat([starts(20), starts(5), Buffer.alloc(4)]))],
  [
    'split streams that are not there',
    blosc({ flags: 0x21 }, Buffer.concat([starts(20), starts(4), Buffer.alloc(4)])),
  ],
  ['stored bytes that are not there', blosc({ flags: 0x33 })],
  ['15 bytes', Buffer.alloc(15, 2)],
]

for (const [title, bytes] of blosces) {
  t.test(`blosc that says ${title} is refused without the memory`, async t => {
    const before = kernelMemoryBytes()
    await t.rejects(decode('blosc', bytes), { code: 'CODEC_FAILED', facts: { codec: 'blosc' } })
    t.equal(kernelMemoryBytes() - before <= 2 ** 20, true)
  })
}

t.test('blosc with a compressor number nobody uses is unsupported', async t => {
  await t.rejects(decode('blosc', blosc({ flags: 0xe1 })), { code: 'CODEC_UNSUPPORTED' })
})

const zeros = Buffer.alloc(64 * 2 ** 20)
const lzmaAlone = Buffer.concat([
  Buffer.from('5d00000001', 'hex'),
  Buffer.alloc(6, 0xff),
  Buffer.from('0f000000000000', 'hex'),
])
const zstdOf = (hex: string) => Buffer.from(`28b52ffd${hex}`.replaceAll(' ', ''), 'hex')

const others: [id: string, title: string, bytes: Uint8Array, configuration?: JsonObject][] = [
  ['lz4', '4 GB decoded', Buffer.from('ffffffff00000000', 'hex')],
  ['lz4', 'one byte more decoded', Buffer.from('d107000000', 'hex')],
  ['lz4', 'no header', Buffer.from('d10700', 'hex')],
  ['gzip', '64 MiB inside', gzipSync(zeros)],
  ['zlib', '64 MiB inside', deflateSync(zeros)],
  ['zstd', '1 TB of content', zstdOf('e0 0000000000010000 010000')],
  ['zstd', 'content that its blocks do not hold', zstdOf('60 d006 010000')],
  ['zstd', 'a run of 2 MB in one block', zstdOf('00 58 ffffff 00')],
  ['zstd', 'half a header', zstdOf('')],
  ['lzma', '2^60 bytes in a .lzma header', lzmaAlone, { format: 2 }],
  [
    'lzma',
    'LZMA2 chunks of 2 MiB each',
    Buffer.from(`ff ff ff 00 05 5d ${'00'.repeat(6)} 00`.replaceAll(' ', ''), 'hex'),
    { format: 3, filters: [{ id: 33 }] },
  ],
  ['bz2', 'nothing', new Uint8Array(0)],
  ['base64', 'more than the chunk', Buffer.from('A'.repeat(4000))],
]

for (const [id, title, bytes, configuration] of others) {
  t.test(`${id} that says ${title} is refused without the memory`, async t => {
    const before = process.memoryUsage().arrayBuffers
    await t.rejects(decode(id, bytes, configuration), { code: 'CODEC_FAILED', facts: { codec: id } })
    t.equal(process.memoryUsage().arrayBuffers - before <= MAX_GROWTH, true)
    t.equal(kernelMemoryBytes() <= MAX_GROWTH, true)
  })
}

t.test('a bzip2 or LZMA bomb stops at the size of the chunk', async t => {
  for (const { name, codecs, encoded } of codecChunks('large-chunks.json')) {
    if (!/^(bz2|lzma|zstd)/.test(name)) continue
    const decoding = async () => CodecPipeline.resolve(codecs, SPEC).decode(encoded)
    await t.rejects(decoding(), { code: 'CODEC_FAILED' }, name)
  }
})

t.test(
  'a compressed chunk of text is bounded although its length is not known',
  { timeout: 240_000 },
  async t => {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED })
    const parts: Buffer[] = []
    gzip.on('data', (part: Buffer) => parts.push(part))
    for (let written = 0; written < 320; written++) {
      if (!gzip.write(zeros.subarray(0, 2 ** 20))) await new Promise(resolve => gzip.once('drain', resolve))
    }
    gzip.end()
    await new Promise(resolve => gzip.once('end', resolve))
    const spec = {
      shape: [3],
      dataType: { name: 'string', kind: 'string', itemSize: 0, swapSize: 0 },
      fillValue: { kind: 'variable', value: '', isDefined: true },
    } as const
    const codecs = [
      { name: 'vlen-utf8', configuration: {} },
      { name: 'gzip', configuration: {} },
    ]
    const decoding = async () => CodecPipeline.resolve(codecs, spec).decode(Buffer.concat(parts))
    await t.rejects(decoding(), { code: 'CODEC_FAILED', facts: { codec: 'gzip' } })
  },
)
