import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { npy, npyHeader } from '../../src/formats/npy.js'
import { parseDataTypeV2 } from '../../src/zarr/data-types/data-type-v2.js'
import type { Json } from '../../src/zarr/json/json.js'
import { fixtures } from '../support/paths.js'
import { encoded } from '../support/slabs.js'

const numpy = JSON.parse(readFileSync(`${fixtures}formats/numpy.json`, 'utf8')) as {
  npy: Record<string, string>
}
const PLACE = { path: '', member: 'dtype' }

function typeOf(dtype: Json, objectCodec?: string) {
  return parseDataTypeV2(dtype, PLACE, objectCodec)
}

t.test('the header has the bytes that NumPy writes', async t => {
  const cases: [name: string, shape: number[], dtype?: Json][] = [
    ['<f4', [3, 4]],
    ['|u1', []],
    ['<i8', [5]],
    ['<M8[10ms]', [2]],
    ['<m8[D]', [2]],
    ['|S7', [2]],
    ['<U3', [2]],
    ['<c16', [0, 3]],
    ['|b1', [1]],
    [
      'struct',
      [2],
      [
        ['a', '<i4'],
        ['it\'s "b"', '<f8', [2]],
        ["it's", '<u2'],
        ['c', '|u1', [2, 3]],
      ],
    ],
    [
      'nested',
      [2],
      [
        [
          'x',
          [
            ['y', '<i2'],
            ['z', '|S3'],
          ],
        ],
      ],
    ],
    ['latin', [2], [['é', '<i4']]],
    ['wide', [2], [['\u03c0', '<i4']]],
    ['long', [1], Array.from({ length: 4000 }, (_, i) => [`field${i}`, '<f8'])],
  ]
  t.same(cases.map(([name]) => name).sort(), Object.keys(numpy.npy).sort(), 'all of them')
  for (const [name, shape, dtype = name] of cases) {
    const header = npyHeader({ dataType: typeOf(dtype), shape })
    const found =
      header.length < 1024 ? header.toString('hex') : createHash('sha256').update(header).digest('hex')
    t.equal(found, numpy.npy[name], name)
    t.equal(header.length % 64, 0)
  }
})

t.test('big-endian arrays are answered as little-endian ones', async t => {
  const header = npyHeader({
    dataType: typeOf([
      ['a', '>i4'],
      ['b', '>U2'],
    ]),
    shape: [1],
  })
  t.match(header.toString(), /'descr': \[\('a', '<i4'\), \('b', '<U2'\)\]/)
})

t.test('names cannot break out of the header', async t => {
  const header = npyHeader({ dataType: typeOf([["\\', (\n\u0085\ud800", '|u1']]), shape: [1] }).toString()
  t.match(header, /\[\("\\\\', \(\\x0a\\x85\\ud800", '\|u1'\)\]/)
})

t.test('header and items follow each other, and the length is known before', async t => {
  const context = { dataType: typeOf('<u2'), shape: [2, 2] }
  const file = await encoded(npy, Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0), context)
  t.equal(file.subarray(npyHeader(context).length).toString('hex'), '0100020003000400')
  t.equal(npy.byteLength(context), file.length)
})

t.test('items of no fixed size are refused', async t => {
  const context = { dataType: typeOf('|O', 'vlen-utf8'), shape: [1] }
  t.throws(() => npy.check(context), {
    code: 'FORMAT_NOT_POSSIBLE',
    message: /npy holds items of a fixed size/,
  })
})
