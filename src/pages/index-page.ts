// A group or folder as a page: plain links that Neuroglancer's HTTP store lists from, and what a person wants to
// know of the node. Links are relative, so that they survive a proxy's path prefix.
import type { FastifyReply } from 'fastify'
import type { Config } from '../config.js'
import { ZipzarrError } from '../errors.js'
import { LoopYield } from '../memory/loop-yield.js'
import type { StoreLease } from '../registry/stores.js'
import type { RequestContext } from '../responses/request-context.js'
import { shrink } from '../responses/size-limit.js'
import { joinPath, type NodePath, parseNodePath } from '../store/keys.js'
import type { ReadableStore } from '../store/store.js'
import { openNode } from '../zarr/hierarchy/hierarchy.js'
import { kindOf } from '../zarr/hierarchy/node-kind.js'
import { formatSelection, resolveSelection } from '../zarr/indexing/resolved-selection.js'
import type { ArrayMetadata, NodeMetadata } from '../zarr/metadata/metadata.js'
import { hrefOf, html, link, type Markup, sendPage } from './html.js'
import { type ArrayDownload, snippetsFor } from './snippets.js'

/** Children whose metadata is read for the table, and names that are listed: clients take these for all there are. */
const MAX_DESCRIBED = 200
const MAX_LISTED = 100_000
const MAX_SORTED = 10_000
/** What the line for curl fetches at most, and what an item without a size of its own is taken for. */
const MAX_DOWNLOAD_BYTES = 16 * 1024 * 1024
const VARIABLE_ITEM_BYTES = 64

/** @throws ZipzarrError INVALID_KEY, KEY_NOT_FOUND */
export async function answerIndexPage(
  context: RequestContext,
  { store, record }: StoreLease,
  text: string,
): Promise<FastifyReply> {
  const path = folderPath(text)
  const isRoot = path === ''
  if (!isRoot && store.metadataAt(path) === undefined) {
    throw new ZipzarrError('KEY_NOT_FOUND', 'nothing in the store lies below this path')
  }
  const node = await openOrExplain(store, path)
  const children = await readChildren(store, path)
  const title = isRoot ? record.id : `${record.id} / ${path}`
  const body = [
    html`<h1>${title}</h1>`,
    ...(isRoot ? [] : [html`<p>${link('../', '../')}</p>`]),
    'error' in node ? html`` : factsTable(node),
    await foldersTable(children),
    await valuesList(store, path),
    ...('error' in node
      ? [html`<p class="note">${node.error}</p>`]
      : snippetSection(context, record.id, { node, children })),
  ]
  return sendPage(context.reply, { title, body })
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

interface Child {
  readonly name: string
  /** Absent: a folder without metadata, or one too many to be read. */
  readonly node?: Opened
}

async function readChildren(store: ReadableStore, path: NodePath): Promise<Child[]> {
  const children: Child[] = []
  let described = 0
  for (const { name, metadata } of await store.listDirectories(path)) {
    const isDescribed = metadata.size > 0 && described++ < MAX_DESCRIBED
    children.push(isDescribed ? { name, node: await openOrExplain(store, joinPath(path, name)) } : { name })
  }
  return children
}

async function foldersTable(children: readonly Child[]): Promise<Markup> {
  if (children.length === 0) return html``
  const rows = await markupOf(children.slice(0, MAX_LISTED), ({ name, node }) => {
    const about = node === undefined ? html`<td colspan="3"></td>` : describe(node)
    return html`<tr><td>${link(`${hrefOf(name)}/`, `${name}/`)}</td>${about}</tr>`
  })
  const head = html`<tr><th>Node</th><th>Shape</th><th>Data type</th><th>Dimensions</th></tr>`
  return html`<h2>Nodes</h2><table>${head}${rows}</table>${more(children.length)}`
}

/** The markup of a long list, others getting their turn meanwhile. */
async function markupOf<T>(items: readonly T[], render: (item: T) => Markup): Promise<Markup> {
  const loop = new LoopYield()
  let markup = ''
  for (const item of items) {
    markup += render(item).markup
    if (loop.isDue) await loop.yield()
  }
  return { markup }
}

function describe(node: Opened): Markup {
  if ('error' in node) return html`<td colspan="3" class="note">${node.error}</td>`
  if (node.nodeType === 'group') return html`<td colspan="3" class="note">group</td>`
  const names = (node.dimensionNames ?? []).map(name => name ?? '–').join(', ')
  const shape = node.shape.length === 0 ? 'scalar' : node.shape.join(' × ')
  return html`<td class="mono">${shape}</td><td class="mono">${node.dataType.name}</td><td>${names}</td>`
}

async function valuesList(store: ReadableStore, path: NodePath): Promise<Markup> {
  const loop = new LoopYield()
  const names: string[] = []
  for (const key of store.listKeys(path)) {
    names.push(key.slice(path === '' ? 0 : path.length + 1))
    if (names.length > MAX_LISTED) break
    if (loop.isDue) await loop.yield()
  }
  if (names.length === 0) return html``
  // Long lists stay in the archive's order, because sorting them is one long step.
  if (names.length <= MAX_SORTED) names.sort()
  const items = await markupOf(names.slice(0, MAX_LISTED), name => html`<li>${link(hrefOf(name), name)}</li>`)
  return html`<h2>Values</h2><ul>${items}</ul>${more(names.length)}`
}

function more(count: number): Markup {
  return count > MAX_LISTED ? html`<p class="note">… and more</p>` : html``
}

function snippetSection(
  { app, request }: RequestContext,
  storeId: string,
  { node, children }: { readonly node: NodeMetadata; readonly children: readonly Child[] },
): Markup[] {
  const { path } = node
  // Of a folder without metadata nothing is opened; an unreadable child keeps the others from being opened as one.
  const known = children.flatMap(child => (child.node === undefined ? [] : [child.node]))
  const kind = kindOf(
    node,
    known.map(child => ('error' in child ? {} : child)),
  )
  const array = node.nodeType === 'array' ? downloadOf(node, app.services.config) : undefined
  const base = `${request.protocol}://${request.host}`
  const snippets = snippetsFor({ base, storeId, path, kind, ...(array !== undefined && { array }) })
  const blocks = snippets.map(({ client, text }) => html`<h3>${client}</h3><pre>${text}</pre>`)
  const metadata = `/v1/stores/${encodeURIComponent(storeId)}/metadata?path=${encodeURIComponent(`/${path}`)}`
  return [html`<h2>Open it</h2>${blocks}`, html`<p>${link(metadata, 'Metadata as JSON')}</p>`]
}

/** The array, or as much of its beginning as is a fair download. */
function downloadOf({ shape, dataType, chunkGrid }: ArrayMetadata, config: Config): ArrayDownload {
  const limit = Math.min(MAX_DOWNLOAD_BYTES, config.maxResponseBytes, config.maxJsonBytes)
  const chunks = chunkGrid.axes.reduce((count, axis) => count * axis.chunkCount, 1)
  const fitting = Math.floor(limit / (dataType.itemSize || VARIABLE_ITEM_BYTES))
  const maxItems =
    chunks > config.maxChunksPerRequest ? Math.min(fitting, config.maxChunksPerRequest) : fitting
  const whole = resolveSelection([], shape)
  const slice = whole.itemCount > maxItems ? formatSelection(shrink(whole, maxItems)) : undefined
  return { format: dataType.numpyDescr === undefined ? 'json' : 'npy', slice }
}
