import t from 'tap'
import { ZipzarrError } from '../../../src/errors.js'
import { kernelMemoryBytes, withKernels } from '../../../src/kernels/kernels.js'
import { CodecPipeline } from '../../../src/zarr/codecs/codec-pipeline.js'
import { codecChunks, sha256 } from '../../support/codec-chunks.js'

/** A changed byte of these must be noticed; elsewhere it may be a literal that nothing vouches for. */
const CHECKED =
  /^(gzip|zlib|bz2|zstd checksum|lzma check (1|10)|lzma( text)?$|crc32|adler32|fletcher32|jenkins)/
const HONEST = ['CODEC_FAILED', 'CHECKSUM_MISMATCH', 'CODEC_UNSUPPORTED']

const decoys = codecChunks('chunks.json').filter(({ name }) => /^(zstd level|blosc one item)/.test(name))

/** Leaves another chunk's remains in the kernels' tables. */
async function decodeDecoy(number: number): Promise<void> {
  const { codecs, spec, encoded } = decoys[number % decoys.length]
  await CodecPipeline.resolve(codecs, spec).decode(encoded)
}

/** Leaves a pattern in the kernels' memory. */
function poison(pattern: number): void {
  withKernels([1 << 15], ({ memory, regions: [start] }) => memory.fill(pattern, start, start + (1 << 15)))
}

async function outcome(pipeline: CodecPipeline, encoded: Uint8Array): Promise<string> {
  try {
    return sha256(await pipeline.decode(encoded))
  } catch (error) {
    const isHonest = error instanceof ZipzarrError && HONEST.includes(error.code)
    // A trap or a range error would mean that a bounds check is missing.
    const cause = error instanceof ZipzarrError ? error.cause : error
    const isDefect = cause instanceof Error && /^(RuntimeError|RangeError|TypeError)$/.test(cause.name)
    const isNodes = cause instanceof Error && 'code' in cause
    if (!isHonest || (isDefect && !isNodes)) throw error
    return 'refused'
  }
}

/** Decoded twice over different remains: what was not decoded would differ. */
async function steadyOutcome(pipeline: CodecPipeline, encoded: Uint8Array): Promise<string> {
  await decodeDecoy(encoded.length)
  poison(0x5a)
  const first = await outcome(pipeline, encoded)
  poison(0xc3)
  const second = await outcome(pipeline, encoded)
  return first === second ? first : `unsteady: ${first}, ${second}`
}

for (const { name, codecs, spec, encoded, sha256: expected } of codecChunks('small-chunks.json')) {
  const isChecked = CHECKED.test(name)
  const promise = isChecked ? 'is noticed' : 'gives an error or as many bytes, never leftovers of memory'
  t.test(`${name}: any changed byte ${promise}`, async t => {
    const pipeline = CodecPipeline.resolve(codecs, spec)
    const bad: string[] = []
    for (let at = 0; at < encoded.length; at++) {
      for (const change of [0x01, 0xff]) {
        const changed = encoded.slice()
        changed[at] ^= change
        const found = isChecked ? await outcome(pipeline, changed) : await steadyOutcome(pipeline, changed)
        if (found.startsWith('unsteady') || (isChecked && found !== 'refused' && found !== expected)) {
          bad.push(`byte ${at} ^ ${change}: ${found}`)
        }
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

t.test('the kernels kept no more memory than small chunks need', async t => {
  t.equal(kernelMemoryBytes() <= 16 * 2 ** 20, true, `${kernelMemoryBytes()} bytes`)
})
