// Copies boxes of items between chunks and slabs: strides in, bytes moved, nothing known of arrays. Items are
// moved as unsigned words, never as floats, so every NaN keeps its bits.

/** One dimension of a box; steps are in items and may be negative, or zero in the source. */
export interface CopyAxis {
  readonly count: number
  readonly sourceStep: number
  readonly targetStep: number
}

/** A box: where its first item lies on both sides (in items), and its dimensions, slowest first. */
export interface CopyBox {
  readonly sourceOffset: number
  readonly targetOffset: number
  readonly axes: readonly CopyAxis[]
}

/** The same box with single positions left out and dimensions merged that continue each other on both sides. */
export function mergeAxes(box: CopyBox): CopyBox {
  const axes: CopyAxis[] = []
  for (const axis of box.axes) {
    if (axis.count === 1) continue
    const outer = axes[axes.length - 1]
    const continues =
      outer !== undefined &&
      outer.sourceStep === axis.sourceStep * axis.count &&
      outer.targetStep === axis.targetStep * axis.count
    if (continues) axes[axes.length - 1] = { ...axis, count: outer.count * axis.count }
    else axes.push(axis)
  }
  return { ...box, axes }
}

/** Items of the box if it is one run, consecutive on both sides; undefined otherwise. Expects a merged box. */
export function contiguousCount(box: CopyBox): number | undefined {
  if (box.axes.length === 0) return 1
  if (box.axes.length > 1) return undefined
  const [{ count, sourceStep, targetStep }] = box.axes
  return sourceStep === 1 && targetStep === 1 ? count : undefined
}

/** Copies fixed-size items. The caller has checked that the box lies inside both buffers. */
export function copyItems(
  source: Uint8Array,
  target: Uint8Array,
  { box, itemSize }: { box: CopyBox; itemSize: number },
): void {
  if (itemSize === 0) return
  const merged = mergeAxes(box)
  const plane = planeOf(merged)
  const isRow = plane.inner.sourceStep === 1 && plane.inner.targetStep === 1
  const copy = isRow ? rowCopier(source, target, itemSize) : wordCopier(source, target, itemSize)
  forEachPlane(merged, (sourceOffset, targetOffset) => copy(plane, sourceOffset, targetOffset))
}

/** Copies variable-length items, which are values. */
export function copyValues(source: readonly unknown[], target: unknown[], box: CopyBox): void {
  const plane = planeOf(box)
  forEachPlane(box, (sourceOffset, targetOffset) => {
    for (let row = 0; row < plane.outer.count; row++) {
      let from = sourceOffset + row * plane.outer.sourceStep
      let to = targetOffset + row * plane.outer.targetStep
      for (let i = 0; i < plane.inner.count; i++) {
        target[to] = source[from]
        from += plane.inner.sourceStep
        to += plane.inner.targetStep
      }
    }
  })
}

/** Writes one item to every place of the box's target side. */
export function fillItems(item: Uint8Array, target: Uint8Array, box: CopyBox): void {
  const itemSize = item.byteLength
  const axes = box.axes.map(axis => ({ ...axis, sourceStep: 0 }))
  const runs = mergeTargets({ sourceOffset: 0, targetOffset: box.targetOffset, axes })
  const plane = planeOf(runs)
  if (plane.inner.targetStep !== 1) {
    copyItems(item, target, { box: runs, itemSize })
    return
  }
  const runLength = plane.inner.count * itemSize
  forEachPlane(runs, (_, targetOffset) => {
    for (let row = 0; row < plane.outer.count; row++) {
      const start = (targetOffset + row * plane.outer.targetStep) * itemSize
      repeat(item, target.subarray(start, start + runLength))
    }
  })
}

/** For filling, only the target's side must continue. */
function mergeTargets(box: CopyBox): CopyBox {
  const axes: CopyAxis[] = []
  for (const axis of box.axes) {
    if (axis.count === 1) continue
    const outer = axes[axes.length - 1]
    if (outer !== undefined && outer.targetStep === axis.targetStep * axis.count) {
      axes[axes.length - 1] = { ...axis, count: outer.count * axis.count }
    } else axes.push(axis)
  }
  return { ...box, axes }
}

/** Fills `run` with the item by doubling what is already there. */
function repeat(item: Uint8Array, run: Uint8Array): void {
  if (item.every(byte => byte === item[0])) {
    run.fill(item[0])
    return
  }
  run.set(item)
  for (let done = item.byteLength; done < run.byteLength; done *= 2) run.copyWithin(done, 0, done)
}

/** The two fastest dimensions, copied by one call; the others are walked around it. */
interface Plane {
  readonly outer: CopyAxis
  readonly inner: CopyAxis
}

type PlaneCopier = (plane: Plane, sourceOffset: number, targetOffset: number) => void

const ONE: CopyAxis = { count: 1, sourceStep: 1, targetStep: 1 }

function planeOf({ axes }: CopyBox): Plane {
  return { outer: axes[axes.length - 2] ?? ONE, inner: axes[axes.length - 1] ?? ONE }
}

/** Calls `copy` with the offsets of every plane, odometer fashion. */
function forEachPlane(box: CopyBox, copy: (sourceOffset: number, targetOffset: number) => void): void {
  const axes = box.axes.slice(0, Math.max(0, box.axes.length - 2))
  const position = new Array<number>(axes.length).fill(0)
  let { sourceOffset, targetOffset } = box
  for (;;) {
    copy(sourceOffset, targetOffset)
    let dimension = axes.length - 1
    for (; dimension >= 0; dimension--) {
      const axis = axes[dimension]
      sourceOffset += axis.sourceStep
      targetOffset += axis.targetStep
      if (++position[dimension] < axis.count) break
      sourceOffset -= axis.sourceStep * axis.count
      targetOffset -= axis.targetStep * axis.count
      position[dimension] = 0
    }
    if (dimension < 0) return
  }
}

/** Below this many bytes a loop is faster than a call of `set`. */
const SHORT_RUN = 128

/** Rows that are consecutive on both sides. */
function rowCopier(source: Uint8Array, target: Uint8Array, itemSize: number): PlaneCopier {
  const words = wordCopier(source, target, itemSize)
  return (plane, sourceOffset, targetOffset) => {
    const rowLength = plane.inner.count * itemSize
    if (rowLength < SHORT_RUN && plane.outer.count > 1) {
      words(plane, sourceOffset, targetOffset)
      return
    }
    for (let row = 0; row < plane.outer.count; row++) {
      const from = (sourceOffset + row * plane.outer.sourceStep) * itemSize
      const to = (targetOffset + row * plane.outer.targetStep) * itemSize
      target.set(source.subarray(from, from + rowLength), to)
    }
  }
}

/** The widest words that fit the item size and both buffers' alignment. */
function wordCopier(source: Uint8Array, target: Uint8Array, itemSize: number): PlaneCopier {
  const alignment = source.byteOffset | target.byteOffset | itemSize
  if ((alignment & 3) === 0) return copier32(view32(source), view32(target), itemSize / 4)
  if ((alignment & 1) === 0) return copier16(view16(source), view16(target), itemSize / 2)
  return copier8(source, target, itemSize)
}

function view32(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2)
}

function view16(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 1)
}

// One function per word size, so that each loop sees one array type and stays fast; items of one word, the
// common case, have a loop of their own.

function copier32(source: Uint32Array, target: Uint32Array, words: number): PlaneCopier {
  return ({ outer, inner }, sourceOffset, targetOffset) => {
    const sourceStep = inner.sourceStep * words
    const targetStep = inner.targetStep * words
    for (let row = 0; row < outer.count; row++) {
      let from = (sourceOffset + row * outer.sourceStep) * words
      let to = (targetOffset + row * outer.targetStep) * words
      const end = to + inner.count * targetStep
      if (words === 1) {
        for (; to !== end; to += targetStep, from += sourceStep) target[to] = source[from]
      } else {
        for (; to !== end; to += targetStep, from += sourceStep) {
          for (let word = 0; word < words; word++) target[to + word] = source[from + word]
        }
      }
    }
  }
}

function copier16(source: Uint16Array, target: Uint16Array, words: number): PlaneCopier {
  return ({ outer, inner }, sourceOffset, targetOffset) => {
    const sourceStep = inner.sourceStep * words
    const targetStep = inner.targetStep * words
    for (let row = 0; row < outer.count; row++) {
      let from = (sourceOffset + row * outer.sourceStep) * words
      let to = (targetOffset + row * outer.targetStep) * words
      const end = to + inner.count * targetStep
      if (words === 1) {
        for (; to !== end; to += targetStep, from += sourceStep) target[to] = source[from]
      } else {
        for (; to !== end; to += targetStep, from += sourceStep) {
          for (let word = 0; word < words; word++) target[to + word] = source[from + word]
        }
      }
    }
  }
}

function copier8(source: Uint8Array, target: Uint8Array, words: number): PlaneCopier {
  return ({ outer, inner }, sourceOffset, targetOffset) => {
    const sourceStep = inner.sourceStep * words
    const targetStep = inner.targetStep * words
    for (let row = 0; row < outer.count; row++) {
      let from = (sourceOffset + row * outer.sourceStep) * words
      let to = (targetOffset + row * outer.targetStep) * words
      const end = to + inner.count * targetStep
      if (words === 1) {
        for (; to !== end; to += targetStep, from += sourceStep) target[to] = source[from]
      } else {
        for (; to !== end; to += targetStep, from += sourceStep) {
          for (let word = 0; word < words; word++) target[to + word] = source[from + word]
        }
      }
    }
  }
}
