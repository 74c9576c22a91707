// The OpenAPI document, and Swagger UI showing it: six files that the build has put beside the code.
import { readFile } from 'node:fs/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ZipzarrError } from '../src/errors.js'
import { HTML_TYPE, JSON_TYPE } from '../src/http/media-types.js'
import { DOCS_ASSETS } from '../src/pages/docs-assets.js'

const SCRIPT_TYPE = 'text/javascript; charset=utf-8'

/** Swagger UI sets styles on elements and holds its images as data; scripts come from here alone. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'"

// Links are relative to /docs, so that the page works below a proxy's prefix.
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>zipzarr API</title>
<link rel="stylesheet" href="docs/static/swagger-ui.css">
<link rel="stylesheet" href="docs/static/index.css">
<link rel="icon" type="image/png" href="docs/static/favicon-32x32.png" sizes="32x32">
<link rel="icon" type="image/png" href="docs/static/favicon-16x16.png" sizes="16x16">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/static/swagger-ui-bundle.js"></script>
<script src="docs/static/swagger-ui-standalone-preset.js"></script>
<script src="docs/static/start.js"></script>
</body>
</html>
`

/** No validator: the page asks nobody but this service. */
const START_SCRIPT = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
})
`

const HIDDEN = { schema: { hide: true } }

export const docsRoutes: FastifyPluginAsyncTypebox = async app => {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-cache')
  })

  app.get('/openapi.json', HIDDEN, async (_request, reply) => reply.type(JSON_TYPE).send(app.swagger()))

  app.get('/openapi.yaml', HIDDEN, async (_request, reply) =>
    reply.type('application/yaml').send(app.swagger({ yaml: true })),
  )

  app.get('/docs', HIDDEN, async (_request, reply) =>
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY).type(HTML_TYPE).send(PAGE),
  )

  app.get('/docs/', HIDDEN, async (_request, reply) => reply.redirect('../docs', 308))

  app.get('/docs/static/start.js', HIDDEN, async (_request, reply) =>
    reply.type(SCRIPT_TYPE).send(START_SCRIPT),
  )

  app.get<{ Params: { name: string } }>('/docs/static/:name', HIDDEN, async (request, reply) =>
    reply.type(assetType(request.params.name)).send(await readAsset(request.params.name)),
  )
}

function assetType(name: string): string {
  const type = Object.hasOwn(DOCS_ASSETS, name) ? DOCS_ASSETS[name] : undefined
  if (type === undefined) throw new ZipzarrError('ROUTE_NOT_FOUND', 'no such file of the documentation')
  return type
}

async function readAsset(name: string): Promise<Buffer> {
  return await readFile(new URL(import.meta.resolve(`#docs/${name}`)))
}
