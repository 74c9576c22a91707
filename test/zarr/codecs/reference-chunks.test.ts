import t from 'tap'
import { CodecPipeline } from '../../../src/zarr/codec-pipeline.js'
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
