// What `zipzarr serve` tells the person who started it: where the service is, and a ready line per store and
// client. Pure text.
import { snippetsFor } from '../pages/snippets.js'
import { describeUnpacked, packCommands, type Unpacked } from '../registry/discovery/unpacked.js'
import type { StoreRecord } from '../registry/stores.js'
import type { NodeKind } from '../zarr/hierarchy/node-kind.js'

/** More stores than this and the list says how many more there are. */
const MAX_STORES_SHOWN = 8
const MAX_TROUBLES_SHOWN = 8
const MAX_UNPACKED_SHOWN = 3

/** Clients that are told of at the start; the store's page has all. */
const ANNOUNCED = ['zarr-python', 'xarray', 'anndata', 'ome-zarr', 'Neuroglancer']

/** A line for each client that opens what the store is. */
export function describeStore(origin: string, id: string, kind: NodeKind): string[] {
  const snippets = snippetsFor({ base: origin, storeId: id, path: '', kind })
  const announced = snippets.filter(({ client }) => ANNOUNCED.includes(client))
  return [`  ${id}`, ...announced.map(({ client, line }) => `    ${client.padEnd(13)} ${line}`)]
}

/** The stores that the text shows, in the order of their ids. */
export function shownStores(stores: readonly StoreRecord[]): StoreRecord[] {
  return usableStores(stores).slice(0, MAX_STORES_SHOWN)
}

function usableStores(stores: readonly StoreRecord[]): StoreRecord[] {
  return stores.filter(({ state, contents }) => state === 'ready' && !contents?.emptyReason)
}

export interface Served {
  readonly origin: string
  readonly stores: readonly StoreRecord[]
  /** What the stores that are shown are, by id. */
  readonly kinds: ReadonlyMap<string, NodeKind>
  /** Data found beside the archives that is not served as it is. */
  readonly unpacked: readonly Unpacked[]
  /** No path was given: the bundled sample is served. */
  readonly isSample: boolean
}

/** The whole text, ending without a line break. */
export function describeService({ origin, stores, kinds, unpacked, isSample }: Served): string {
  const ready = stores.filter(({ state }) => state === 'ready')
  const shown = shownStores(stores)
  const hidden = usableStores(stores).length - shown.length
  const lines = [`zipzarr serves ${countOf(ready.length, 'store')} at ${origin}/`, `API: ${origin}/docs`]
  if (isSample)
    lines.push('This is the bundled sample, as no path was given: zipzarr PATH serves your archives')
  lines.push(...shown.flatMap(({ id }) => describeStore(origin, id, kinds.get(id) ?? 'unknown')))
  if (hidden > 0) lines.push(moreStores(hidden, origin))
  const indexing = stores.filter(({ state }) => state === 'indexing').length
  if (indexing > 0) lines.push(`  ${countOf(indexing, 'archive')} still being indexed`)
  lines.push(...describeTroubles(stores, origin), ...describeUnserved(unpacked))
  if (stores.length === 0 && unpacked.length === 0)
    lines.push('  no archive was found: files that end in .zip or .ozx are served, as soon as there are any')
  return lines.map(visible).join('\n')
}

/** Archives that failed, and those that are served and hold nothing that a Zarr client finds. */
function describeTroubles(stores: readonly StoreRecord[], origin: string): string[] {
  const lines = stores.flatMap(({ id, state, error, contents }) => {
    if (state === 'failed') return [`  ${id} is not served: ${error?.message ?? 'unknown reason'}`]
    const reason = state === 'ready' ? contents?.emptyReason : undefined
    return reason ? [`  ${id}: nothing Zarr is found in it: ${reason}`] : []
  })
  const hidden = lines.length - MAX_TROUBLES_SHOWN
  return hidden > 0 ? [...lines.slice(0, MAX_TROUBLES_SHOWN), moreStores(hidden, origin)] : lines
}

function describeUnserved(unpacked: readonly Unpacked[]): string[] {
  const lines = unpacked.slice(0, MAX_UNPACKED_SHOWN).flatMap(found => {
    const [command, other] = packCommands(found)
    const head = `  ${found.path} is ${describeUnpacked(found)} and not served`
    if (command === undefined) return [`${head}: only ZIP archives are`]
    return [`${head}. To make an archive of it:`, `    ${command}`, `  or, without zip:`, `    ${other}`]
  })
  const hidden = unpacked.length - MAX_UNPACKED_SHOWN
  return hidden > 0 ? [...lines, `  and ${hidden} more that are no archives`] : lines
}

function moreStores(count: number, origin: string): string {
  return `  and ${count} more: ${origin}/v1/stores`
}

/** Names of files must not send escape sequences to the terminal. */
function visible(line: string): string {
  return line.replace(/\p{C}/gu, unit => `\\u{${unit.codePointAt(0)?.toString(16)}}`)
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
