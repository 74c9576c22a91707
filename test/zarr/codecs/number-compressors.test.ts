import t from 'tap'
import { ZipzarrError } from '../../../src/errors.js'
import { withKernels } from '../../../src/kernels/kernels.js'
import { type ChunkSpec, CodecPipeline } from '../../../src/zarr/codecs/codec-pipeline.js'
import { parseDataTypeV3 } from '../../../src/zarr/data-types/data-type-v3.js'
import { parseFillValueV3 } from '../../../src/zarr/data-types/fill-value-v3.js'
import type { Json } from '../../../src/zarr/json/json.js'
import type { CodecSpec } from '../../../src/zarr/metadata/metadata.js'
import { type CodecChunk, codecChunks, sha256 } from '../../support/codec-chunks.js'

const PLACE = { path: '', member: '' }
const chunks = codecChunks('number-chunks.json')

function chunkNamed(name: string): CodecChunk {
  const found = chunks.find(chunk => chunk.name === name)
  if (found === undefined) throw new Error(`no chunk "${name}"`)
  return found
}

function specOf(dataTypeName: Json, shape: number[]): ChunkSpec {
  const dataType = parseDataTypeV3(dataTypeName, PLACE)
  const zero = { bool: false, complex: [0, 0] }[dataType.kind as string] ?? 0
  return { shape, dataType, fillValue: parseFillValueV3(dataType, zero, PLACE) }
}

function codec(name: string, configuration = {}): CodecSpec {
  return { name, configuration }
}

t.test('every chunk that pcodec and zfp wrote decodes to their own bytes', async t => {
  for (const { name, codecs, spec, encoded, sha256: expected } of chunks) {
    const decoded = await CodecPipeline.resolve(codecs, spec).decode(encoded)
    t.equal(sha256(decoded), expected, name)
  }
})

t.test('a chunk somewhere inside a larger buffer decodes the same', async t => {
  for (const name of ['pcodec auto <f8', 'zfpy reversible 2 <f8', 'zfp fixed_rate 2 <f8']) {
    const { codecs, spec, encoded, sha256: expected } = chunkNamed(name)
    const buffer = Buffer.alloc(encoded.length + 7, 0xaa)
    buffer.set(encoded, 3)
    const decoded = await CodecPipeline.resolve(codecs, spec).decode(buffer.subarray(3, 3 + encoded.length))
    t.equal(sha256(decoded), expected, name)
  }
})

t.test('in v3 the codecs turn arrays into bytes by themselves, in the chunk’s own shape', async t => {
  const cases: [name: string, dataType: Json, shape: number[]][] = [
    ['pcodec auto <i4', 'int32', [20, 15]],
    ['pcodec auto <f2', 'float16', [300]],
    ['pcodec auto <i8', { name: 'numpy.datetime64', configuration: { unit: 's', scale_factor: 1 } }, [300]],
    ['zfpy fixed_rate 3 <f8', 'float64', [3, 5, 4]],
  ]
  for (const [name, dataType, shape] of cases) {
    const { codecs, encoded, sha256: expected } = chunkNamed(name)
    const decoded = await CodecPipeline.resolve([codecs[1]], specOf(dataType, shape)).decode(encoded)
    t.equal(sha256(decoded), expected, name)
  }
})

t.test('numbers of another type or count than the array’s are an error', async t => {
  const cases: [name: string, dataType: Json, shape: number[]][] = [
    ['pcodec auto <i4', 'uint32', [300]],
    ['pcodec auto <i4', 'float32', [300]],
    ['pcodec auto <i4', 'int64', [150]],
    ['pcodec auto <i4', 'int32', [299]],
    ['pcodec auto <i4', 'int32', [301]],
    ['zfpy reversible 2 <f4', 'int32', [5, 6]],
    ['zfpy reversible 2 <f4', 'float32', [5, 7]],
  ]
  for (const [name, dataType, shape] of cases) {
    const { codecs, encoded } = chunkNamed(name)
    const pipeline = CodecPipeline.resolve([codecs[1]], specOf(dataType, shape))
    await t.rejects(async () => pipeline.decode(encoded), { code: 'CODEC_FAILED' }, `${name} as ${dataType}`)
  }
})

t.test('arrays that the codecs cannot hold are refused when they are opened', async t => {
  const reversible = codec('zfp', { mode: 'reversible' })
  const cases: [codec: CodecSpec, dataType: Json, shape: number[]][] = [
    [codec('numcodecs.pcodec'), 'bool', [4]],
    [codec('numcodecs.pcodec'), 'complex64', [4]],
    [codec('numcodecs.pcodec'), 'bfloat16', [4]],
    [codec('numcodecs.zfpy'), 'float16', [4]],
    [reversible, 'uint32', [4]],
    [reversible, 'float32', [2, 2, 2, 2, 2]],
  ]
  for (const [spec, dataType, shape] of cases) {
    const resolve = () => CodecPipeline.resolve([spec], specOf(dataType, shape))
    t.throws(resolve, { code: 'CODEC_UNSUPPORTED' }, `${spec.name} ${dataType}`)
  }
})

t.test('modes of zfp that cannot be are refused when the array is opened', async t => {
  const configurations = [
    {},
    { mode: 'fast' },
    { mode: 'fixed_rate' },
    { mode: 'fixed_rate', rate: -1 },
    { mode: 'fixed_accuracy' },
    { mode: 'fixed_precision', precision: -1 },
    { mode: 'fixed_precision', precision: 1.5 },
    { mode: 'expert', minbits: 9, maxbits: 8, maxprec: 64, minexp: -1074 },
    { mode: 'expert', minbits: 1, maxbits: 8, maxprec: 65, minexp: -1074 },
    { mode: 'expert', minbits: 1, maxbits: 8, maxprec: 64 },
  ]
  for (const configuration of configurations) {
    const resolve = () => CodecPipeline.resolve([codec('zfp', configuration)], specOf('float32', [4]))
    t.throws(resolve, { code: 'METADATA_INVALID' }, JSON.stringify(configuration))
  }
})

t.test('zfp’s expert mode reads what the other modes wrote with the same parameters', async t => {
  const { spec, encoded, sha256: expected } = chunkNamed('zfp fixed_accuracy 2 <f8')
  const configuration = { mode: 'expert', minbits: 1, maxbits: 16_658, maxprec: 64, minexp: -7 }
  const decoded = await CodecPipeline.resolve([codec('zfp', configuration)], spec).decode(encoded)
  t.equal(sha256(decoded), expected)
})

t.test('a chunk that declares far more numbers than the array holds costs no memory', async t => {
  const { codecs, spec, encoded } = chunkNamed('pcodec one number')
  const vast = encoded.slice()
  const typeAt = vast.lastIndexOf(3, vast.length - 5)
  vast.fill(0xff, typeAt + 1, typeAt + 4)
  const before = process.memoryUsage().arrayBuffers
  await t.rejects(async () => CodecPipeline.resolve(codecs, spec).decode(vast), { code: 'CODEC_FAILED' })
  t.equal(process.memoryUsage().arrayBuffers - before < 4e6, true)
})

/** Leaves a pattern in the kernels' memory. */
function poison(pattern: number): void {
  const length = 1 << 20
  withKernels([length], ({ memory, regions: [start] }) => memory.fill(pattern, start, start + length))
}

async function outcome(pipeline: CodecPipeline, encoded: Uint8Array): Promise<string> {
  try {
    return sha256(await pipeline.decode(encoded))
  } catch (error) {
    const isHonest = error instanceof ZipzarrError && /^CODEC_(FAILED|UNSUPPORTED)$/.test(error.code)
    // A cause would be a trap or a range error: a bounds check is missing.
    if (!isHonest || error.cause !== undefined) throw error
    return 'refused'
  }
}

/** Decoded twice over different remains: what was not decoded would differ. */
async function steadyOutcome(pipeline: CodecPipeline, encoded: Uint8Array): Promise<string> {
  poison(0x5a)
  const first = await outcome(pipeline, encoded)
  poison(0xc3)
  const second = await outcome(pipeline, encoded)
  return first === second ? first : `unsteady: ${first}, ${second}`
}

const damaged = [
  'pcodec special <f4',
  'pcodec auto <f8',
  'pcodec dictionary <i4',
  'pcodec float multiples <f2',
  'pcodec int multiples <u8',
  'pcodec lookback <u2',
  'pcodec consecutive 2 <i8',
  'pcodec convolution multiples',
  'pcodec consecutive multiples',
  'pcodec constant',
  'zfpy reversible 1 <f4',
  'zfpy fixed_rate 2 <i4',
  'zfpy fixed_accuracy 3 <f8',
  'zfp fixed_precision 3 <i8',
]

for (const name of damaged) {
  const { codecs, spec, encoded, sha256: expected } = chunkNamed(name)
  t.test(`${name}: any changed byte gives an error or as many bytes, never leftovers of memory`, async t => {
    const pipeline = CodecPipeline.resolve(codecs, spec)
    const bad: string[] = []
    for (let at = 0; at < encoded.length; at++) {
      for (const change of [0x01, 0x80, 0xff]) {
        const changed = encoded.slice()
        changed[at] ^= change
        const found = await steadyOutcome(pipeline, changed)
        if (found.startsWith('unsteady')) bad.push(`byte ${at} ^ ${change}: ${found}`)
      }
    }
    t.same(bad, [])
  })

  t.test(`${name}: cut short anywhere it is refused or still whole`, async t => {
    const pipeline = CodecPipeline.resolve(codecs, spec)
    const bad: string[] = []
    for (let length = 0; length < encoded.length; length++) {
      const found = await steadyOutcome(pipeline, encoded.slice(0, length))
      if (found !== 'refused' && found !== expected) bad.push(`${length} bytes: ${found}`)
    }
    t.same(bad, [])
  })
}
