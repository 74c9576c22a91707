// Part of an array as an answer: format, limits, validators and self-describing headers, all prepared before
// anything is read; then one piece, or slabs through the format, to the socket.
import type { Config } from '../config.js'
import { ZipzarrError } from '../errors.js'
import type { Format, FormatContext } from '../formats/format.js'
import { FORMATS } from '../formats/index.js'
import { contentDisposition, headerValue } from '../http/header-value.js'
import { chooseFormat } from '../http/negotiation.js'
import type { ServerTiming } from '../http/server-timing.js'
import { quoteTag } from '../http/validators.js'
import { stopOf } from '../plugins/client.js'
import { fillValueToJson } from '../zarr/data-types/item-json.js'
import { formatSelection, type ResolvedSelection } from '../zarr/indexing/resolved-selection.js'
import { stringifyJson } from '../zarr/json/json.js'
import type { ZarrArray } from '../zarr/reading/array.js'
import type { SmallResult } from '../zarr/reading/planned-slab.js'
import { decide, type ResourceHead } from './decide.js'
import type { RequestContext } from './request-context.js'
import type { Response } from './response.js'
import { checkChunkCount, checkSize } from './size-limit.js'

/** How the client wants the items, beside which. */
export interface OutputOptions {
  readonly format?: string | undefined
  readonly nonfinite?: 'null' | 'string' | undefined
  readonly datetime?: 'integer' | 'iso' | undefined
  readonly filename?: string | undefined
  readonly expectedShape?: readonly number[] | undefined
}

export interface ArrayPart {
  readonly array: ZarrArray
  readonly selection: ResolvedSelection
  readonly output: OutputOptions
  /** The request's Accept header. */
  readonly accept: string | undefined
  readonly config: Config
  /** More of the head: name, value, name, value … */
  readonly head?: readonly string[]
}

/** All of a response that can be said before anything is read. Holds nothing of the store. */
export interface PreparedPart extends ResourceHead {
  readonly selection: ResolvedSelection
  readonly format: Format
  readonly context: FormatContext
  /** Present where it is small, and the body is the items as they are. */
  readonly small: SmallResult | undefined
}

/** An item of a variable-length type takes at least its length prefix in the raw form. */
const MIN_VARIABLE_ITEM_BYTES = 4

/** @throws ZipzarrError NOT_ACCEPTABLE, FORMAT_NOT_POSSIBLE, SHAPE_MISMATCH, RESPONSE_TOO_LARGE, ENTRY_* */
export function prepareArrayPart(part: ArrayPart): PreparedPart {
  const { array, selection, output, accept, config } = part
  const format = chooseFormat({ format: output.format, accept }, FORMATS)
  const context = contextOf(part)
  format.check(context)
  checkShape(selection, output.expectedShape)
  checkLimits(part, format)
  const tag = array.entityTag(
    selection,
    `${format.name};${context.nonfinite ?? ''};${context.datetime ?? ''}`,
  )
  const unmodified = [
    ...['etag', quoteTag(tag), 'cache-control', config.cacheControl],
    ...describingHead(array, selection),
    // The answer differs by Accept, as long as `format` does not decide it.
    ...['vary', 'Accept'],
    ...(part.head ?? []),
  ]
  const { filename } = output
  const disposition = filename === undefined ? [] : ['content-disposition', contentDisposition(filename)]
  return {
    selection,
    format,
    context,
    tag,
    unmodified,
    head: [...unmodified, 'content-type', format.mediaType, ...disposition],
    byteLength: format.byteLength(context),
    small: format.isPlain === true ? array.smallResult(selection) : undefined,
  }
}

export interface ArrayReading {
  readonly array: ZarrArray
  readonly prepared: PreparedPart
  readonly timing: ServerTiming
}

/** @throws ZipzarrError PRECONDITION_FAILED and read failures */
export async function arrayResponse(
  { request, reply }: RequestContext,
  { array, prepared, timing }: ArrayReading,
): Promise<Response> {
  const { status, head, byteLength, part } = decide(prepared, request)
  timing.mark('lookup')
  if (part.kind === 'none') return { status, head: [...head, 'server-timing', timing.value], byteLength }
  const { slabPool, slabBudget } = array.resources
  const { small } = prepared
  const stop = stopOf(reply)
  const release = (slab: Uint8Array): void => slabPool.release(slab)
  // While slow clients hold much, small results come in smaller slabs too.
  if (small !== undefined && small.byteLength <= slabBudget.grant().slabBytes) {
    const bytes = await array.readSmall(small, stop)
    slabBudget.acquire(bytes.byteLength)
    return {
      status,
      head: [...head, 'server-timing', timing.mark('read').value],
      byteLength,
      body: { bytes, release: () => release(bytes), onClose: () => slabBudget.release(bytes.byteLength) },
    }
  }
  const slabs = array.read(prepared.selection, stop)
  const pieces = prepared.format.encode(slabs, { ...prepared.context, release })
  const mayReadAhead = (): boolean => slabBudget.mayReadAhead
  return { status, head, byteLength, body: { pieces, release, mayReadAhead, timing } }
}

function contextOf({ array, selection, output }: ArrayPart): FormatContext {
  return {
    dataType: array.metadata.dataType,
    shape: selection.shape,
    ...(output.nonfinite !== undefined && { nonfinite: output.nonfinite }),
    ...(output.datetime !== undefined && { datetime: output.datetime }),
  }
}

function checkShape({ shape }: ResolvedSelection, expected: readonly number[] | undefined): void {
  if (expected === undefined) return
  if (shape.length === expected.length && shape.every((length, i) => length === expected[i])) return
  throw new ZipzarrError(
    'SHAPE_MISMATCH',
    `the selection has the shape [${shape.join(',')}], not [${expected.join(',')}]`,
    { facts: { shape, expectedShape: expected } },
  )
}

function checkLimits({ array, selection, config }: ArrayPart, format: Format): void {
  const itemSize = array.metadata.dataType.itemSize || MIN_VARIABLE_ITEM_BYTES
  const byteLength = array.byteLengthOf(selection) ?? selection.itemCount * itemSize
  const size = { byteLength, itemSize }
  checkSize(selection, { ...size, limit: config.maxResponseBytes, limitName: 'maxResponseBytes' })
  if (format.name === 'json')
    checkSize(selection, { ...size, limit: config.maxJsonBytes, limitName: 'maxJsonBytes' })
  checkChunkCount(array, selection, config.maxChunksPerRequest)
}

/** What makes the bytes readable without asking for the metadata first. */
function describingHead(array: ZarrArray, selection: ResolvedSelection): string[] {
  const { dimensionNames, dataType, fillValue } = array.metadata
  const names = dimensionNames?.filter((_name, dimension) => !selection.axes[dimension].isDropped)
  return [
    ...['zarr-shape', selection.shape.join(',')],
    ...['zarr-data-type', headerValue(answeredType(array))],
    ...short('zarr-fill-value', headerValue(stringifyJson(fillValueToJson(dataType, fillValue)))),
    ...(names === undefined ? [] : ['zarr-dimensions', names.map(dimensionText).join(',')]),
    ...(hasLongList(selection) ? [] : short('zarr-selection', formatSelection(selection))),
    ...['zarr-chunks-touched', String(array.chunksTouched(selection))],
  ]
}

/** A long index list, or a large struct, would burst the client's limit on headers. */
const MAX_HEADER = 2048

/** Each index takes two characters at least: one of a hundred thousand is not written to be found too long. */
function hasLongList({ axes }: ResolvedSelection): boolean {
  return axes.some(axis => axis.kind === 'list' && 2 * axis.indices.length > MAX_HEADER)
}

/** Left out when too long: a part of it would be wrong. */
function short(name: string, value: string): string[] {
  return value.length <= MAX_HEADER ? [name, value] : []
}

/** The type of the answer's items, which are little-endian even where the array stores them otherwise. */
function answeredType({ metadata: { dataType, zarrFormat } }: ZarrArray): string {
  const { name, numpyDescr } = dataType
  if (zarrFormat === 3 || numpyDescr === undefined) return name
  return typeof numpyDescr === 'string' ? numpyDescr : JSON.stringify(numpyDescr)
}

/** Names are separated by commas, so a comma in a name is encoded; an unnamed dimension is empty. */
function dimensionText(name: string | null): string {
  return headerValue(name ?? '').replaceAll(',', '%2C')
}
