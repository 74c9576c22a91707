import t from 'tap'
import { CodecPipeline } from '../../../src/zarr/codecs/codec-pipeline.js'
import { parseDataTypeV3 } from '../../../src/zarr/data-types/data-type-v3.js'
import { parseFillValueV3 } from '../../../src/zarr/data-types/fill-value-v3.js'

const PLACE = { path: '', member: '' }

t.test('of integers narrower than a byte only their own bits count', async t => {
  const cases: [name: string, stored: number[], decoded: number[]][] = [
    ['int4', [0x07, 0x08, 0xf8, 0xa7, 0x5f], [7, -8, -8, 7, -1]],
    ['uint4', [0x07, 0x0f, 0xff, 0xa7], [7, 15, 15, 7]],
    ['int2', [0x01, 0x02, 0xfe, 0xff], [1, -2, -2, -1]],
    ['uint2', [0x01, 0x02, 0xff, 0xfc], [1, 2, 3, 0]],
    ['int8', [0x07, 0xf8], [7, -8]],
  ]
  for (const [name, stored, decoded] of cases) {
    const dataType = parseDataTypeV3(name, PLACE)
    const fillValue = parseFillValueV3(dataType, 0, PLACE)
    const spec = { shape: [stored.length], dataType, fillValue }
    const pipeline = CodecPipeline.resolve([{ name: 'bytes', configuration: {} }], spec)
    const chunk = await pipeline.decode(Uint8Array.from(stored))
    const values = chunk.kind === 'fixed' ? chunk.bytes : new Uint8Array(0)
    t.same([...(name.startsWith('u') ? values : Int8Array.from(values))], decoded, name)
  }
})
