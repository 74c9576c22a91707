// Part of an array as an answer: format, limits, validators and self-describing headers, all prepared before
// anything is read; then one piece, or slabs through the format, to the socket.
import type { FastifyReply } from 'fastify'
import type { Config } from '../config.js'
import { ZipzarrError } from '../errors.js'
import type { Format, FormatContext } from '../formats/format.js'
import { FORMATS } from '../formats/index.js'
import { contentDisposition, headerValue } from '../http/header-value.js'
import { chooseFormat } from '../http/negotiation.js'
import type { Phase, ServerTiming } from '../http/server-timing.js'
import { quoteTag } from '../http/validators.js'
import { abortSignalOf, sendPieces, sendPlain } from '../plugins/sending.js'
import { fillValueToJson } from '../zarr/data-types/item-json.js'
import { formatSelection, type ResolvedSelection } from '../zarr/indexing/resolved-selection.js'
import { stringifyJson } from '../zarr/json/json.js'
import type { ZarrArray } from '../zarr/reading/array.js'
import type { WholePlan } from '../zarr/reading/read-whole.js'
import { type Exchange, isCurrent } from './conditional.js'
import { checkChunkCount, checkSize } from './size-limit.js'

/** What the client asked for beside the selection. */
export interface OutputWish {
  readonly format?: string | undefined
  readonly nonfinite?: 'null' | 'string' | undefined
  readonly datetime?: 'integer' | 'iso' | undefined
  readonly filename?: string | undefined
  readonly expectedShape?: readonly number[] | undefined
}

export interface ArrayPart {
  readonly array: ZarrArray
  readonly selection: ResolvedSelection
  readonly wish: OutputWish
  /** The request's Accept header. */
  readonly accept: string | undefined
  readonly config: Config
  /** More of the head: name, value, name, value … */
  readonly head?: readonly string[]
}

/** All of an answer that can be said before anything is read. Holds nothing of the store. */
export interface PreparedPart {
  readonly selection: ResolvedSelection
  readonly format: Format
  readonly context: FormatContext
  readonly tag: string
  /** What a 304 says too: name, value, name, value … */
  readonly commonHead: readonly string[]
  /** The whole head but for timing and length. */
  readonly head: readonly string[]
  /** Of the body, where it is known. */
  readonly byteLength: number | undefined
  /** How to read it in one piece, if it is small. */
  readonly plan: WholePlan | undefined
}

/** An item of a variable-length type takes at least its length prefix in the raw form. */
const MIN_VARIABLE_ITEM_BYTES = 4

/** @throws ZipzarrError NOT_ACCEPTABLE, FORMAT_NOT_POSSIBLE, SHAPE_MISMATCH, RESPONSE_TOO_LARGE, ENTRY_* */
export function prepareArrayPart(part: ArrayPart): PreparedPart {
  const { array, selection, wish, accept, config } = part
  const format = chooseFormat({ format: wish.format, accept }, FORMATS)
  const context = contextOf(part)
  format.check(context)
  checkShape(selection, wish.expectedShape)
  checkLimits(part, format)
  const tag = array.entityTag(
    selection,
    `${format.name};${context.nonfinite ?? ''};${context.datetime ?? ''}`,
  )
  const commonHead = [
    ...['etag', quoteTag(tag), 'cache-control', config.cacheControl],
    ...describingHead(array, selection),
    // The answer differs by Accept, as long as `format` does not decide it.
    ...['vary', 'Accept'],
    ...(part.head ?? []),
  ]
  const { filename } = wish
  const disposition = filename === undefined ? [] : ['content-disposition', contentDisposition(filename)]
  return {
    selection,
    format,
    context,
    tag,
    commonHead,
    head: [...commonHead, 'content-type', format.mediaType, ...disposition],
    byteLength: format.byteLength(context),
    plan: format.isPlain === true ? array.planWhole(selection) : undefined,
  }
}

/** @throws ZipzarrError PRECONDITION_FAILED and read failures */
export async function answerArrayPart(
  { request, reply }: Exchange,
  { array, prepared, timing }: { array: ZarrArray; prepared: PreparedPart; timing: ServerTiming },
): Promise<FastifyReply> {
  const { commonHead, head, byteLength, plan } = prepared
  if (isCurrent(request, prepared.tag)) {
    return sendPlain(reply, { status: 304, head: [...commonHead, ...timingHead(timing, 'lookup')] })
  }
  timing.mark('lookup')
  const length = byteLength === undefined ? [] : ['content-length', String(byteLength)]
  if (request.method === 'HEAD') {
    return sendPlain(reply, { status: 200, head: [...head, ...length, 'server-timing', timing.value] })
  }
  const { slabPool, slabBudget } = array.resources
  const body = plan && (await array.readWhole(plan))
  if (body !== undefined) {
    slabBudget.hold(body.byteLength)
    return sendPlain(reply, {
      status: 200,
      head: [...head, ...length, ...timingHead(timing, 'read')],
      body,
      release: () => slabPool.release(body),
      onClose: () => slabBudget.letGo(body.byteLength),
    })
  }
  const release = (bytes: Uint8Array): void => slabPool.release(bytes)
  const slabs = array.read(prepared.selection, { signal: abortSignalOf(reply) })
  return sendPieces(reply, prepared.format.encode(slabs, { ...prepared.context, release }), {
    head,
    byteLength,
    release,
    mayReadAhead: () => slabBudget.mayReadAhead,
    timing,
  })
}

const timingHead = (timing: ServerTiming, phase: Phase): string[] => [
  'server-timing',
  timing.mark(phase).value,
]

function contextOf({ array, selection, wish }: ArrayPart): FormatContext {
  return {
    dataType: array.metadata.dataType,
    shape: selection.shape,
    ...(wish.nonfinite !== undefined && { nonfinite: wish.nonfinite }),
    ...(wish.datetime !== undefined && { datetime: wish.datetime }),
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
    ...short('zarr-selection', formatSelection(selection)),
    ...['zarr-chunks-touched', String(array.chunksTouched(selection))],
  ]
}

/** A long index list, or a large struct, would burst the client's limit on headers. */
const MAX_HEADER = 2048

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
