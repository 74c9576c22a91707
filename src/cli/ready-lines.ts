// What `zipzarr serve` tells the person who started it: where the service is, and a ready line per store and
// client. Pure text.
import type { StoreRecord } from '../registry/stores.js'
import { describeUnpacked, packCommands, type Unpacked } from '../registry/unpacked.js'

/** More stores than this and the list says how many more there are. */
const MAX_STORES_SHOWN = 8
const MAX_TROUBLES_SHOWN = 8
const MAX_UNPACKED_SHOWN = 3

/** Lines for zarr-python, xarray and Neuroglancer. */
export function describeStore(origin: string, id: string): string[] {
  const url = `${origin}/zarr/${encodeURIComponent(id)}/`
  return [
    `  ${id}`,
    `    zarr-python   zarr.open("${url}", mode="r")`,
    `    xarray        xarray.open_zarr("${url}")`,
    `    Neuroglancer  zarr://${url}`,
  ]
}

export interface Served {
  readonly origin: string
  readonly stores: readonly StoreRecord[]
  /** Data found beside the archives that is not served as it is. */
  readonly unpacked: readonly Unpacked[]
  /** No path was given: the bundled sample is served. */
  readonly isSample: boolean
}

/** The whole text, ending without a line break. */
export function describeService({ origin, stores, unpacked, isSample }: Served): string {
  const ready = stores.filter(({ state }) => state === 'ready')
  const usable = ready.filter(({ contents }) => !contents?.emptyReason)
  const shown = usable.slice(0, MAX_STORES_SHOWN)
  const lines = [`zipzarr serves ${countOf(ready.length, 'store')} at ${origin}/`, `API: ${origin}/docs`]
  if (isSample)
    lines.push('This is the bundled sample, as no path was given: zipzarr PATH serves your archives')
  lines.push(...shown.flatMap(({ id }) => describeStore(origin, id)))
  if (usable.length > shown.length) lines.push(moreStores(usable.length - shown.length, origin))
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
