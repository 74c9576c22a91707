import fc from 'fast-check'
import t from 'tap'
import type { Json } from '../../../src/zarr/json/json.js'
import {
  type ChunkKeyEncoding,
  decodeChunkKey,
  encodeChunkKey,
  parseChunkKeyEncoding,
} from '../../../src/zarr/metadata/chunk-key-encoding.js'
import { failureOf } from '../../support/failure.js'

const ENCODINGS: ChunkKeyEncoding[] = [
  { name: 'default', separator: '/' },
  { name: 'default', separator: '.' },
  { name: 'v2', separator: '/' },
  { name: 'v2', separator: '.' },
]

t.test('keys are spelled as the specification spells them', async t => {
  t.same(
    ENCODINGS.map(encoding => encodeChunkKey(encoding, [1, 23])),
    ['c/1/23', 'c.1.23', '1/23', '1.23'],
  )
  t.same(
    ENCODINGS.map(encoding => encodeChunkKey(encoding, [])),
    ['c', 'c', '0', '0'],
  )
})

t.test('a key and its coordinates tell each other', async t => {
  const coordinates = fc.array(fc.nat({ max: 2 ** 31 - 1 }), { maxLength: 5 })
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.constantFrom(...ENCODINGS), coordinates, (encoding, chunk) => {
        const back = decodeChunkKey(encoding, encodeChunkKey(encoding, chunk), chunk.length)
        return back !== undefined && back.join() === chunk.join()
      }),
    ),
  )
})

t.test('only the canonical spelling is a chunk key', async t => {
  const keys = [
    'c/00/0',
    'c/+1/0',
    'c/-1/0',
    'c/1',
    'c/1/2/3',
    'c/1/',
    '/c/1/2',
    'c1/2',
    'C/1/2',
    '1/2',
    'c/1/２',
    'c//1',
  ]
  for (const key of keys) t.equal(decodeChunkKey(ENCODINGS[0], key, 2), undefined, key)
  for (const key of ['1', '1.2.3', '01.2', '1.2.', 'c.1.2', '1/2', '1e1.2', '0x1.2', ' 1.2']) {
    t.equal(decodeChunkKey(ENCODINGS[3], key, 2), undefined, key)
  }
  t.equal(decodeChunkKey(ENCODINGS[0], 'c/0', 0), undefined)
})

t.test('encodings are named in short or in full, with a separator or without', async t => {
  const rows: [json: Json, encoding: ChunkKeyEncoding][] = [
    ['default', ENCODINGS[0]],
    ['v2', ENCODINGS[3]],
    [{ name: 'default' }, ENCODINGS[0]],
    [{ name: 'default', configuration: {} }, ENCODINGS[0]],
    [{ name: 'default', configuration: { separator: '.' } }, ENCODINGS[1]],
    [{ name: 'v2', configuration: { separator: '/' } }, ENCODINGS[2]],
  ]
  for (const [json, encoding] of rows) t.same(parseChunkKeyEncoding(json, { path: '', member: '' }), encoding)
  const refused: [json: Json | undefined, code: string][] = [
    [undefined, 'METADATA_INVALID'],
    [null, 'METADATA_INVALID'],
    [{ name: 'default', configuration: { separator: '-' } }, 'METADATA_INVALID'],
    [{ name: 'default', configuration: { separator: null } }, 'METADATA_INVALID'],
    [{ name: 'default', configuration: { separator: '/', prefix: 'x' } }, 'METADATA_UNSUPPORTED'],
    ['fanout', 'METADATA_UNSUPPORTED'],
    [{ name: 'zarrs.default_suffix', must_understand: false }, 'METADATA_UNSUPPORTED'],
  ]
  for (const [json, code] of refused) {
    t.match(
      failureOf(() => parseChunkKeyEncoding(json, { path: '', member: '' })),
      { code },
      JSON.stringify(json),
    )
  }
})
