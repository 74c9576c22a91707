// What `zipzarr serve` tells the person who started it: where the service is, and a ready line per store and
// client. Pure text.
import type { StoreRecord } from '../registry/stores.js'

/** More stores than this and the list says how many more there are. */
const MAX_STORES_SHOWN = 20

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

/** The whole text, ending without a line break. */
export function describeService(origin: string, stores: readonly StoreRecord[]): string {
  const ready = stores.filter(({ state }) => state === 'ready')
  const shown = ready.slice(0, MAX_STORES_SHOWN)
  const lines = [`zipzarr serves ${countOf(ready.length, 'store')} at ${origin}/`, `API: ${origin}/docs`]
  lines.push(...shown.flatMap(({ id }) => describeStore(origin, id)))
  if (ready.length > shown.length)
    lines.push(`  and ${ready.length - shown.length} more: ${origin}/v1/stores`)
  const indexing = stores.filter(({ state }) => state === 'indexing').length
  if (indexing > 0) lines.push(`  ${countOf(indexing, 'archive')} still being indexed`)
  for (const { id, state, error } of stores) {
    if (state === 'failed') lines.push(`  ${id} is not served: ${error?.message ?? 'unknown reason'}`)
  }
  return lines.join('\n')
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
