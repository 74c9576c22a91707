// Copies boxes of items between chunks and slabs: strides in, bytes moved, nothing known of arrays.

import { canGather, type GatherRows, withGatherer } from './gather.js'
import { type WordPlane, type WordSize, wordCopier } from './word-copy.js'

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

/** Items `from <= place < to` of a chunk in C order. */
export interface ItemSpan {
  readonly from: number
  readonly to: number
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
  const { outer, inner } = planeOf(merged)
  const copy = { source, target, box: merged, itemSize }
  if (inner.targetStep !== 1) copyWords(copy, itemSize)
  else if (inner.sourceStep !== 1) copyApart(copy)
  else if (inner.count * itemSize < SHORT_RUN && outer.count > 1) copyWords(copy, inner.count * itemSize)
  else copyRuns(copy)
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
const SHORT_RUN = 256

/** What is copied; the box is merged. */
interface ItemCopy {
  readonly source: Uint8Array
  readonly target: Uint8Array
  readonly box: CopyBox
  readonly itemSize: number
}

/** Rows that are consecutive on both sides. */
function copyRuns({ source, target, box, itemSize }: ItemCopy): void {
  const { outer, inner } = planeOf(box)
  const rowLength = inner.count * itemSize
  const sourcePitch = outer.sourceStep * itemSize
  const targetPitch = outer.targetStep * itemSize
  const { buffer, byteOffset } = source
  forEachPlane(box, (sourceOffset, targetOffset) => {
    let from = byteOffset + sourceOffset * itemSize
    let to = targetOffset * itemSize
    for (let row = 0; row < outer.count; row++, from += sourcePitch, to += targetPitch)
      target.set(new Uint8Array(buffer, from, rowLength), to)
  })
}

/** Items that lie apart in the source and side by side in the target. */
function copyApart(copy: ItemCopy): void {
  const { source, target, box, itemSize } = copy
  const { outer, inner } = planeOf(box)
  const rows: GatherRows = {
    rows: outer.count,
    count: inner.count,
    step: inner.sourceStep * itemSize,
    itemSize,
    sourcePitch: outer.sourceStep * itemSize,
    targetPitch: outer.targetStep * itemSize,
  }
  if (!canGather(rows)) {
    copyWords(copy, itemSize)
    return
  }
  withGatherer(rows, gather => {
    forEachPlane(box, (sourceOffset, targetOffset) => {
      gather(source, target, { source: sourceOffset * itemSize, target: targetOffset * itemSize })
    })
  })
}

/** Word by word; `pieceLength` bytes are consecutive on both sides: an item, or a whole row of items. */
function copyWords({ source, target, box, itemSize }: ItemCopy, pieceLength: number): void {
  const { outer, inner } = planeOf(box)
  const size = wordSizeOf({ source, target, box, itemSize }, pieceLength)
  const scale = itemSize / size
  const plane: WordPlane = {
    rows: outer.count,
    sourcePitch: outer.sourceStep * scale,
    targetPitch: outer.targetStep * scale,
    count: pieceLength === itemSize ? inner.count : 1,
    sourceStep: inner.sourceStep * scale,
    targetStep: inner.targetStep * scale,
    words: pieceLength / size,
  }
  const copy = wordCopier(source, target, size)
  forEachPlane(box, (from, to) => copy(plane, { from: from * scale, to: to * scale }))
}

/** The widest word that every place and length is a multiple of. */
function wordSizeOf({ source, target, box, itemSize }: ItemCopy, pieceLength: number): WordSize {
  let bits = source.byteOffset | target.byteOffset | pieceLength
  bits |= (box.sourceOffset * itemSize) | (box.targetOffset * itemSize)
  // Within a piece of several items there are no steps.
  const stepped = pieceLength === itemSize ? box.axes : box.axes.slice(0, -1)
  for (const { sourceStep, targetStep } of stepped) bits |= (sourceStep * itemSize) | (targetStep * itemSize)
  // Words of 8 bytes are slow until the compiler has seen them often; only items of that size need them.
  if ((bits & 7) === 0 && itemSize % 8 === 0) return 8
  if ((bits & 3) === 0) return 4
  return (bits & 1) === 0 ? 2 : 1
}
