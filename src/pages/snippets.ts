// Ready lines for the usual clients, for one node by URL: only for those that can open what it is. The pages and
// the start of the service print the same ones. Pure.

import { zarrLink } from '../responses/documents/links.js'
import type { NodeKind } from '../zarr/hierarchy/node-kind.js'

export interface Snippet {
  readonly client: string
  /** Language of a program; absent: something to paste into the client. */
  readonly language?: 'python' | 'javascript' | 'shell'
  /** What it comes down to, on one line. */
  readonly line: string
  /** The whole, that can be run as it stands. */
  readonly text: string
}

export interface SnippetNode {
  /** The service as the client addresses it, without a slash at the end. */
  readonly base: string
  readonly storeId: string
  readonly path: string
  readonly kind: NodeKind
  /** Of an array, when it is known. */
  readonly array?: ArrayDownload
}

export interface ArrayDownload {
  readonly format: 'npy' | 'json'
  /** The part that is downloaded; absent: all of it. */
  readonly slice?: string | undefined
}

/** Which clients open a node of each kind. */
const CLIENTS: Readonly<Record<NodeKind, readonly ((node: SnippetNode, url: string) => Snippet[])[]>> = {
  array: [zarrPython, zarrita, curl],
  volume: [zarrPython, zarrita, neuroglancer, curl],
  dataset: [zarrPython, xarray, zarrita],
  image: [zarrPython, omeZarr, zarrita, neuroglancer],
  plate: [zarrPython, omeZarr, zarrita],
  anndata: [zarrPython, anndata, zarrita],
  group: [zarrPython, zarrita],
  unknown: [zarrPython],
}

export function snippetsFor(node: SnippetNode): Snippet[] {
  const url = `${node.base}${zarrLink(node.storeId, node.path)}`
  return CLIENTS[node.kind].flatMap(client => client(node, url))
}

function nodeTypeOf(kind: NodeKind): 'array' | 'group' {
  return kind === 'array' || kind === 'volume' ? 'array' : 'group'
}

function python(client: string, program: { imports: string; result: string; line: string }): Snippet[] {
  const { imports, result, line } = program
  return [{ client, language: 'python', line, text: `${imports}\n\n${result} = ${line}` }]
}

function zarrPython({ kind }: SnippetNode, url: string): Snippet[] {
  const result = kind === 'unknown' ? 'node' : nodeTypeOf(kind)
  const open = kind === 'unknown' ? 'open' : `open_${result}`
  return python('zarr-python', { imports: 'import zarr', result, line: `zarr.${open}("${url}", mode="r")` })
}

function xarray(_node: SnippetNode, url: string): Snippet[] {
  return python('xarray', { imports: 'import xarray', result: 'dataset', line: `xarray.open_zarr("${url}")` })
}

function anndata(_node: SnippetNode, url: string): Snippet[] {
  const line = `anndata.io.read_zarr("${url}")`
  return python('anndata', { imports: 'import anndata', result: 'cells', line })
}

function omeZarr(_node: SnippetNode, url: string): Snippet[] {
  const imports = 'from ome_zarr.io import parse_url\nfrom ome_zarr.reader import Reader'
  return python('ome-zarr', { imports, result: 'images', line: `list(Reader(parse_url("${url}"))())` })
}

function zarrita({ kind }: SnippetNode, url: string): Snippet[] {
  const result = nodeTypeOf(kind)
  const line = `await zarr.open(new zarr.FetchStore("${url}"), { kind: "${result}" })`
  const text = `import * as zarr from 'zarrita'\n\nconst ${result} = ${line}`
  return [{ client: 'zarrita', language: 'javascript', line, text }]
}

function neuroglancer(_node: SnippetNode, url: string): Snippet[] {
  return [{ client: 'Neuroglancer', line: `zarr://${url}`, text: `zarr://${url}` }]
}

function curl({ base, storeId, path, array }: SnippetNode): Snippet[] {
  if (array === undefined) return []
  const { format, slice } = array
  const url = inShell(`${base}/v1/stores/${encodeURIComponent(storeId)}/slice`)
  const parameters = [`path=/${path}`, ...(slice === undefined ? [] : [`slice=${slice}`]), `format=${format}`]
  const query = parameters.map(parameter => `--data-urlencode ${inShell(parameter)}`).join(' ')
  const line = `curl -fG ${url} ${query} -o array.${format}`
  return [{ client: 'curl', language: 'shell', line, text: line }]
}

function inShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
