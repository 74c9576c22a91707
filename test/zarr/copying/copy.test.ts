import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  type CopyBox,
  contiguousCount,
  copyItems,
  copyValues,
  fillItems,
  mergeAxes,
} from '../../../src/zarr/copying/copy.js'

/** A box inside a source and a target, both of `items` items. */
const boxArbitrary: fc.Arbitrary<{ box: CopyBox; items: number }> = fc
  .array(fc.record({ count: fc.integer({ min: 1, max: 3 }), step: fc.integer({ min: -2, max: 2 }) }), {
    maxLength: 5,
  })
  .map(dimensions => {
    let sourceOffset = 0
    let size = 1
    const axes = dimensions
      .reverse()
      .map(({ count, step }) => {
        const axis = { count, sourceStep: step * size, targetStep: size }
        if (step < 0) sourceOffset += -step * (count - 1) * size
        size *= count * 2
        return axis
      })
      .reverse()
    return { box: { sourceOffset, targetOffset: 2, axes }, items: size * 3 + 4 }
  })

function random(byteLength: number, byteOffset: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(byteLength + byteOffset), byteOffset)
  for (let i = 0; i < byteLength; i++) bytes[i] = (i * 151 + (i >> 8) * 31 + 7) & 0xff
  return bytes
}

/** Where every item of a box comes from and goes to, by plain recursion. */
function places({ sourceOffset, targetOffset, axes }: CopyBox): [source: number, target: number][] {
  if (axes.length === 0) return [[sourceOffset, targetOffset]]
  const [axis, ...inner] = axes
  return Array.from({ length: axis.count }, (_, i) =>
    places({
      sourceOffset: sourceOffset + i * axis.sourceStep,
      targetOffset: targetOffset + i * axis.targetStep,
      axes: inner,
    }),
  ).flat()
}

function split(bytes: Uint8Array, itemSize: number): string[] {
  return Array.from({ length: bytes.byteLength / itemSize }, (_, i) =>
    Buffer.from(bytes.subarray(i * itemSize, (i + 1) * itemSize)).toString('hex'),
  )
}

/** The target after the copy, item by item. */
function expected(
  source: Uint8Array,
  target: Uint8Array,
  { box, itemSize }: { box: CopyBox; itemSize: number },
) {
  const items = split(source, itemSize)
  const result = split(target, itemSize)
  for (const [from, to] of places(box)) result[to] = items[from]
  return result.join('')
}

t.test('items of every size and alignment are copied as they are, and nothing else is touched', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        boxArbitrary,
        fc.constantFrom(1, 2, 3, 4, 6, 7, 8, 12, 16, 52),
        fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
        ({ box, items }, itemSize, [sourceAt, targetAt]) => {
          const source = random(items * itemSize, sourceAt)
          const target = new Uint8Array(new ArrayBuffer(items * itemSize + targetAt), targetAt).fill(0xee)
          const wanted = expected(source, target, { box, itemSize })
          copyItems(source, target, { box, itemSize })
          assert.equal(Buffer.from(target).toString('hex'), wanted)
        },
      ),
      { numRuns: 600 },
    ),
  )
})

t.test('long runs are copied as they are, in kernel memory too', async t => {
  for (const length of [64, 65, 67, 100]) {
    const source = random(8184, 0)
    const target = new Uint8Array(8184).fill(0xee)
    const axes = [
      { count: 2, sourceStep: 900, targetStep: 950 },
      { count: 7, sourceStep: 128, targetStep: 101 },
      { count: length, sourceStep: 1, targetStep: 1 },
    ]
    const box = { sourceOffset: 3, targetOffset: 1, axes }
    for (const itemSize of [3, 4]) {
      const wanted = expected(source, target, { box, itemSize })
      const found = target.slice()
      copyItems(source, found, { box, itemSize })
      t.equal(Buffer.from(found).toString('hex'), wanted)
    }
  }
})

t.test('values are copied as items are', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(boxArbitrary, ({ box, items }) => {
        const source = Array.from({ length: items }, (_, i) => `value ${i}`)
        const target = new Array(items).fill(undefined)
        const wanted = [...target]
        for (const [from, to] of places(box)) wanted[to] = source[from]
        copyValues(source, target, box)
        assert.deepEqual(target, wanted)
      }),
      { numRuns: 300 },
    ),
  )
})

t.test('every bit of a NaN survives', async t => {
  const bits = [
    0x7ff0_0000_0000_0001n,
    0x7ff8_1234_5678_9abcn,
    0xffff_ffff_ffff_ffffn,
    0xfff0_0000_0000_0001n,
  ]
  const source = new Uint8Array(BigUint64Array.from(bits).buffer)
  const target = new Uint8Array(32)
  copyItems(source, target, {
    box: { sourceOffset: 3, targetOffset: 0, axes: [{ count: 4, sourceStep: -1, targetStep: 1 }] },
    itemSize: 8,
  })
  t.same([...new BigUint64Array(target.buffer)], bits.reverse())
})

t.test('a fill value is written to every place of a box and nowhere else', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(boxArbitrary, fc.uint8Array({ minLength: 1, maxLength: 9 }), ({ box, items }, item) => {
        const itemSize = item.byteLength
        const target = new Uint8Array(items * itemSize).fill(0xee)
        const still = { ...box, sourceOffset: 0, axes: box.axes.map(axis => ({ ...axis, sourceStep: 0 })) }
        const wanted = expected(item, target, { box: still, itemSize })
        fillItems(item, target, box)
        assert.equal(Buffer.from(target).toString('hex'), wanted)
      }),
      { numRuns: 600 },
    ),
  )
})

t.test('a box that is one run on both sides is known as such', async t => {
  const axes = [
    { count: 3, sourceStep: 20, targetStep: 20 },
    { count: 1, sourceStep: 7, targetStep: 9 },
    { count: 5, sourceStep: 4, targetStep: 4 },
    { count: 4, sourceStep: 1, targetStep: 1 },
  ]
  const merged = mergeAxes({ sourceOffset: 5, targetOffset: 0, axes })
  t.same(merged, { sourceOffset: 5, targetOffset: 0, axes: [{ count: 60, sourceStep: 1, targetStep: 1 }] })
  t.equal(contiguousCount(merged), 60)
  t.equal(contiguousCount({ sourceOffset: 0, targetOffset: 0, axes: [] }), 1)
  t.equal(
    contiguousCount({ sourceOffset: 0, targetOffset: 0, axes: [{ count: 2, sourceStep: 2, targetStep: 1 }] }),
    undefined,
  )
  t.equal(
    contiguousCount({
      sourceOffset: 0,
      targetOffset: 0,
      axes: [{ count: 2, sourceStep: -1, targetStep: 1 }],
    }),
    undefined,
  )
})

t.test('items without bytes are no work', async t => {
  const box = { sourceOffset: 0, targetOffset: 0, axes: [{ count: 1e12, sourceStep: 1, targetStep: 1 }] }
  t.doesNotThrow(() => copyItems(new Uint8Array(0), new Uint8Array(0), { box, itemSize: 0 }))
})
