// The front page, and the page that explains error codes.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ERRORS } from '../src/errors.js'
import { html, link, type Markup, sendPage } from '../src/pages/html.js'
import type { StoreRecord } from '../src/registry/stores.js'
import { zarrLink } from '../src/responses/documents/links.js'

const MAX_LISTED = 1000

export const rootRoutes: FastifyPluginAsyncTypebox = async app => {
  app.get('/', { schema: { hide: true } }, async (_request, reply) => {
    const records = app.services.stores.list()
    const rows = records.slice(0, MAX_LISTED).map(storeRow)
    const head = html`<tr><th>Store</th><th>State</th><th>Zarr</th><th>Archive</th><th>File</th></tr>`
    const hidden = records.length - rows.length
    return sendPage(reply, {
      title: 'zipzarr',
      body: [
        html`<h1>zipzarr</h1><p>Zarr arrays, served straight out of ZIP files.</p>`,
        html`<table id="stores">${head}${rows}</table>`,
        hidden > 0
          ? html`<p class="note">… and ${hidden} more: ${link('/v1/stores', '/v1/stores')}</p>`
          : html``,
      ],
    })
  })

  app.get('/errors', { schema: { hide: true } }, async (_request, reply) => {
    const rows = Object.entries(ERRORS).map(
      ([code, { status, title }]) =>
        html`<tr id="${code}"><td class="mono">${code}</td><td>${status}</td><td>${title}</td></tr>`,
    )
    const head = html`<tr><th>Code</th><th>Status</th><th>Meaning</th></tr>`
    return sendPage(reply, {
      title: 'Error codes',
      body: [html`<h1>Error codes</h1><table>${head}${rows}</table>`],
    })
  })
}

function storeRow({ id, state, descriptor, location, error, contents }: StoreRecord): Markup {
  const name = state === 'ready' ? link(zarrLink(id, ''), id) : html`${id}`
  const emptyReason = state === 'ready' ? contents?.emptyReason : undefined
  const nothing = emptyReason ? `, but nothing Zarr is found in it: ${emptyReason}` : ''
  const reason = error === undefined ? nothing : ` (${error.code}: ${error.message})`
  const file = state === 'ready' ? link(`/files/${encodeURIComponent(id)}`, 'zip') : html``
  return html`<tr><td>${name}</td><td>${state}${reason}</td><td>${descriptor?.zarrFormat ?? ''}</td>
<td>${location.root}: ${location.path}</td><td>${file}</td></tr>`
}
