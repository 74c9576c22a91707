// Part of an array as an answer: format, limits, validators and self-describing headers, all before anything is
// read; then slabs through the format to the socket.
import type { FastifyReply } from 'fastify'
import { ZipzarrError } from '../src/errors.js'
import type { Format, FormatContext } from '../src/formats/format.js'
import { FORMATS } from '../src/formats/index.js'
import { contentDisposition, headerValue } from '../src/http/header-value.js'
import { chooseFormat } from '../src/http/negotiation.js'
import type { ServerTiming } from '../src/http/server-timing.js'
import { abortSignalOf, sendPieces, sendWhole } from '../src/plugins/sending.js'
import type { ZarrArray } from '../src/zarr/array.js'
import { fillValueToJson } from '../src/zarr/item-json.js'
import { stringifyJson } from '../src/zarr/json.js'
import { formatSelection, type ResolvedSelection } from '../src/zarr/resolved-selection.js'
import type { SlabPool } from '../src/zarr/slab-pool.js'
import { type Exchange, isNotModified } from './conditional.js'
import { checkSize } from './size-limit.js'

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
  readonly slabPool: SlabPool
  readonly timing: ServerTiming
}

/** An item of a variable-length type takes at least its length prefix in the raw form. */
const MIN_VARIABLE_ITEM_BYTES = 4

/** @throws ZipzarrError NOT_ACCEPTABLE, FORMAT_NOT_POSSIBLE, SHAPE_MISMATCH, RESPONSE_TOO_LARGE, and read failures */
export async function answerArrayPart(exchange: Exchange, part: ArrayPart): Promise<FastifyReply> {
  const { request, reply } = exchange
  const { array, selection, wish, slabPool, timing } = part
  const format = chooseFormat({ format: wish.format, accept: request.headers.accept }, FORMATS)
  const context = contextOf(part)
  format.check(context)
  checkShape(selection, wish.expectedShape)
  checkLimits(exchange, part, format)
  const variant = `${format.name};${context.nonfinite ?? ''};${context.datetime ?? ''}`
  const isCurrent = isNotModified(exchange, array.entityTag(selection, variant))
  reply.headers(describingHeaders(array, selection)).header('vary', varyOf(reply))
  if (isCurrent) return reply.send()
  reply.header('content-type', format.mediaType)
  if (wish.filename !== undefined) reply.header('content-disposition', contentDisposition(wish.filename))
  timing.mark('lookup')
  const byteLength = format.byteLength(context)
  if (request.method === 'HEAD') {
    if (byteLength !== undefined) reply.header('content-length', String(byteLength))
    return reply.header('server-timing', timing.value).send()
  }
  const whole = format.isPlain === true ? await array.readWhole(selection) : undefined
  const release = (bytes: Uint8Array): void => slabPool.release(bytes)
  if (whole !== undefined) {
    const { slabBudget } = array.resources
    slabBudget.hold(whole.byteLength)
    reply.header('server-timing', timing.mark('read').value)
    return sendWhole(reply, whole, { release, onClose: () => slabBudget.letGo(whole.byteLength) })
  }
  const slabs = array.read(selection, { signal: abortSignalOf(reply) })
  return sendPieces(reply, format.encode(slabs, { ...context, release }), {
    byteLength,
    release,
    mayReadAhead: () => array.resources.slabBudget.mayReadAhead,
    beforeHead: () => reply.header('server-timing', timing.mark('read').value),
  })
}

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

function checkLimits({ app }: Exchange, { array, selection }: ArrayPart, format: Format): void {
  const { config } = app.services
  const itemSize = array.metadata.dataType.itemSize || MIN_VARIABLE_ITEM_BYTES
  const byteLength = array.byteLengthOf(selection) ?? selection.itemCount * itemSize
  const size = { byteLength, itemSize }
  checkSize(selection, { ...size, limit: config.maxResponseBytes, limitName: 'maxResponseBytes' })
  if (format.name !== 'json') return
  checkSize(selection, { ...size, limit: config.maxJsonBytes, limitName: 'maxJsonBytes' })
}

/** The answer differs by Accept, as long as `format` does not decide it. */
function varyOf(reply: FastifyReply): string {
  const present = reply.getHeader('vary')
  return present === undefined ? 'Accept' : `${String(present)}, Accept`
}

/** What makes the bytes readable without asking for the metadata first. */
function describingHeaders(array: ZarrArray, selection: ResolvedSelection): Record<string, string> {
  const { dimensionNames } = array.metadata
  const names = dimensionNames?.filter((_name, dimension) => !selection.axes[dimension].isDropped)
  return {
    'zarr-shape': selection.shape.join(','),
    ...lastingHeaders(array),
    ...(names !== undefined && { 'zarr-dimensions': names.map(dimensionText).join(',') }),
    ...short('zarr-selection', formatSelection(selection)),
    'zarr-chunks-touched': String(array.chunksTouched(selection)),
  }
}

const lasting = new WeakMap<ZarrArray, Record<string, string>>()

/** The same for every part of an array. */
function lastingHeaders(array: ZarrArray): Record<string, string> {
  const known = lasting.get(array)
  if (known !== undefined) return known
  const { dataType, fillValue } = array.metadata
  const headers = {
    'zarr-data-type': headerValue(answeredType(array)),
    ...short('zarr-fill-value', headerValue(stringifyJson(fillValueToJson(dataType, fillValue)))),
  }
  lasting.set(array, headers)
  return headers
}

/** A long index list, or a large struct, would burst the client's limit on headers. */
const MAX_HEADER = 2048

/** Left out when too long: a part of it would be wrong. */
function short(name: string, value: string): Record<string, string> {
  return value.length <= MAX_HEADER ? { [name]: value } : {}
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
