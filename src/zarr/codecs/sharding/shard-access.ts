// Reads single inner chunks out of a stored shard, through as many levels of nested shards as can be read by
// themselves: the index, then only the bytes of what is wanted.
import type { MaybePromise } from '../../../memory/maybe-promise.js'
import { stridesOf } from '../interface/boxes.js'
import type {
  DecodedChunk,
  PartialAccess,
  PartialReadOptions,
  ShardIndex,
  ValueSource,
} from '../interface/codec.js'
import { readSpans, windowSource } from '../interface/value-source.js'
import { readShardIndex, type ShardLayout } from './shard-layout.js'

type Coordinates = readonly number[]
type FoundChunk = DecodedChunk | undefined

export function shardAccess(layout: ShardLayout): PartialAccess {
  const nested = layout.innerChain.partial
  if (nested === undefined) {
    return {
      innerChunkShape: layout.innerSpec.shape,
      gridShape: layout.gridShape,
      read: (source, wanted, options = {}) => readInnerChunks(layout, source, { wanted, options }),
    }
  }
  return {
    innerChunkShape: nested.innerChunkShape,
    gridShape: layout.gridShape.map((count, axis) => count * nested.gridShape[axis]),
    read: (source, wanted, options = {}) => readNested(layout, source, { nested, wanted, options }),
  }
}

interface Request {
  readonly wanted: readonly Coordinates[]
  readonly options: PartialReadOptions
}

async function readInnerChunks(
  layout: ShardLayout,
  source: ValueSource,
  request: Request,
): Promise<FoundChunk[]> {
  const { wanted, options } = request
  const index = await findIndex(layout, source, options)
  const results = new Array<FoundChunk>(wanted.length).fill(undefined)
  const spans: { readonly byteOffset: number; readonly byteLength: number; readonly place: number }[] = []
  for (const [place, coordinates] of wanted.entries()) {
    const slot = index.slot(slotNumber(coordinates, layout.gridShape))
    if (slot !== undefined) spans.push({ ...slot, place })
  }
  const { signal } = options
  await readSpans({ source, signal }, spans, async (bytes, span) => {
    signal?.throwIfAborted()
    results[spans[span].place] = await layout.innerChain.decode(bytes, options)
  })
  return results
}

/** The index is kept for as long as the caller's cache likes. */
function findIndex(
  layout: ShardLayout,
  source: ValueSource,
  { indexCache, offload }: PartialReadOptions,
): MaybePromise<ShardIndex> {
  const read = (): Promise<ShardIndex> => readShardIndex(layout, source, offload)
  return indexCache === undefined ? read() : indexCache.get('', read)
}

function slotNumber(coordinates: Coordinates, gridShape: readonly number[]): number {
  const strides = stridesOf(gridShape)
  return coordinates.reduce((number, coordinate, axis) => number + coordinate * strides[axis], 0)
}

interface NestedRequest extends Request {
  readonly nested: PartialAccess
}

/** The wanted parts of one nested shard: where they go in the results, and where they lie in it. */
interface Group {
  readonly outer: Coordinates
  readonly places: number[]
  readonly wanted: Coordinates[]
}

async function readNested(
  layout: ShardLayout,
  source: ValueSource,
  request: NestedRequest,
): Promise<FoundChunk[]> {
  const { wanted, options, nested } = request
  const index = await findIndex(layout, source, options)
  const results = new Array<FoundChunk>(wanted.length).fill(undefined)
  for (const group of groupByShard(wanted, nested.gridShape)) {
    const number = slotNumber(group.outer, layout.gridShape)
    const slot = index.slot(number)
    if (slot === undefined) continue
    const shard = windowSource(source, slot.byteOffset, slot.byteLength)
    const found = await nested.read(shard, group.wanted, scopeOptions(options, number))
    for (const [i, place] of group.places.entries()) results[place] = found[i]
  }
  return results
}

function groupByShard(wanted: readonly Coordinates[], gridShape: readonly number[]): Iterable<Group> {
  const groups = new Map<string, Group>()
  for (const [place, coordinates] of wanted.entries()) {
    const outer = coordinates.map((coordinate, axis) => Math.floor(coordinate / gridShape[axis]))
    const key = outer.join('.')
    const group = groups.get(key) ?? { outer, places: [], wanted: [] }
    groups.set(key, group)
    group.places.push(place)
    group.wanted.push(coordinates.map((coordinate, axis) => coordinate % gridShape[axis]))
  }
  return groups.values()
}

/** The nested shard's index under a name of its own. */
function scopeOptions(options: PartialReadOptions, number: number): PartialReadOptions {
  const { indexCache } = options
  if (indexCache === undefined) return options
  return {
    ...options,
    indexCache: { get: (name, read) => indexCache.get(`${number}/${name}`, read) },
  }
}
