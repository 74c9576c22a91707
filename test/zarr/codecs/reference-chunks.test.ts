import t from 'tap'
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

t.test('a chunk decodes the same into memory that is lent, and writes nothing beside it', async t => {
  let decoded = 0
  for (const file of ['small-chunks.json', 'chunks.json', 'large-chunks.json'] as const) {
    for (const { name, codecs, spec, encoded, sha256: expected } of codecChunks(file)) {
      const pipeline = CodecPipeline.resolve(codecs, spec)
      if (pipeline.mayWait || spec.fillValue.kind === 'variable') continue
      const lent: Uint8Array[] = []
      const chunk = pipeline.decode(encoded, {
        allocate: byteLength => {
          const memory = new Uint8Array(byteLength + 2000).fill(0xaa)
          lent.push(memory)
          return memory.subarray(1000, 1000 + byteLength)
        },
      })
      if (chunk instanceof Promise) return t.fail(`${name} waits`)
      t.equal(sha256(chunk), expected, name)
      const beside = lent.flatMap(memory => [memory.subarray(0, 1000), memory.subarray(-1000)])
      if (beside.some(bytes => bytes.some(byte => byte !== 0xaa))) t.fail(`${name} wrote beside its memory`)
      decoded++
    }
  }
  t.ok(decoded > 100, `${decoded} chunks`)
})
