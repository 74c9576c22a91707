// The OpenAPI document, generated from the route schemas. The page that shows it is routes/docs.ts.
import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

export interface OpenApiOptions {
  readonly version: string
}

const DESCRIPTION = `Zarr arrays (v2 and v3) served straight out of ZIP files.

- **404 asserts absence.** Zarr clients read a 404 on a chunk as the fill value, so it is said only of what a
  completely indexed archive does not hold. What exists and cannot be read is a 5xx problem.
- **Selections are half-open**, as in NumPy (unlike DAP and ERDDAP): \`2:7\` is five items.
- Every GET route answers HEAD too.
- **Errors** are RFC 9457 problem documents with a stable \`code\`.
- **What a schema cannot say.** Whether a request that fits this document can be answered also depends on what is
  stored. A node that is a group has no items (422 \`NOT_AN_ARRAY\`), a selection or an index can have too many
  dimensions or lie outside the shape (400 \`INVALID_SELECTION\`, \`INVALID_CHUNK_INDEX\`), a data type may not be
  writable in the format (422 \`FORMAT_NOT_POSSIBLE\`), and an archive may be none (422 \`ARCHIVE_REFUSED\`). These are
  refused rather than guessed at; \`detail\` says what was expected and what was found.
- **What is no request** is refused before it is known which operation was meant, on every path alike: malformed
  escapes or HTTP and a missing Host (400), an unknown method (405, with \`Allow\`), one that does not arrive in time
  (408), an expectation other than \`100-continue\` (417), a URL or headers beyond 16 KiB together (414, 431). Where the client prefers \`text/html\`, a problem is a page.
- **Every data answer has a strong ETag** known from the index alone: \`If-None-Match\` costs no read.
- Every answer carries \`X-Request-Id\`; data answers carry \`Server-Timing\`.`

const TAGS = [
  { name: 'stores', description: 'Archives that are served' },
  { name: 'nodes', description: 'Groups, arrays and their metadata' },
  { name: 'arrays', description: 'Chunks and regions of arrays' },
  { name: 'zarr', description: 'The raw Zarr store protocol, and the archives themselves' },
  { name: 'operations', description: 'Probes' },
]

export const openApiPlugin = fastifyPlugin(
  async (app: FastifyInstance, { version }: OpenApiOptions) => {
    await app.register(swagger, {
      openapi: {
        // Not 3.1: several generators of clients read it in part (Go) or with wrong results (Java, Python).
        openapi: '3.0.3',
        info: {
          title: 'zipzarr',
          version,
          description: DESCRIPTION,
          contact: { name: 'zipzarr' },
          license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
        },
        // The document is served by the service it describes.
        servers: [{ url: '/', description: 'This service' }],
        tags: TAGS,
        security: [{}, { bearer: [] }],
        components: {
          securitySchemes: {
            bearer: { type: 'http', scheme: 'bearer', description: 'An API key, where keys are configured' },
          },
        },
      },
      refResolver: {
        buildLocalReference: (schema, _base, _fragment, i) => String(schema.$id ?? `schema${i}`),
      },
      transform: ({ schema, url }) => describeRoute(schema, url),
      transformObject: document =>
        'openapiObject' in document ? finished(document.openapiObject) : document.swaggerObject,
    })
  },
  { name: 'openapi' },
)

declare module 'fastify' {
  interface FastifySchema {
    /** Request headers that clients are told of and that no schema checks. */
    documentedHeaders?: object
  }
}

/** A wildcard has no name in Fastify but needs one in the document. */
function describeRoute(
  schema: FastifySchema | undefined,
  url: string,
): { schema: FastifySchema; url: string } {
  const documented = documentedSchema(schema ?? {}) as FastifySchema
  const { documentedHeaders: headers } = documented
  if (headers !== undefined) documented.headers = { type: 'object', properties: headers }
  const params = documented.params as { properties: Record<string, object> } | undefined
  if (params?.properties['*'] === undefined) return { schema: documented, url }
  const { '*': key, ...others } = params.properties
  const named = { ...params, properties: { ...others, key }, required: [...Object.keys(others), 'key'] }
  return { schema: { ...documented, params: named }, url: `${url.slice(0, -1)}:key` }
}

type Document = ReturnType<FastifyInstance['swagger']>

interface SchemaParts {
  readonly paths?: Record<string, { head?: unknown } | undefined>
  readonly components?: { schemas?: object }
}

/** Every GET answers HEAD; listing both would give two operations one id. Components are described like routes. */
function finished<T extends Partial<Document>>(document: T): T {
  const { paths, components } = document as SchemaParts
  for (const path of Object.values(paths ?? {})) delete path?.head
  if (components?.schemas !== undefined)
    components.schemas = bareReferences(documentedSchema(components.schemas)) as object
  return document
}

/** OpenAPI 3.0 allows nothing beside a `$ref`; what it refers to has the description. */
function bareReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bareReferences)
  if (typeof value !== 'object' || value === null) return value
  if (isReference(value) && typeof value.$ref === 'string') return { $ref: value.$ref }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, bareReferences(member)]))
}

/**
 * Applies `documented`: members of a schema that differ between what we check and what clients are told. One that is
 * a reference stands for the whole schema, of which only the description is kept.
 */
function documentedSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(documentedSchema)
  if (typeof value !== 'object' || value === null) return value
  const { documented, ...schema } = value as Record<string, unknown>
  if (isReference(documented)) return { ...documented, description: schema.description }
  const merged = { ...schema, ...(documented as object | undefined) }
  const members = Object.entries(merged).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, documentedSchema(member)]))
}

function isReference(value: unknown): value is { readonly $ref: string } {
  return typeof value === 'object' && value !== null && '$ref' in value
}
