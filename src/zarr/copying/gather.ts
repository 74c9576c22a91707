// Rows of small items that lie a few bytes apart, or backwards, gathered by the WASM kernel: a tile of rows
// goes into kernel memory, and its items come out side by side. Knows bytes, not boxes.
import { type Reservation, withKernels } from '../../kernels/kernels.js'

/** Rows of equal items; the target's items are consecutive within a row. */
export interface GatherRows {
  readonly rows: number
  /** Items of a row, and bytes from one to the next in the source; negative goes backwards. */
  readonly count: number
  readonly step: number
  readonly itemSize: number
  /** Bytes from one row to the next. */
  readonly sourcePitch: number
  readonly targetPitch: number
}

/** Bytes of the first row's first item on both sides. */
export interface GatherStart {
  readonly source: number
  readonly target: number
}

export type Gatherer = (source: Uint8Array, target: Uint8Array, start: GatherStart) => void

const VECTOR = 16
/** Source bytes brought into kernel memory at once: they stay in the processor's cache. */
const TILE_BYTES = 64 * 1024
/** Bringing in this much for nothing costs less than one more copy. */
const DENSE_GAP = 512
/** Items further apart share no cache line, and forward picking of larger ones waits for memory either way. */
const MAX_STEP = 64
const MAX_FORWARD_ITEM = 2
/** Shorter rows cost more to bring in and out than to pick item by item. */
const MIN_ROW_BYTES = 128

export function canGather({ count, step, itemSize, rows }: GatherRows): boolean {
  const distance = Math.abs(step)
  const isNear = step !== itemSize && distance >= itemSize && distance <= MAX_STEP
  const isGain = itemSize <= MAX_FORWARD_ITEM || (step < 0 && itemSize < VECTOR)
  return isNear && isGain && count * itemSize >= MIN_ROW_BYTES && rows * count * itemSize >= 1024
}

/** Runs `use` with a function that gathers planes of such rows; expects `canGather`. */
export function withGatherer(rows: GatherRows, use: (gather: Gatherer) => void): void {
  withKernels([VECTOR, TILE_BYTES + 2 * VECTOR, TILE_BYTES], reservation => {
    const tile = new Tile(rows, reservation)
    use((source, target, start) => tile.gatherPlane(source, target, start))
  })
}

class Tile {
  readonly #rows: GatherRows
  readonly #kernel: Reservation
  readonly #perVector: number
  /** Items of a row taken at once, and rows. */
  readonly #items: number
  readonly #height: number
  /** Bytes from one row to the next in kernel memory. */
  readonly #pitch: number
  /** The gathered rows of a tile, viewed once for all tiles. */
  #gathered: Uint8Array[] | undefined

  constructor(rows: GatherRows, kernel: Reservation) {
    const { itemSize, step, count } = rows
    const distance = Math.abs(step)
    this.#rows = rows
    this.#kernel = kernel
    this.#perVector = perVector(rows)
    this.#items = Math.min(count, Math.floor((TILE_BYTES - itemSize) / distance) + 1)
    const span = spanOf(rows, this.#items)
    this.#pitch = isDense(rows, span) ? Math.abs(rows.sourcePitch) : span
    this.#height = Math.min(rows.rows, Math.max(1, Math.floor(TILE_BYTES / this.#pitch)))
    kernel.memory.set(patternOf(rows, this.#perVector), kernel.regions[0])
  }

  gatherPlane(source: Uint8Array, target: Uint8Array, start: GatherStart): void {
    const { rows, count, step, itemSize, sourcePitch, targetPitch } = this.#rows
    for (let item = 0; item < count; item += this.#items) {
      const items = Math.min(this.#items, count - item)
      for (let row = 0; row < rows; row += this.#height) {
        const height = Math.min(this.#height, rows - row)
        const from = start.source + row * sourcePitch + item * step
        const to = start.target + row * targetPitch + item * itemSize
        this.#gatherTile({ source, target, from, to, items, height })
      }
    }
  }

  #gatherTile(part: TilePart): void {
    const { sourcePitch } = this.#rows
    const { regions } = this.#kernel
    const { items, height } = part
    const span = spanOf(this.#rows, items)
    const isBlock = isDense(this.#rows, span)
    const block = (height - 1) * this.#pitch + span
    if (isBlock) this.#bringInBlock(part, span, block)
    else this.#bringInRows(part, span)
    const isUpward = isBlock && sourcePitch < 0
    const lowest = regions[1] + VECTOR + (isUpward ? (height - 1) * this.#pitch : 0)
    const { step, itemSize } = this.#rows
    this.#gatherRows(part, {
      first: lowest + (step > 0 ? 0 : span - itemSize),
      pitch: isUpward ? -this.#pitch : this.#pitch,
    })
  }

  /** `first`: pointer to the first item of the first row; `pitch`: bytes from one row to the next. */
  #gatherRows(part: TilePart, { first, pitch }: { first: number; pitch: number }): void {
    const { step, itemSize } = this.#rows
    const { functions, regions } = this.#kernel
    // Backwards, an item lies at the end of the vector it is loaded with.
    const start = step > 0 ? first : first + itemSize - VECTOR
    const vectors = Math.ceil(part.items / this.#perVector)
    for (let row = 0; row < part.height; row++) {
      functions.gather(
        start + row * pitch,
        regions[2] + row * this.#items * itemSize,
        vectors,
        this.#perVector * step,
        this.#perVector * itemSize,
        regions[0],
      )
    }
    this.#bringOut(part)
  }

  #bringInBlock({ source, from, height }: TilePart, span: number, block: number): void {
    const { step, itemSize, sourcePitch } = this.#rows
    const { memory, regions } = this.#kernel
    const lowestRow = sourcePitch < 0 ? from + (height - 1) * sourcePitch : from
    const lowest = step > 0 ? lowestRow : lowestRow + itemSize - span
    memory.set(source.subarray(lowest, lowest + block), regions[1] + VECTOR)
  }

  #bringInRows({ source, from, height }: TilePart, span: number): void {
    const { step, itemSize, sourcePitch } = this.#rows
    const { memory, regions } = this.#kernel
    const lowest = step > 0 ? from : from + itemSize - span
    for (let row = 0; row < height; row++) {
      const at = source.byteOffset + lowest + row * sourcePitch
      memory.set(new Uint8Array(source.buffer, at, span), regions[1] + VECTOR + row * this.#pitch)
    }
  }

  #bringOut({ target, to, items, height }: TilePart): void {
    const { targetPitch, itemSize } = this.#rows
    const { memory, regions } = this.#kernel
    if (items === this.#items && targetPitch === items * itemSize) {
      target.set(new Uint8Array(memory.buffer, regions[2], height * targetPitch), to)
      return
    }
    this.#gathered ??= Array.from({ length: this.#height }, (_, row) => this.#gatheredRow(row, this.#items))
    for (let row = 0; row < height; row++) {
      const gathered = items === this.#items ? this.#gathered[row] : this.#gatheredRow(row, items)
      target.set(gathered, to + row * targetPitch)
    }
  }

  #gatheredRow(row: number, items: number): Uint8Array {
    const { itemSize } = this.#rows
    const { memory, regions } = this.#kernel
    return new Uint8Array(memory.buffer, regions[2] + row * this.#items * itemSize, items * itemSize)
  }
}

interface TilePart {
  readonly source: Uint8Array
  readonly target: Uint8Array
  readonly from: number
  readonly to: number
  readonly items: number
  readonly height: number
}

/** Items that one vector of 16 bytes holds. */
function perVector({ step, itemSize }: Pick<GatherRows, 'step' | 'itemSize'>): number {
  return Math.floor((VECTOR - itemSize) / Math.abs(step)) + 1
}

/** Source bytes from the first to the last of some items of a row. */
function spanOf({ step, itemSize }: GatherRows, items: number): number {
  return (items - 1) * Math.abs(step) + itemSize
}

/** Rows so close together that what lies between them is brought in too. */
function isDense({ sourcePitch }: GatherRows, span: number): boolean {
  const pitch = Math.abs(sourcePitch)
  return pitch >= span && pitch <= span + Math.max(DENSE_GAP, span / 4)
}

/** For every byte of the result the place in the loaded vector; 255 is none, and gives 0. */
function patternOf({ step, itemSize }: GatherRows, perVector: number): Uint8Array {
  const pattern = new Uint8Array(VECTOR).fill(255)
  for (let item = 0; item < perVector; item++) {
    const at = step > 0 ? item * step : VECTOR - itemSize + item * step
    for (let byte = 0; byte < itemSize; byte++) pattern[item * itemSize + byte] = at + byte
  }
  return pattern
}
