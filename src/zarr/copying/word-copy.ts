// Copies planes of items as integer words of 8, 4, 2 or 1 bytes, never as floats, so every NaN keeps its bits.
// Offsets and steps are in words; knows neither items nor boxes.

import { ZipzarrError } from '../../errors.js'

/** Rows of pieces of `words` consecutive words each. */
export interface WordPlane {
  readonly rows: number
  readonly sourcePitch: number
  readonly targetPitch: number
  readonly count: number
  readonly sourceStep: number
  readonly targetStep: number
  readonly words: number
}

/** Where the first word of a plane lies on both sides. */
export interface WordStart {
  readonly from: number
  readonly to: number
}

export type WordCopier = (plane: WordPlane, start: WordStart) => void

export type WordSize = 1 | 2 | 4 | 8

/** Longer buffers have indices that do not fit 32 bits. */
const MAX_BYTES = 2 ** 31 - 1

/** A copier between two buffers whose offsets are multiples of the word. */
export function wordCopier(source: Uint8Array, target: Uint8Array, size: WordSize): WordCopier {
  const longest = Math.max(source.byteLength, target.byteLength)
  if (longest > MAX_BYTES) throw new ZipzarrError('INTERNAL', `${longest} bytes are too many to pick from`)
  const of = <T>(
    Words: new (buffer: ArrayBufferLike, offset: number, length: number) => T,
    bytes: Uint8Array,
  ) => new Words(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / size))
  if (size === 8)
    return copierOf(of(BigInt64Array, source), of(BigInt64Array, target), { pick: pick8, copy: copy8 })
  if (size === 4)
    return copierOf(of(Int32Array, source), of(Int32Array, target), { pick: pick4, copy: copy4 })
  if (size === 2)
    return copierOf(of(Int16Array, source), of(Int16Array, target), { pick: copy2, copy: copy2 })
  return copierOf(of(Int8Array, source), of(Int8Array, target), { pick: copy1, copy: copy1 })
}

type WordLoop<T> = (source: T, target: T, plane: WordPlane, start: WordStart) => void

/** `pick` takes single words that come to lie side by side, the common case; `copy` takes anything. */
function copierOf<T>(source: T, target: T, loops: { pick: WordLoop<T>; copy: WordLoop<T> }): WordCopier {
  return (plane, start) => {
    const isPicked = plane.words === 1 && plane.targetStep === 1
    const loop = isPicked ? loops.pick : loops.copy
    loop(source, target, plane, start)
  }
}

// One function per word size, so that each loop sees one array type and stays fast. `| 0` tells the compiler
// that indices are integers of 32 bits, which those of any array within the limits on chunks are: without it
// the loops take half as long again. Small words are the gatherer's (gather.ts), so they have one loop only.

function pick8(source: BigInt64Array, target: BigInt64Array, plane: WordPlane, start: WordStart): void {
  const step = plane.sourceStep | 0
  for (let row = 0; row < plane.rows; row++) {
    let from = (start.from + row * plane.sourcePitch) | 0
    let to = (start.to + row * plane.targetPitch) | 0
    const end = (to + plane.count) | 0
    for (const last = (end - 3) | 0; to < last; to = (to + 4) | 0) {
      target[to] = source[from]
      target[(to + 1) | 0] = source[(from + step) | 0]
      target[(to + 2) | 0] = source[(from + 2 * step) | 0]
      target[(to + 3) | 0] = source[(from + 3 * step) | 0]
      from = (from + 4 * step) | 0
    }
    for (; to < end; to = (to + 1) | 0) {
      target[to] = source[from]
      from = (from + step) | 0
    }
  }
}

function pick4(source: Int32Array, target: Int32Array, plane: WordPlane, start: WordStart): void {
  const step = plane.sourceStep | 0
  for (let row = 0; row < plane.rows; row++) {
    let from = (start.from + row * plane.sourcePitch) | 0
    let to = (start.to + row * plane.targetPitch) | 0
    const end = (to + plane.count) | 0
    for (const last = (end - 3) | 0; to < last; to = (to + 4) | 0) {
      target[to] = source[from]
      target[(to + 1) | 0] = source[(from + step) | 0]
      target[(to + 2) | 0] = source[(from + 2 * step) | 0]
      target[(to + 3) | 0] = source[(from + 3 * step) | 0]
      from = (from + 4 * step) | 0
    }
    for (; to < end; to = (to + 1) | 0) {
      target[to] = source[from]
      from = (from + step) | 0
    }
  }
}

function copy8(source: BigInt64Array, target: BigInt64Array, plane: WordPlane, start: WordStart): void {
  const { count, sourceStep, targetStep, words } = plane
  for (let row = 0; row < plane.rows; row++) {
    let from = (start.from + row * plane.sourcePitch) | 0
    let to = (start.to + row * plane.targetPitch) | 0
    for (let i = 0; i < count; i++) {
      for (let word = 0; word < words; word++) target[(to + word) | 0] = source[(from + word) | 0]
      from = (from + sourceStep) | 0
      to = (to + targetStep) | 0
    }
  }
}

function copy4(source: Int32Array, target: Int32Array, plane: WordPlane, start: WordStart): void {
  const { count, sourceStep, targetStep, words } = plane
  for (let row = 0; row < plane.rows; row++) {
    let from = (start.from + row * plane.sourcePitch) | 0
    let to = (start.to + row * plane.targetPitch) | 0
    for (let i = 0; i < count; i++) {
      for (let word = 0; word < words; word++) target[(to + word) | 0] = source[(from + word) | 0]
      from = (from + sourceStep) | 0
      to = (to + targetStep) | 0
    }
  }
}

function copy2(source: Int16Array, target: Int16Array, plane: WordPlane, start: WordStart): void {
  const { count, sourceStep, targetStep, words } = plane
  for (let row = 0; row < plane.rows; row++) {
    let from = (start.from + row * plane.sourcePitch) | 0
    let to = (start.to + row * plane.targetPitch) | 0
    for (let i = 0; i < count; i++) {
      for (let word = 0; word < words; word++) target[(to + word) | 0] = source[(from + word) | 0]
      from = (from + sourceStep) | 0
      to = (to + targetStep) | 0
    }
  }
}

function copy1(source: Int8Array, target: Int8Array, plane: WordPlane, start: WordStart): void {
  const { count, sourceStep, targetStep, words } = plane
  for (let row = 0; row < plane.rows; row++) {
    let from = (start.from + row * plane.sourcePitch) | 0
    let to = (start.to + row * plane.targetPitch) | 0
    for (let i = 0; i < count; i++) {
      for (let word = 0; word < words; word++) target[(to + word) | 0] = source[(from + word) | 0]
      from = (from + sourceStep) | 0
      to = (to + targetStep) | 0
    }
  }
}
