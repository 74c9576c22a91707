// What the stores of the running service are, asked of its own API: what an archive says is read by workers, never
// by the primary.
import type { ApiKey } from '../config.js'
import {
  type DescribedChild,
  type DescribedNode,
  kindOf,
  type NodeKind,
} from '../zarr/hierarchy/node-kind.js'

/** The start is announced without what is not known by then. */
const PATIENCE_MS = 2000
/** The most children that one answer lists. */
const MAX_CHILDREN = 1000

export interface AskedService {
  readonly origin: string
  readonly apiKeys: readonly ApiKey[]
}

/** The kind of each store's root; `unknown` of those that do not answer in time. */
export async function kindsOf(
  service: AskedService,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NodeKind>> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const kinds = ids.map(async id => {
    const store = `${service.origin}/v1/stores/${encodeURIComponent(id)}`
    const [node, list] = await Promise.all([
      ask<DescribedNode>(`${store}/metadata`, service, signal),
      ask<{ nodes: DescribedChild[] }>(`${store}/nodes?depth=1&limit=${MAX_CHILDREN}`, service, signal),
    ])
    return [id, node === undefined || list === undefined ? 'unknown' : kindOf(node, list.nodes)] as const
  })
  return new Map(await Promise.all(kinds))
}

/** Undefined when there is no answer, or another one: the line for any node is then printed. */
async function ask<T>(url: string, { apiKeys }: AskedService, signal: AbortSignal): Promise<T | undefined> {
  const [known] = apiKeys
  const headers: Record<string, string> = known === undefined ? {} : { authorization: `Bearer ${known.key}` }
  try {
    const answer = await fetch(url, { headers, signal })
    return answer.ok ? ((await answer.json()) as T) : undefined
  } catch {
    return undefined
  }
}
