// A slab while it is being filled: chunks and fill values are put where their projections say.
import { ZipzarrError } from '../../errors.js'
import type { LoopYield } from '../../memory/loop-yield.js'
import type { MaybePromise } from '../../memory/maybe-promise.js'
import { type CopyBox, copyItems, copyValues, fillItems } from '../copying/copy.js'
import type { FillValue } from '../data-types/fill-value.js'
import { boxes, type ReadChunk } from '../indexing/chunk-tasks.js'
import type { ReadAxis } from '../indexing/read-grid.js'
import type { ChunkReader } from './chunk-reader.js'
import type { LoadedChunk } from './read-resources.js'

/** Boxes copied between two looks at the clock. */
const BOXES_PER_LOOK = 64

export interface SlabSource {
  readonly reader: ChunkReader
  readonly grid: readonly ReadAxis[]
}

/** What a slab holds, without its place in the result. */
export type SlabContent =
  | { readonly kind: 'fixed'; readonly bytes: Uint8Array }
  | { readonly kind: 'variable'; readonly values: unknown[] }

export class SlabTarget {
  readonly content: SlabContent
  readonly #source: SlabSource
  readonly #shape: readonly number[]

  /** `shape` is the slab's, one length per dimension of the array. Items of fixed size go into the slab pool's memory. */
  constructor(source: SlabSource, shape: readonly number[]) {
    const { metadata, resources } = source.reader
    const itemCount = shape.reduce((product, length) => product * length, 1)
    this.#source = source
    this.#shape = shape
    this.content =
      metadata.fillValue.kind === 'variable'
        ? { kind: 'variable', values: new Array(itemCount) }
        : {
            kind: 'fixed',
            bytes: resources.slabPool.acquire(itemCount * metadata.dataType.itemSize),
          }
  }

  /**
   * Copies one read chunk, or the fill value where there is none, to its places. Lists of indices may make many
   * boxes of one chunk: others get their turns between them.
   */
  put(chunk: ReadChunk, loaded: LoadedChunk, loop: LoopYield): MaybePromise<void> {
    return this.#putBoxes(boxes(chunk, chunkShapeOf(this.#source.grid, chunk), this.#shape), loaded, loop)
  }

  #putBoxes(left: Generator<CopyBox>, loaded: LoadedChunk, loop: LoopYield): MaybePromise<void> {
    for (let done = 1; ; done++) {
      const next = left.next()
      if (next.done === true) return
      this.#putBox(next.value, loaded)
      if (done % BOXES_PER_LOOK === 0 && loop.isDue)
        return loop.yield().then(() => this.#putBoxes(left, loaded, loop))
    }
  }

  #putBox(box: CopyBox, loaded: LoadedChunk): void {
    const { dataType, fillValue } = this.#source.reader.metadata
    if (loaded === null) this.#fill(fillValue, box)
    else if (loaded.kind === 'fixed' && this.content.kind === 'fixed') {
      copyItems(loaded.bytes, this.content.bytes, { box, itemSize: dataType.itemSize })
    } else if (loaded.kind === 'variable' && this.content.kind === 'variable') {
      copyValues(loaded.values, this.content.values, box)
    } else throw mismatch(loaded.kind, this.content.kind)
  }

  /** Gives the buffer back; nobody may be writing into it any more. */
  discard(): void {
    if (this.content.kind === 'fixed') this.#source.reader.resources.slabPool.release(this.content.bytes)
  }

  #fill(fillValue: FillValue, box: CopyBox): void {
    if (fillValue.kind === 'fixed' && this.content.kind === 'fixed') {
      fillItems(fillValue.bytes, this.content.bytes, box)
    } else if (fillValue.kind === 'variable' && this.content.kind === 'variable') {
      const axes = box.axes.map(axis => ({ ...axis, sourceStep: 0 }))
      copyValues([fillValue.value], this.content.values, { ...box, sourceOffset: 0, axes })
    } else throw mismatch(fillValue.kind, this.content.kind)
  }
}

/** A pooled slab holds old bytes: a place left out would show them. */
function mismatch(found: string, expected: string): ZipzarrError {
  return new ZipzarrError('INTERNAL', `items of ${found} length cannot go into a slab of ${expected} ones`)
}

/** Stored shape of a read chunk. */
export function chunkShapeOf(grid: readonly ReadAxis[], chunk: ReadChunk): number[] {
  return chunk.map((projection, dimension) => grid[dimension].sizeOf(projection.chunk))
}
