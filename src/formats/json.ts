// `json`: nested lists, written piece by piece as the slabs come. What an item looks like: json-items.ts.
import { ZipzarrError } from '../errors.js'
import { LoopYield } from '../memory/loop-yield.js'
import { isVariableLength } from '../zarr/data-types/data-type.js'
import type { Slab } from '../zarr/reading/slab.js'
import type { Format, FormatContext } from './format.js'
import { itemWriter, valueText } from './json-items.js'

/** Text is handed on in pieces of about this many characters. */
const PIECE_LENGTH = 64 * 1024
/** Items written between two looks at the clock. */
const ITEMS_PER_CHECK = 1024
/** A result without items may still be many empty lists; more than this are refused. */
const MAX_EMPTY_LISTS = 100_000

export const json: Format = {
  name: 'json',
  mediaType: 'application/json',
  extension: 'json',
  check: ({ shape }) => {
    if (shape.includes(0)) emptyLists(shape)
  },
  byteLength: () => undefined,
  encode: encodeJson,
}

async function* encodeJson(slabs: AsyncIterable<Slab>, context: FormatContext): AsyncGenerator<Uint8Array> {
  if (context.shape.includes(0)) {
    yield Buffer.from(emptyLists(context.shape))
    return
  }
  const lists = new NestedLists(context.shape)
  const loop = new LoopYield()
  let text = ''
  for await (const slab of slabs) {
    const textOf = slabText(slab, context)
    for (let i = 0; i < slab.itemCount; i++) {
      text += lists.before() + textOf(i) + lists.after()
      if (text.length >= PIECE_LENGTH) {
        yield Buffer.from(text)
        text = ''
      }
      if (i % ITEMS_PER_CHECK === 0 && loop.isDue) await loop.yield()
    }
    if (slab.kind === 'fixed') context.release?.(slab.bytes)
  }
  if (text !== '') yield Buffer.from(text)
}

/** Text of the slab's item `i`. */
function slabText(slab: Slab, context: FormatContext): (i: number) => string {
  const { dataType, nonfinite = 'null', datetime = 'integer' } = context
  if (slab.kind === 'variable') return i => valueText(slab.values[i], nonfinite)
  if (isVariableLength(dataType)) throw new ZipzarrError('INTERNAL', 'a slab of bytes holds no values')
  const write = itemWriter(dataType, { nonfinite, datetime })
  const { bytes } = slab
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return i => write(view, i * dataType.itemSize)
}

/** Brackets and commas around the items of a C-order array, one item after the other. */
class NestedLists {
  readonly #shape: readonly number[]
  readonly #position: number[]
  /** Lists to open before the next item. */
  #toOpen: number
  #isFirst = true

  constructor(shape: readonly number[]) {
    this.#shape = shape
    this.#position = new Array(shape.length).fill(0)
    this.#toOpen = shape.length
  }

  before(): string {
    const comma = this.#isFirst ? '' : ','
    this.#isFirst = false
    return this.#toOpen === 0 ? comma : comma + '['.repeat(this.#toOpen)
  }

  after(): string {
    let closed = 0
    let dimension = this.#shape.length - 1
    while (dimension >= 0 && ++this.#position[dimension] === this.#shape[dimension]) {
      this.#position[dimension--] = 0
      closed++
    }
    this.#toOpen = closed
    return closed === 0 ? '' : ']'.repeat(closed)
  }
}

/** `[[],[]]` for shape [2, 0]. @throws ZipzarrError RESPONSE_TOO_LARGE */
function emptyLists(shape: readonly number[]): string {
  const lists = shape.slice(0, shape.indexOf(0))
  let count = 1
  for (const length of lists) {
    count *= length
    if (count > MAX_EMPTY_LISTS) {
      throw new ZipzarrError(
        'RESPONSE_TOO_LARGE',
        `the empty result would be more than ${MAX_EMPTY_LISTS} lists`,
        {
          facts: { limit: MAX_EMPTY_LISTS, hint: 'format=raw' },
        },
      )
    }
  }
  let text = '[]'
  for (const length of lists.reverse()) text = `[${new Array(length).fill(text).join(',')}]`
  return text
}
