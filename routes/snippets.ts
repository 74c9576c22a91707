// Ready lines for the usual clients, for one node by URL.
import type { FastifyRequest } from 'fastify'
import { zarrLink } from './links.js'

export interface Snippet {
  readonly client: string
  readonly text: string
}

/** The service as the client addressed it. */
export function baseUrl(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}

export interface SnippetNode {
  readonly base: string
  readonly storeId: string
  readonly path: string
  readonly nodeType: 'array' | 'group'
}

export function snippetsFor({ base, storeId, path, nodeType }: SnippetNode): Snippet[] {
  const url = `${base}${zarrLink(storeId, path)}`
  const inPython = JSON.stringify(url)
  const snippets: Snippet[] = [
    { client: 'zarr-python', text: `import zarr\n\nnode = zarr.open(${inPython}, mode="r")` },
    {
      client: 'zarrita',
      text: `import * as zarr from 'zarrita'\n\nconst node = await zarr.open(new zarr.FetchStore(${inPython}))`,
    },
    { client: 'Neuroglancer', text: `zarr://${url}` },
  ]
  if (nodeType === 'array') return [...snippets, { client: 'curl', text: curl(base, storeId, path) }]
  const xarray = { client: 'xarray', text: `import xarray\n\ndataset = xarray.open_zarr(${inPython})` }
  return [snippets[0], xarray, ...snippets.slice(1)]
}

function curl(base: string, storeId: string, path: string): string {
  const url = `${base}/v1/stores/${encodeURIComponent(storeId)}/slice`
  return `curl -G '${url}' --data-urlencode 'path=/${path.replaceAll("'", "'\\''")}' -d format=npy -o array.npy`
}
