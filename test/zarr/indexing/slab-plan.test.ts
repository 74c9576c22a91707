import t from 'tap'
import { readAxes } from '../../../src/zarr/indexing/read-grid.js'
import { resolveSelection } from '../../../src/zarr/indexing/resolved-selection.js'
import { parseSelection } from '../../../src/zarr/indexing/selection.js'
import { planSlabs, refineSlab } from '../../../src/zarr/indexing/slab-plan.js'
import type { ChunkGrid } from '../../../src/zarr/metadata/chunk-grid.js'
import { regularGrid } from '../../support/model.js'

/** 16 items a slab, 32 at most. */
const LIMITS = { itemSize: 4, slabBytes: 64, maxSlabBytes: 128, maxChunks: 1000 }

function bandsOf(text: string, grid: ChunkGrid, limits: Partial<typeof LIMITS> = {}): string {
  const shape = grid.axes.map(axis => axis.length)
  const { axes } = resolveSelection(parseSelection(text), shape)
  const plans = planSlabs(axes, readAxes(grid), { ...LIMITS, ...limits })
  return Array.from(plans, plan => plan.map(({ from, to }) => `${from}:${to}`).join(',')).join(' ')
}

t.test('plans end where chunks end', async t => {
  const cases: [text: string, shape: number[], chunks: number[], plans: string][] = [
    ['', [10], [3], '0:10'],
    ['', [40], [5], '0:15 15:30 30:40'],
    ['', [4, 8], [2, 8], '0:2,0:8 2:4,0:8'],
    ['::-1', [40], [16], '0:8 8:24 24:40'],
    ['::3', [90], [10], '0:14 14:30'],
    ['[0,1,2,20,21,22]', [30], [10], '0:6'],
  ]
  for (const [text, shape, chunks, expected] of cases) {
    t.equal(
      bandsOf(text, regularGrid(shape, chunks)),
      expected,
      `${text} of [${shape}] in chunks of [${chunks}]`,
    )
  }
})

t.test('a slab grows to reach the end of a large chunk, but not beyond its limit', async t => {
  t.equal(bandsOf('', regularGrid([40], [30])), '0:30 30:40')
  t.equal(bandsOf('', regularGrid([80], [60])), '0:32 32:60 60:80')
})

t.test('rows that do not fit a slab are taken one by one', async t => {
  t.equal(bandsOf('', regularGrid([2, 20], [2, 8])), '0:1,0:20 1:2,0:20')
  t.equal(
    bandsOf('', regularGrid([2, 40], [2, 10])),
    '0:1,0:10 0:1,10:20 0:1,20:30 0:1,30:40 1:2,0:10 1:2,10:20 1:2,20:30 1:2,30:40',
  )
})

t.test('a plan never touches more chunks than planned at once', async t => {
  t.equal(bandsOf('', regularGrid([12], [1]), { maxChunks: 5 }), '0:5 5:10 10:12')
  t.equal(bandsOf('', regularGrid([3, 4], [1, 1]), { maxChunks: 8 }), '0:2,0:4 2:3,0:4')
})

t.test('a plan is refined along chunk boundaries too', async t => {
  const grid = readAxes(regularGrid([80], [16]))
  const refined = (text: string, from: number, to: number): string => {
    const { axes } = resolveSelection(parseSelection(text), [80])
    const plans = refineSlab([{ from, to }], { axes, grid, limits: LIMITS })
    return Array.from(plans, ([span]) => `${span.from}:${span.to}`).join(' ')
  }
  t.equal(refined('', 8, 41), '8:16 16:32 32:41')
  t.equal(refined('::-1', 8, 41), '8:16 16:32 32:41')
  t.equal(refined('::2', 4, 40), '4:16 16:32 32:40')
  t.equal(refined('', 8, 40), '8:40', 'what keeps to the limits stays as it is')
  t.equal(refined('[0,1,17,18]', 1, 4), '1:4')
})

t.test('an item larger than a slab is a plan of its own', async t => {
  t.equal(bandsOf('', regularGrid([3], [3]), { itemSize: 1000 }), '0:1 1:2 2:3')
})

t.test('a 0-d result is one plan, an empty result none', async t => {
  t.equal(bandsOf('', regularGrid([], [])), '')
  t.equal([...planSlabs([], [], LIMITS)].length, 1)
  t.equal(bandsOf('', regularGrid([0], [3])), '')
  t.equal(bandsOf('', regularGrid([3, 0], [3, 3])), '')
})

t.test('planning a vast result costs no more than the plans taken', async t => {
  const length = 2 ** 50
  const axis = {
    length,
    chunkCount: length,
    chunkAt: (i: number) => i,
    startOf: (i: number) => i,
    sizeOf: () => 1,
  }
  const grid: ChunkGrid = { name: 'regular', axes: [axis], chunkShape: [1] }
  const { axes } = resolveSelection([], [length])
  const plans = planSlabs(axes, readAxes(grid), LIMITS)
  t.same(plans.next().value, [{ from: 0, to: 16 }])
  t.same(plans.next().value, [{ from: 16, to: 32 }])
})
