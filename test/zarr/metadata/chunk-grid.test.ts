import fc from 'fast-check'
import t from 'tap'
import type { Json } from '../../../src/zarr/json/json.js'
import { type ChunkGrid, parseChunkGrid, parseRegularGrid } from '../../../src/zarr/metadata/chunk-grid.js'
import { failureOf } from '../../support/failure.js'

const PLACE = { path: 'a', member: 'chunk_grid' }
const regular = (shape: number[], chunkShape: Json) => parseRegularGrid(chunkShape, shape, PLACE)
const rectilinear = (shape: number[], edges: Json) =>
  parseChunkGrid(
    { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: edges } },
    shape,
    PLACE,
  )

/** `[start, size]` of every chunk of a dimension. */
function chunksOf(grid: ChunkGrid, dimension = 0): number[][] {
  const axis = grid.axes[dimension]
  return Array.from({ length: axis.chunkCount }, (_, chunk) => [axis.startOf(chunk), axis.sizeOf(chunk)])
}

t.test('regular chunks cover the array and stay full-size at its edge', async t => {
  const grid = regular([10, 4, 0], [4, 8, 5])
  t.same(grid.chunkShape, [4, 8, 5])
  t.same(chunksOf(grid, 0), [
    [0, 4],
    [4, 4],
    [8, 4],
  ])
  t.same(chunksOf(grid, 1), [[0, 8]])
  t.same(chunksOf(grid, 2), [])
  t.same(
    [0, 3, 4, 9].map(index => grid.axes[0].chunkAt(index)),
    [0, 0, 1, 2],
  )
  t.same(regular([], []).axes, [])
})

t.test('chunks of length 0 are accepted where the dimension is empty, and only there', async t => {
  t.equal(regular([0], [0]).axes[0].chunkCount, 0)
  t.match(
    failureOf(() => regular([3], [0])),
    { code: 'METADATA_INVALID' },
  )
})

t.test('lengths as large as 2^53 - 1 are counted exactly', async t => {
  const [axis] = regular([Number.MAX_SAFE_INTEGER], [1]).axes
  t.equal(axis.chunkCount, Number.MAX_SAFE_INTEGER)
  t.equal(axis.chunkAt(Number.MAX_SAFE_INTEGER - 1), Number.MAX_SAFE_INTEGER - 1)
  t.match(
    failureOf(() => regular([1, 1], [2 ** 30, 2 ** 30])),
    { code: 'METADATA_UNSUPPORTED' },
  )
})

t.test('rectilinear edges are lengths, runs of them, or one length for all', async t => {
  // The examples of the registered specification, shape (6, 6, 6, 6, 6).
  const grid = rectilinear([6, 6, 6, 6, 6], [4, [1, 2, 3], [[4, 2]], [[1, 3], 3], [4, 4, 4]])
  t.same(chunksOf(grid, 0), [
    [0, 4],
    [4, 4],
  ])
  t.same(chunksOf(grid, 1), [
    [0, 1],
    [1, 2],
    [3, 3],
  ])
  t.same(chunksOf(grid, 2), [
    [0, 4],
    [4, 4],
  ])
  t.same(chunksOf(grid, 3), [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 3],
  ])
  t.same(
    chunksOf(grid, 4),
    [
      [0, 4],
      [4, 4],
    ],
    'chunks wholly beyond the edge are none of the grid',
  )
  t.equal(grid.chunkShape, undefined)
  t.same(rectilinear([6, 6], [4, [[3, 2]]]).chunkShape, [4, 3])
  t.same(
    [0, 1, 5].map(length => rectilinear([length], [[5]]).axes[0].chunkCount),
    [0, 1, 1],
  )
})

t.test('a run may stand for more chunks than memory holds', async t => {
  const [axis] = rectilinear([2 ** 50 + 10], [[[1, 2 ** 50], 10]]).axes
  t.equal(axis.chunkCount, 2 ** 50 + 1)
  t.equal(axis.chunkAt(2 ** 50 + 5), 2 ** 50)
  t.equal(axis.startOf(2 ** 50), 2 ** 50)
  t.equal(axis.sizeOf(2 ** 50), 10)
  t.equal(rectilinear([2 ** 52], [1]).axes[0].chunkCount, 2 ** 52)
})

t.test('every item lies in the chunk that says it holds it', async t => {
  const edges = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 })), {
    minLength: 1,
  })
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(edges, fc.double({ min: 0, max: 1, noNaN: true }), (runs, share) => {
        const sizes = runs.flatMap(([size, count]) => new Array<number>(count).fill(size))
        const length = Math.floor(share * sizes.reduce((sum, size) => sum + size, 0))
        const [axis] = rectilinear([length], [runs]).axes
        let index = 0
        for (let chunk = 0; chunk < axis.chunkCount; chunk++) {
          if (axis.startOf(chunk) !== index || axis.sizeOf(chunk) !== sizes[chunk]) return false
          for (let i = 0; i < sizes[chunk] && index < length; i++, index++) {
            if (axis.chunkAt(index) !== chunk) return false
          }
        }
        return index === length
      }),
    ),
  )
})

t.test('grids that do not fit the array, or that nobody knows, are refused', async t => {
  const invalid: [shape: number[], json: Json][] = [
    [[4], null],
    [[4], 3],
    [[4], {}],
    [[4], { name: 'regular' }],
    [[4, 4], { name: 'regular', configuration: { chunk_shape: 4 } }],
    [[4], { name: 'regular', configuration: { chunk_shape: -4 } }],
    [[4], { name: 'regular', configuration: { chunk_shape: [4, 4] } }],
    [[4], { name: 'regular', configuration: { chunk_shape: [] } }],
    [[4], { name: 'regular', configuration: { chunk_shape: [-1] } }],
    [[4], { name: 'regular', configuration: { chunk_shape: [1.5] } }],
    [[4], { name: 'regular', configuration: { chunk_shape: ['4'] } }],
    [[4], { name: 'regular', configuration: { chunk_shape: [2n ** 64n] } }],
    [[4], { name: 'regular', configuration: [] }],
    [[4], { name: 'rectilinear', configuration: { kind: 'inline' } }],
    [[4], { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [[]] } }],
    [[4], { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [[3]] } }],
    [[4], { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [[4], [4]] } }],
    [[4], { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [[0, 4]] } }],
    [[4], { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [0] } }],
    [[4], { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [[[4]]] } }],
    [[4], { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [[[4, 0]]] } }],
    [[4], { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [[[2, 1, 1]]] } }],
    [[4], { name: 'rectilinear', configuration: { kind: 'inline', chunk_shapes: [[[2 ** 40, 2 ** 40]]] } }],
  ]
  for (const [shape, json] of invalid) {
    t.match(
      failureOf(() => parseChunkGrid(json, shape, PLACE)),
      { code: 'METADATA_INVALID' },
    )
  }
  const unsupported: Json[] = [
    'rectangular',
    { name: 'zarrs.regular_bounded', configuration: { chunk_shape: [4] } },
    { name: 'regular', configuration: { chunk_shape: [4], offset: [1] } },
    { name: 'regular', configuration: { chunk_shape: [4] }, extra: 1 },
    { name: 'rectilinear', configuration: { kind: 'outline', chunk_shapes: [[4]] } },
    { name: 'other', must_understand: false },
    { name: 'regular', configuration: { chunk_shape: new Array(33).fill(1) } },
  ]
  for (const json of unsupported) {
    t.match(
      failureOf(() => parseChunkGrid(json, [4], PLACE)),
      { code: 'METADATA_UNSUPPORTED' },
    )
  }
})
