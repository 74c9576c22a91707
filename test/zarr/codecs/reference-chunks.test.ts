import t from 'tap'
import { withScratch } from '../../../src/kernels/kernels.js'
import { CodecPipeline } from '../../../src/zarr/codecs/codec-pipeline.js'
import { codecChunks, sha256 } from '../../support/codec-chunks.js'

for (const file of ['small-chunks.json', 'chunks.json', 'large-chunks.json'] as const) {
  t.test(`${file}: every chunk of the reference implementations decodes to the same bytes`, async t => {
    for (const { name, codecs, spec, encoded, sha256: expected } of codecChunks(file)) {
      const decode = async () => CodecPipeline.resolve(codecs, spec).decode(encoded)
      const decoded = await decode().catch((error: unknown) => t.fail(`${name}: ${String(error)}`))
      if (typeof decoded === 'object') t.equal(sha256(decoded), expected, name)
    }
  })
}

t.test('a chunk somewhere inside a larger buffer decodes the same', async t => {
  for (const { name, codecs, spec, encoded, sha256: expected } of codecChunks('chunks.json')) {
    const buffer = Buffer.alloc(encoded.length + 7, 0xaa)
    buffer.set(encoded, 3)
    const decoded = await CodecPipeline.resolve(codecs, spec).decode(buffer.subarray(3, 3 + encoded.length))
    t.equal(sha256(decoded), expected, name)
  }
})

t.test('a chunk in scratch memory decodes into scratch memory the same, and stays where it is', async t => {
  let decoded = 0
  for (const file of ['small-chunks.json', 'chunks.json', 'large-chunks.json'] as const) {
    for (const { name, codecs, spec, encoded, sha256: expected } of codecChunks(file)) {
      const pipeline = CodecPipeline.resolve(codecs, spec)
      if (pipeline.mayWait || spec.fillValue.kind === 'variable') continue
      withScratch(lend => {
        const input = lend(encoded.length)
        input.set(encoded)
        const neighbour = lend(1000).fill(0xaa)
        const chunk = pipeline.decode(input, { allocate: lend })
        if (chunk instanceof Promise) return t.fail(`${name} waits`)
        t.equal(sha256(chunk), expected, name)
        if (neighbour.some(byte => byte !== 0xaa)) t.fail(`${name} wrote beside its memory`)
      })
      decoded++
    }
  }
  t.ok(decoded > 100, `${decoded} chunks`)
})

t.test('a chunk in scratch memory that goes elsewhere decodes the same', async t => {
  for (const { name, codecs, spec, encoded, sha256: expected } of codecChunks('large-chunks.json')) {
    const pipeline = CodecPipeline.resolve(codecs, spec)
    if (pipeline.mayWait || spec.fillValue.kind === 'variable') continue
    const bytes = withScratch(lend => {
      const input = lend(encoded.length)
      input.set(encoded)
      const chunk = pipeline.decode(input)
      return chunk instanceof Promise || chunk.kind !== 'fixed' ? undefined : chunk.bytes.slice()
    })
    t.equal(bytes && sha256({ kind: 'fixed', bytes }), expected, name)
  }
})
