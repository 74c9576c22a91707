import t from 'tap'
import { raw } from '../../src/formats/raw.js'
import { parseDataTypeV2 } from '../../src/zarr/data-types/data-type-v2.js'
import { encoded } from '../support/slabs.js'

const PLACE = { path: '', member: 'dtype' }

t.test('fixed-size items are sent as they are', async t => {
  const context = { dataType: parseDataTypeV2('<u2', PLACE), shape: [3] }
  const body = await encoded(raw, Uint8Array.of(1, 2, 3, 4, 5, 6), { ...context, itemsEach: 2 })
  t.equal(body.toString('hex'), '010203040506')
  t.equal(raw.byteLength(context), 6)
  t.equal(raw.byteLength({ ...context, shape: [] }), 2)
  t.equal(raw.byteLength({ ...context, shape: [5, 0] }), 0)
})

t.test('values of variable length follow their length in bytes', async t => {
  const text = { dataType: parseDataTypeV2('|O', PLACE, 'vlen-utf8'), shape: [3] }
  const body = await encoded(raw, ['a', '', 'é\u{1f600}'], text)
  t.equal(body.toString('hex'), ['01000000', '61', '00000000', '06000000', 'c3a9f09f9880'].join(''))
  t.equal(raw.byteLength(text), undefined)
  const bytes = { dataType: parseDataTypeV2('|O', PLACE, 'vlen-bytes'), shape: [1] }
  t.equal((await encoded(raw, [Uint8Array.of(255, 0)], bytes)).toString('hex'), '02000000ff00')
  const object = { dataType: parseDataTypeV2('|O', PLACE, 'json2'), shape: [2] }
  t.equal(
    (await encoded(raw, [[1, Number.NaN], 'x'], object)).toString('latin1'),
    '\x08\0\0\0[1,null]\x03\0\0\0"x"',
  )
})

t.test('many values come in pieces', async t => {
  const values = Array.from({ length: 5000 }, (_, i) => 'x'.repeat(i % 100))
  const context = { dataType: parseDataTypeV2('|O', PLACE, 'vlen-utf8'), shape: [5000], itemsEach: 5000 }
  const body = await encoded(raw, values, context)
  t.equal(body.length, 5000 * 4 + 50 * 4950)
})
