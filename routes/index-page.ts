// A group or folder as a page: plain links that Neuroglancer's HTTP store lists from, and what a person wants to
// know of the node. Links are relative, so that they survive a proxy's path prefix.
import type { FastifyReply } from 'fastify'
import { ZipzarrError } from '../src/errors.js'
import type { StoreLease } from '../src/registry/stores.js'
import { type NodePath, parseNodePath } from '../src/store/keys.js'
import type { ReadableStore } from '../src/store/store.js'
import { openNode } from '../src/zarr/hierarchy.js'
import type { NodeMetadata } from '../src/zarr/metadata.js'
import type { Exchange } from './conditional.js'
import { hrefOf, html, link, type Markup, sendPage } from './html.js'
import { baseUrl, snippetsFor } from './snippets.js'

/** Children whose metadata is read for the table, and values that are listed; a page is not a download. */
const MAX_DESCRIBED = 200
const MAX_LISTED = 5000

/** @throws ZipzarrError INVALID_KEY, KEY_NOT_FOUND */
export async function answerIndexPage(
  exchange: Exchange,
  { store, record }: StoreLease,
  text: string,
): Promise<FastifyReply> {
  const path = folderPath(text)
  const isRoot = path === ''
  if (!isRoot && store.metadataAt(path) === undefined) {
    throw new ZipzarrError('KEY_NOT_FOUND', 'nothing in the store lies below this path')
  }
  const node = await openOrExplain(store, path)
  const title = isRoot ? record.id : `${record.id} / ${path}`
  const body = [
    html`<h1>${title}</h1>`,
    ...(isRoot ? [] : [html`<p>${link('../', '../')}</p>`]),
    'error' in node ? html`` : factsTable(node),
    await foldersTable(store, path),
    valuesList(store, path),
    ...('error' in node
      ? [html`<p class="note">${node.error}</p>`]
      : snippetSection(exchange, record.id, node)),
  ]
  return sendPage(exchange.reply, { title, body })
}

/** `''` is the root; otherwise one trailing slash, and a canonical path before it. */
function folderPath(text: string): NodePath {
  if (text === '') return parseNodePath('')
  try {
    if (text.startsWith('/')) throw new ZipzarrError('INVALID_NODE_PATH', 'it has an empty segment')
    return parseNodePath(text)
  } catch (error) {
    throw new ZipzarrError('INVALID_KEY', `not a canonical path: ${(error as Error).message}`)
  }
}

type Opened = NodeMetadata | { readonly error: string }

/** A node that cannot be read is still listed, with the reason. */
async function openOrExplain(store: ReadableStore, path: NodePath): Promise<Opened> {
  try {
    return await openNode(store, path)
  } catch (error) {
    if (error instanceof ZipzarrError) return { error: `${error.code}: ${error.message}` }
    throw error
  }
}

/** What an array is; a group is its children. */
function factsTable(node: NodeMetadata): Markup {
  if (node.nodeType === 'group') return html``
  const { chunkGrid, codecs, zarrFormat } = node
  const chunks = chunkGrid.chunkShape?.join(' × ') ?? 'of several sizes'
  const pipeline = codecs.map(codec => codec.name).join(' → ')
  const head = html`<tr><th>Shape</th><th>Data type</th><th>Dimensions</th><th>Chunks</th></tr>`
  return html`<table>${head}<tr>${describe(node)}<td class="mono">${chunks}</td></tr></table>
<p class="note">Zarr v${zarrFormat}; ${pipeline}</p>`
}

async function foldersTable(store: ReadableStore, path: NodePath): Promise<Markup> {
  const folders = store.listDirectories(path)
  if (folders.length === 0) return html``
  const rows: Markup[] = []
  for (const { name, metadata } of folders.slice(0, MAX_LISTED)) {
    const child = (path === '' ? name : `${path}/${name}`) as NodePath
    const isDescribed = metadata.size > 0 && rows.length < MAX_DESCRIBED
    const about = isDescribed ? describe(await openOrExplain(store, child)) : html`<td colspan="3"></td>`
    rows.push(html`<tr><td>${link(`${hrefOf(name)}/`, `${name}/`)}</td>${about}</tr>`)
  }
  const head = html`<tr><th>Node</th><th>Shape</th><th>Data type</th><th>Dimensions</th></tr>`
  return html`<h2>Nodes</h2><table>${head}${rows}</table>${more(folders.length)}`
}

function describe(node: Opened): Markup {
  if ('error' in node) return html`<td colspan="3" class="note">${node.error}</td>`
  if (node.nodeType === 'group') return html`<td colspan="3" class="note">group</td>`
  const names = (node.dimensionNames ?? []).map(name => name ?? '–').join(', ')
  const shape = node.shape.length === 0 ? 'scalar' : node.shape.join(' × ')
  return html`<td class="mono">${shape}</td><td class="mono">${node.dataType.name}</td><td>${names}</td>`
}

function valuesList(store: ReadableStore, path: NodePath): Markup {
  const names: string[] = []
  let count = 0
  for (const key of store.listKeys(path)) {
    count += 1
    if (names.length < MAX_LISTED) names.push(key.slice(path === '' ? 0 : path.length + 1))
  }
  if (count === 0) return html``
  const items = names.sort().map(name => html`<li>${link(hrefOf(name), name)}</li>`)
  return html`<h2>Values</h2><ul>${items}</ul>${more(count)}`
}

function more(count: number): Markup {
  return count > MAX_LISTED ? html`<p class="note">… and ${count - MAX_LISTED} more</p>` : html``
}

function snippetSection({ request }: Exchange, storeId: string, node: NodeMetadata): Markup[] {
  const { path, nodeType } = node
  const snippets = snippetsFor({ base: baseUrl(request), storeId, path, nodeType })
  const blocks = snippets.map(({ client, text }) => html`<h3>${client}</h3><pre>${text}</pre>`)
  const metadata = `/v1/stores/${encodeURIComponent(storeId)}/metadata?path=${encodeURIComponent(`/${path}`)}`
  return [html`<h2>Open it</h2>${blocks}`, html`<p>${link(metadata, 'Metadata as JSON')}</p>`]
}
