// Chunk grids: where chunk boundaries lie. Regular and rectilinear answer the same questions per dimension.
import { checkMembers, parseExtension } from '../json/extension.js'
import type { Json, JsonObject } from '../json/json.js'
import { failInvalid, failUnsupported, type MetadataLocation, within } from '../json/metadata-location.js'
import { parseLength, parseShape } from '../json/shape.js'

/** One dimension of a chunk grid. */
export interface GridAxis {
  /** Array length along this dimension, in items. */
  readonly length: number
  /** Number of chunks needed to cover it (0 for an empty dimension). */
  readonly chunkCount: number
  /** Which chunk holds item `index` (0 <= index < length). */
  chunkAt(index: number): number
  /** First item of a chunk. */
  startOf(chunk: number): number
  /** Stored items of a chunk along this dimension: full size, even past the array's edge. */
  sizeOf(chunk: number): number
}

export interface ChunkGrid {
  readonly name: 'regular' | 'rectilinear'
  readonly axes: readonly GridAxis[]
  /** The shape of every chunk; undefined when it differs between chunks (rectilinear). */
  readonly chunkShape?: readonly number[]
}

/** The `chunk_grid` of v3. @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED */
export function parseChunkGrid(
  json: Json | undefined,
  shape: readonly number[],
  place: MetadataLocation,
): ChunkGrid {
  const { name, configuration } = parseExtension(json, place)
  const inside = within(place, 'configuration')
  if (name === 'rectilinear') return parseRectilinear(configuration, shape, inside)
  if (name !== 'regular') return failUnsupported(place, `chunk grid "${name}" is not supported`)
  checkMembers(configuration, ['chunk_shape'], inside)
  return parseRegularGrid(configuration.chunk_shape, shape, within(inside, 'chunk_shape'))
}

/** A grid of equal chunks, from v3's `chunk_shape` or v2's `chunks`. */
export function parseRegularGrid(
  json: Json | undefined,
  shape: readonly number[],
  place: MetadataLocation,
): ChunkGrid {
  const chunkShape = parseShape(json, place)
  checkRank(chunkShape.length, shape.length, place)
  for (const [dimension, chunkLength] of chunkShape.entries()) {
    // Length 0 is written for empty dimensions by some writers; elsewhere it would never cover the array.
    if (chunkLength === 0 && shape[dimension] !== 0)
      failInvalid(within(place, dimension), 'expected at least 1, found 0')
  }
  checkItemCount(chunkShape, place)
  return regularGrid(shape, chunkShape)
}

/** `shape` covered by chunks of `chunkShape`; both are of one rank. */
export function regularGrid(shape: readonly number[], chunkShape: readonly number[]): ChunkGrid {
  const axes = shape.map((length, dimension) => new RegularAxis(length, chunkShape[dimension] as number))
  return { name: 'regular', axes, chunkShape }
}

function checkRank(found: number, rank: number, place: MetadataLocation): void {
  if (found !== rank) failInvalid(place, `expected ${rank} dimensions as in the shape, found ${found}`)
}

/** A chunk's items must be countable; whether they fit into memory is for the reader to say. */
function checkItemCount(chunkShape: readonly number[], place: MetadataLocation): void {
  const items = chunkShape.reduce((product, length) => product * BigInt(length), 1n)
  if (items > BigInt(Number.MAX_SAFE_INTEGER)) failUnsupported(place, `chunks of ${items} items`)
}

class RegularAxis implements GridAxis {
  readonly length: number
  readonly chunkCount: number
  readonly #chunkLength: number

  constructor(length: number, chunkLength: number) {
    this.length = length
    this.#chunkLength = chunkLength
    this.chunkCount = length === 0 ? 0 : Math.ceil(length / chunkLength)
  }

  chunkAt(index: number): number {
    return Math.floor(index / this.#chunkLength)
  }

  startOf(chunk: number): number {
    return chunk * this.#chunkLength
  }

  sizeOf(_chunk: number): number {
    return this.#chunkLength
  }
}

/** `count` chunks of `size` items each, the first of them being chunk `chunk`, starting at item `start`. */
interface LengthRun {
  readonly size: number
  readonly count: number
  readonly chunk: number
  readonly start: number
}

/** Edges are kept as runs: a document of a few bytes may declare 2^50 chunks. */
class RunAxis implements GridAxis {
  readonly length: number
  readonly chunkCount: number
  readonly #runs: readonly LengthRun[]

  constructor(length: number, runs: readonly LengthRun[]) {
    this.length = length
    this.#runs = runs
    this.chunkCount = length === 0 ? 0 : this.chunkAt(length - 1) + 1
  }

  chunkAt(index: number): number {
    const run = this.#find('start', index)
    return run.chunk + Math.floor((index - run.start) / run.size)
  }

  startOf(chunk: number): number {
    const run = this.#find('chunk', chunk)
    return run.start + (chunk - run.chunk) * run.size
  }

  sizeOf(chunk: number): number {
    return this.#find('chunk', chunk).size
  }

  /** The last run that begins at or before `value`. */
  #find(member: 'start' | 'chunk', value: number): LengthRun {
    let low = 0
    let high = this.#runs.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#runs[middle] as LengthRun)[member] <= value) low = middle
      else high = middle - 1
    }
    return this.#runs[low] as LengthRun
  }
}

function parseRectilinear(
  configuration: JsonObject,
  shape: readonly number[],
  place: MetadataLocation,
): ChunkGrid {
  checkMembers(configuration, ['kind', 'chunk_shapes'], place)
  if (configuration.kind !== 'inline') {
    failUnsupported(
      within(place, 'kind'),
      `expected "inline", found ${JSON.stringify(String(configuration.kind))}`,
    )
  }
  const edges = configuration.chunk_shapes
  const inside = within(place, 'chunk_shapes')
  if (!Array.isArray(edges)) return failInvalid(inside, 'expected a list with the edges of each dimension')
  checkRank(edges.length, shape.length, inside)
  const runs = edges.map((edge, dimension) => parseEdges(edge, within(inside, dimension)))
  const largest = runs.map(axis => axis.reduce((most, run) => Math.max(most, run.size), 0))
  checkItemCount(largest, inside)
  const axes = shape.map((length, dimension) =>
    axisOf(length, runs[dimension] as LengthRun[], within(inside, dimension)),
  )
  const isUniform = runs.every(axis => axis.length === 1)
  return {
    name: 'rectilinear',
    axes,
    ...(isUniform ? { chunkShape: runs.map(axis => (axis[0] as LengthRun).size) } : {}),
  }
}

function axisOf(length: number, runs: readonly LengthRun[], place: MetadataLocation): GridAxis {
  const last = runs[runs.length - 1] as LengthRun
  const covered = last.start + last.size * last.count
  if (covered < length) failInvalid(place, `expected edges that cover ${length} items, found ${covered}`)
  return new RunAxis(length, runs)
}

/** One length repeated as often as needed, or a list of lengths and of `[length, count]` runs. */
function parseEdges(json: Json, place: MetadataLocation): LengthRun[] {
  if (!Array.isArray(json))
    return [{ size: parseLength(json, 1, place), count: Infinity, chunk: 0, start: 0 }]
  if (json.length === 0) return failInvalid(place, 'expected at least one edge')
  const runs: LengthRun[] = []
  let chunk = 0
  let start = 0
  for (const [index, edge] of json.entries()) {
    const { size, count } = parseEdge(edge, within(place, index))
    const previous = runs[runs.length - 1]
    if (previous?.size === size) runs[runs.length - 1] = { ...previous, count: previous.count + count }
    else runs.push({ size, count, chunk, start })
    chunk += count
    start += size * count
    if (!Number.isSafeInteger(start))
      failInvalid(within(place, index), 'expected edges of at most 2^53 - 1 items in all')
  }
  return runs
}

function parseEdge(json: Json, place: MetadataLocation): { size: number; count: number } {
  if (!Array.isArray(json)) return { size: parseLength(json, 1, place), count: 1 }
  if (json.length !== 2)
    return failInvalid(place, `expected a length and a count, found ${json.length} values`)
  return { size: parseLength(json[0], 1, within(place, 0)), count: parseLength(json[1], 1, within(place, 1)) }
}
