// The hint of a 413: always a selection that fits, and as much of the asked one as outer dimensions allow.
import fc from 'fast-check'
import t from 'tap'
import type { ZipzarrError } from '../../src/errors.js'
import { checkSize, shrink } from '../../src/responses/size-limit.js'
import { formatSelection, resolveSelection } from '../../src/zarr/indexing/resolved-selection.js'
import { parseSelection } from '../../src/zarr/indexing/selection.js'

const select = (text: string, shape: readonly number[]) => resolveSelection(parseSelection(text), shape)

t.test('outer dimensions are cut first', async t => {
  const cases: ReadonlyArray<readonly [string, readonly number[], number, string]> = [
    ['', [10, 10], 50, '0:5,0:10'],
    ['', [10, 10], 99, '0:9,0:10'],
    ['', [10, 10], 9, '0:1,0:9'],
    ['', [10, 10, 10], 25, '0:1,0:2,0:10'],
    ['5,::-1', [10, 10], 3, '5,9:6:-1'],
    ['[7,3,5],:', [10, 10], 20, '[7,3],0:10'],
    ['', [10, 10], 100, '0:10,0:10'],
  ]
  for (const [text, shape, maxItems, expected] of cases) {
    t.equal(formatSelection(shrink(select(text, shape), maxItems)), expected, `${text} of [${shape}]`)
  }
})

t.test('the hint fits, is part of what was asked, and is not needlessly small', async t => {
  const shapes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 })
  const property = fc.property(shapes, fc.integer({ min: 1, max: 4000 }), (shape, maxItems) => {
    const asked = select('', shape)
    const { itemCount } = shrink(asked, maxItems)
    if (itemCount > maxItems) throw new Error(`${itemCount} items of at most ${maxItems}`)
    if (itemCount > asked.itemCount) throw new Error('more than asked')
    if (itemCount * 2 <= Math.min(maxItems, asked.itemCount))
      throw new Error(`only ${itemCount} of ${maxItems}`)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500, seed: 3 }))
})

t.test('what fits passes; what does not says limit, actual and hint', async t => {
  const size = { byteLength: 400, itemSize: 4, limit: 400, limitName: 'maxResponseBytes' }
  checkSize(select('', [10, 10]), size)
  t.throws(() => checkSize(select('', [10, 10]), { ...size, limit: 399 }), {
    code: 'RESPONSE_TOO_LARGE',
    facts: { limit: 399, actual: 400, hint: 'slice=0:9,0:10' },
  } as unknown as ZipzarrError)
})
