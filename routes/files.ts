// The archive file itself, for clients that read ZIP on their own (Neuroglancer's `|zip:`).
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ZipzarrError } from '../src/errors.js'
import { contentDisposition } from '../src/http/header-value.js'
import { OCTET_STREAM, ZIP_TYPE } from '../src/http/media-types.js'
import { acceptedOffer } from '../src/http/negotiation.js'
import { quoteTag } from '../src/http/validators.js'
import { stopOf } from '../src/plugins/client.js'
import type { StoreLease } from '../src/registry/stores.js'
import { decide } from '../src/responses/decide.js'
import type { RequestContext } from '../src/responses/request-context.js'
import type { Response } from '../src/responses/response.js'
import { send } from '../src/responses/send.js'
import { withStore } from '../src/responses/store-access.js'
import type { ArchiveBytes } from '../src/store/store.js'
import { RANGED, StoreParams } from './schemas/parameters.js'
import { OpenQuery } from './schemas/requests.js'
import { binary, NOT_MODIFIED, problems, STORE_CODES } from './schemas/responses.js'

/** Some clients know no binary type but the second. Whoever accepts neither is not turned away. */
const OFFERS = [
  { name: 'zip', mediaType: ZIP_TYPE },
  { name: 'bytes', mediaType: OCTET_STREAM },
] as const
const MEDIA_TYPES = OFFERS.map(offer => offer.mediaType)

const PIECE_BYTES = 256 * 1024

export const filesRoutes: FastifyPluginAsyncTypebox = async app => {
  const handler = (request: FastifyRequest<{ Params: { storeId: string } }>, reply: FastifyReply) =>
    withStore(app, request.params.storeId, lease =>
      send(reply, archiveResponse({ app, request, reply }, lease)),
    )
  const describe = (operationId: string, summary: string) => ({
    operationId,
    description: 'With byte ranges, for clients that read ZIP themselves. `HEAD` answers the size.',
    tags: ['zarr'],
    summary,
    params: StoreParams,
    querystring: OpenQuery,
    documentedHeaders: RANGED,
    response: {
      200: binary('The archive', MEDIA_TYPES),
      206: binary('The asked range of the archive', MEDIA_TYPES),
      304: NOT_MODIFIED,
      ...problems([...STORE_CODES, 'PRECONDITION_FAILED', 'RANGE_NOT_SATISFIABLE']),
    },
  })
  const url = '/files/:storeId'
  app.route({ method: 'HEAD', url, schema: describe('headArchive', 'Size and tag of the ZIP file'), handler })
  app.route({ method: 'GET', url, schema: describe('getArchive', 'The ZIP file, whole or a range'), handler })
}

function archiveResponse({ app, request, reply }: RequestContext, { store, record }: StoreLease): Response {
  const { archive } = store
  if (archive === undefined) throw new ZipzarrError('ARCHIVE_UNSUPPORTED', 'the store is not one file')
  const name = record.location.path.split('/').at(-1) ?? record.id
  const { mediaType } = acceptedOffer(request.headers.accept, OFFERS) ?? OFFERS[0]
  const unmodified = [
    ...['etag', quoteTag(archive.tag), 'cache-control', app.services.config.cacheControl],
    ...['vary', 'Accept'],
  ]
  const describing = ['accept-ranges', 'bytes', 'content-disposition', contentDisposition(name)]
  const head = [...unmodified, 'content-type', mediaType, ...describing]
  const { tag, byteLength: total } = archive
  const resource = { tag, unmodified, head, byteLength: total, hasRanges: true }
  const { part, ...decided } = decide(resource, request)
  if (part.kind === 'none') return decided
  const span = part.kind === 'range' ? part : { byteOffset: 0, byteLength: total }
  const pieces = archivePieces(archive, { ...span, signal: stopOf(reply).signal })
  return { ...decided, body: { pieces } }
}

/** Positional reads, one piece at a time: a stream over the shared descriptor would close it for everybody. */
async function* archivePieces(
  archive: ArchiveBytes,
  part: { byteOffset: number; byteLength: number; signal: AbortSignal },
): AsyncGenerator<Buffer> {
  const end = part.byteOffset + part.byteLength
  for (let byteOffset = part.byteOffset; byteOffset < end; byteOffset += PIECE_BYTES) {
    const byteLength = Math.min(PIECE_BYTES, end - byteOffset)
    yield await archive.read(byteOffset, byteLength, { signal: part.signal })
  }
}
