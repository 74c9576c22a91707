import t from 'tap'
import { type CopyAxis, copyItems } from '../../../src/zarr/copying/copy.js'
import { canGather } from '../../../src/zarr/copying/gather.js'

interface Shape {
  readonly itemSize: number
  readonly step: number
  readonly count: number
  readonly rows: number
  /** Items between rows in the source, beyond those a row spans. */
  readonly gap: number
  readonly isUpward?: boolean
}

/** Rows of items `step` apart, copied into the middle of wider rows. */
function planeOf({ step, count, rows, gap, isUpward = false }: Shape) {
  const span = (count - 1) * Math.abs(step) + 1
  const pitch = span + gap
  const outer: CopyAxis = { count: rows, sourceStep: isUpward ? -pitch : pitch, targetStep: count + 3 }
  const inner: CopyAxis = { count, sourceStep: step, targetStep: 1 }
  const sourceOffset = (isUpward ? (rows - 1) * pitch : 0) + (step < 0 ? span - 1 : 0)
  return { box: { sourceOffset, targetOffset: 1, axes: [outer, inner] }, pitch }
}

function isCopied(shape: Shape): boolean {
  const { itemSize, step, count, rows } = shape
  const { box, pitch } = planeOf(shape)
  const source = Uint8Array.from(
    { length: rows * pitch * itemSize },
    (_, i) => (i * 151 + (i >> 8) * 31) & 0xff,
  )
  const expected = new Uint8Array(((count + 3) * rows + 1) * itemSize).fill(0xee)
  const found = expected.slice()
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < count; i++) {
      const from = (box.sourceOffset + row * box.axes[0]!.sourceStep + i * step) * itemSize
      const to = (1 + row * (count + 3) + i) * itemSize
      expected.set(source.subarray(from, from + itemSize), to)
    }
  }
  copyItems(source, found, { box, itemSize })
  return Buffer.compare(expected, found) === 0
}

t.test('rows of items apart are copied exactly, whatever their size, step and direction', async t => {
  const wrong: string[] = []
  for (const itemSize of [1, 2, 3, 4, 6, 8, 12, 16, 20]) {
    for (const step of [-17, -3, -1, 2, 5, 16, 70]) {
      for (const [count, rows, gap] of [
        [129, 9, 0],
        [200, 12, 700],
        [131, 1, 0],
      ] as const) {
        for (const isUpward of [false, true]) {
          const shape = { itemSize, step, count, rows, gap, isUpward }
          if (!isCopied(shape)) wrong.push(JSON.stringify(shape))
        }
      }
    }
  }
  t.same(wrong, [])
})

t.test('rows longer than a tile are taken in parts', async t => {
  for (const [itemSize, step] of [
    [1, 2],
    [1, -1],
    [2, 31],
    [4, -1],
    [8, -7],
    [3, -2],
  ] as const) {
    t.ok(isCopied({ itemSize, step, count: 35_001, rows: 3, gap: 5 }), `${itemSize} ${step}`)
  }
})

t.test('what the kernel gathers: small items near each other, in rows worth bringing in', async t => {
  const rows = { rows: 100, count: 100, sourcePitch: 1000, targetPitch: 400 }
  const can = canGather
  t.equal(can({ ...rows, itemSize: 2, step: 4 }), true)
  t.equal(can({ ...rows, itemSize: 8, step: -8 }), true)
  t.equal(can({ ...rows, itemSize: 2, step: 2 }), false, 'a run is copied as it is')
  t.equal(can({ ...rows, itemSize: 2, step: 0 }), false, 'one item many times')
  t.equal(can({ ...rows, itemSize: 2, step: 80 }), false, 'far apart')
  t.equal(can({ ...rows, itemSize: 2, step: 4, count: 10 }), false, 'short rows')
  t.equal(can({ ...rows, itemSize: 4, step: 8 }), false, 'not worth bringing in')
})
