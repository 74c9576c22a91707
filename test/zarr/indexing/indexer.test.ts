import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { type CopyBox, copyValues } from '../../../src/zarr/copying/copy.js'
import { boxes, chunkTasks, readChunks } from '../../../src/zarr/indexing/chunk-tasks.js'
import { countChunks, projectAxis } from '../../../src/zarr/indexing/indexer.js'
import { type ReadAxis, readAxes } from '../../../src/zarr/indexing/read-grid.js'
import { type ResolvedSelection, resolveSelection } from '../../../src/zarr/indexing/resolved-selection.js'
import { parseSelection } from '../../../src/zarr/indexing/selection.js'
import { planSlabs } from '../../../src/zarr/indexing/slab-plan.js'
import type { ChunkGrid } from '../../../src/zarr/metadata/chunk-grid.js'
import { axisOf, regularGrid, selectedPositions, selectionText } from '../../support/model.js'

function project(text: string, length: number, chunk: number) {
  const [axis] = resolveSelection(parseSelection(text), [length]).axes
  const [grid] = readAxes(regularGrid([length], [chunk]))
  return projectAxis(axis, grid, { from: 0, to: axis.count }).map(({ chunk, runs }) => {
    const texts = runs.map(
      run => `${run.count}@${run.sourceStart}+${run.sourceStep}->${run.targetStart}+${run.targetStep}`,
    )
    return `${chunk}: ${texts.join(' ')}`
  })
}

t.test('a selected dimension is projected onto its chunks', async t => {
  t.same(project('2:7', 9, 4), ['0: 2@2+1->0+1', '1: 3@0+1->2+1'])
  t.same(project('::3', 9, 4), ['0: 2@0+3->0+1', '1: 1@2+3->2+1'])
  t.same(project('::-1', 6, 4), ['1: 2@1+-1->0+1', '0: 4@3+-1->2+1'])
  t.same(project('5', 9, 4), ['1: 1@1+1->0+1'])
  t.same(project('::5', 20, 2), ['0: 1@0+5->0+1', '2: 1@1+5->1+1', '5: 1@0+5->2+1', '7: 1@1+5->3+1'])
})

t.test('an index list visits each chunk once, in runs of equal steps', async t => {
  t.same(project('[0,2,4,6,8]', 9, 9), ['0: 5@0+2->0+1'])
  t.same(project('[5,0,6,1]', 9, 4), ['1: 2@1+1->0+2', '0: 2@0+1->1+2'])
  t.same(project('[3,3,3]', 9, 4), ['0: 3@3+0->0+1'])
  t.same(project('[0,1,3]', 9, 4), ['0: 2@0+1->0+1 1@3+1->2+1'])
  t.same(project('[]', 9, 4), [])
})

/** A grid of up to three dimensions: regular, rectilinear, or regular with inner chunks. */
const grids: fc.Arbitrary<{ grid: ChunkGrid; inner?: number[] }> = fc
  .array(
    fc.record({
      length: fc.integer({ min: 0, max: 9 }),
      inner: fc.integer({ min: 1, max: 3 }),
      factor: fc.integer({ min: 1, max: 3 }),
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 9, maxLength: 9 }),
    }),
    { maxLength: 3 },
  )
  .chain(dimensions => {
    const shape = dimensions.map(dimension => dimension.length)
    const shards = dimensions.map(({ inner, factor }) => inner * factor)
    return fc.constantFrom(
      { grid: regularGrid(shape, shards) },
      { grid: regularGrid(shape, shards), inner: dimensions.map(({ inner }) => inner) },
      {
        grid: {
          name: 'rectilinear' as const,
          axes: dimensions.map(({ length, sizes }) => axisOf(length, sizes)),
        },
      },
    )
  })

const cases = grids.chain(({ grid, inner }) =>
  fc.record({
    grid: fc.constant(grid),
    axes: fc.constant(readAxes(grid, inner)),
    text: selectionText(grid.axes.map(axis => axis.length)),
    slabItems: fc.integer({ min: 1, max: 40 }),
    maxChunks: fc.integer({ min: 1, max: 20 }),
  }),
)

/** A read chunk's items by their C-order position in the array; -1 past the array's edge. */
function chunkItems(axes: readonly ReadAxis[], coordinates: readonly number[]): number[] {
  let items = [0]
  axes.forEach((axis, dimension) => {
    const start = axis.startOf(coordinates[dimension])
    const size = axis.sizeOf(coordinates[dimension])
    items = items.flatMap(item =>
      Array.from({ length: size }, (_, i) =>
        item < 0 || start + i >= axis.length ? -1 : item * axis.length + start + i,
      ),
    )
  })
  return items
}

/** Checks and counts every write of a box into a slab. */
function countWrites(box: CopyBox, written: number[]): void {
  const zeroed = { ...box, sourceOffset: 0, axes: box.axes.map(axis => ({ ...axis, sourceStep: 0 })) }
  const marks = new Array<number | undefined>(written.length)
  copyValues([1], marks, zeroed)
  marks.forEach((mark, i) => {
    assert.ok(i < written.length, 'a write outside the slab')
    if (mark !== undefined) written[i]++
  })
}

function assemble(
  axes: readonly ReadAxis[],
  selection: ResolvedSelection,
  limits: { slabItems: number; maxChunks: number },
): unknown[] {
  const result: unknown[] = []
  const { slabItems, maxChunks } = limits
  const bytes = { itemSize: 1, slabBytes: slabItems, maxSlabBytes: 2 * slabItems }
  for (const band of planSlabs(selection.axes, axes, { ...bytes, maxChunks })) {
    const shape = band.map(({ from, to }) => to - from)
    const count = shape.reduce((product, length) => product * length, 1)
    assert.ok(count <= 2 * slabItems, 'a band is larger than a slab')
    const slab: unknown[] = new Array(count)
    const written = new Array<number>(count).fill(0)
    const stored = new Set<string>()
    for (const task of chunkTasks(selection.axes, axes, band)) {
      assert.ok(!stored.has(String(task.coordinates)), 'a stored chunk is visited twice')
      stored.add(String(task.coordinates))
      for (const chunk of readChunks(task)) {
        const coordinates = chunk.map(projection => projection.chunk)
        assert.deepEqual(
          coordinates.map((index, d) => axes[d].storedOf(index)),
          task.coordinates,
        )
        const chunkShape = coordinates.map((index, d) => axes[d].sizeOf(index))
        for (const box of boxes(chunk, chunkShape, shape)) {
          copyValues(chunkItems(axes, coordinates), slab, box)
          countWrites(box, written)
        }
      }
    }
    assert.ok(
      written.every(times => times === 1),
      `items are written ${written} times`,
    )
    result.push(...slab)
  }
  return result
}

t.test('bands and boxes put every selected item exactly once, where it belongs', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(cases, ({ grid, axes, text, slabItems, maxChunks }) => {
        const shape = grid.axes.map(axis => axis.length)
        const selection = resolveSelection(parseSelection(text), shape)
        const result = assemble(axes, selection, { slabItems, maxChunks })
        assert.deepEqual(result, selectedPositions(selection, shape))
      }),
      { numRuns: 3000 },
    ),
  )
})

t.test('touched chunks are counted as they are visited', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(cases, ({ grid, axes, text }) => {
        const { axes: selected } = resolveSelection(
          parseSelection(text),
          grid.axes.map(axis => axis.length),
        )
        selected.forEach((axis, dimension) => {
          const all = { from: 0, to: axis.count }
          const visited = projectAxis(axis, axes[dimension], all).length
          assert.equal(countChunks(axis, axes[dimension], all), visited)
        })
      }),
      { numRuns: 2000 },
    ),
  )
})

t.test('inner chunks know their shard and their place in it', async t => {
  const [axis] = readAxes({ name: 'rectilinear', axes: [axisOf(20, [4, 8, 4, 8])] }, [2])
  t.equal(axis.chunkCount, 10)
  t.same(
    Array.from({ length: 10 }, (_, chunk) => [axis.storedOf(chunk), axis.placeOf(chunk)]),
    [0, 0, 1, 1, 1, 1, 2, 2, 3, 3].map((shard, i) => [shard, [0, 1, 0, 1, 2, 3, 0, 1, 0, 1][i]]),
  )
})
