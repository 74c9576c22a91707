// How an archive gets its store id from its place below its data root. Pure: the ids of a set of archives
// depend on that set alone, so every process and every restart gives the same ones.
import { createHash } from 'node:crypto'
import { MAX_STORE_ID_LENGTH, type StoreId } from '../store/keys.js'
import type { StoreLocation } from './stores.js'

/** Hex digits of the suffix that tells apart two archives of one id; more only if that is not enough. */
const SUFFIX_LENGTH = 8

/** File name endings taken for archives, in lower case. */
export const ARCHIVE_EXTENSIONS: readonly string[] = ['.zip', '.ozx']

export function isArchiveName(name: string): boolean {
  const lower = name.toLowerCase()
  return ARCHIVE_EXTENSIONS.some(extension => lower.endsWith(extension))
}

/** One text per archive: root names hold no slash, so no two locations share it. */
export function locationKey(location: StoreLocation): string {
  return `${location.root}/${location.path}`
}

/**
 * The id an archive has when no other claims it: its path without `.zip`/`.ozx` and then `.zarr`, `/` as `~`,
 * every other character outside `[A-Za-z0-9._~-]` as `_`. `2024/era5.zarr.zip` is `2024~era5`.
 */
export function storeIdOf(location: StoreLocation): StoreId {
  const bare = location.path.replace(/\.(zip|ozx)$/i, '').replace(/\.zarr$/i, '')
  const id = bare.replaceAll('/', '~').replace(/[^A-Za-z0-9._~-]/gu, '_')
  if (id.length > MAX_STORE_ID_LENGTH) return withSuffix(id, location, SUFFIX_LENGTH)
  // '', '.' and '..' would vanish from a URL.
  return (/^\.{0,2}$/.test(id) ? id.padStart(1, '.').replaceAll('.', '_') : id) as StoreId
}

/**
 * The ids of a set of archives, by `locationKey`. Archives whose ids would be the same all get a suffix, made
 * from where they lie.
 * @param reserved ids that none of them may have
 */
export function assignStoreIds(
  locations: Iterable<StoreLocation>,
  reserved: ReadonlySet<string> = new Set(),
): Map<string, StoreId> {
  const claims = new Map<StoreId, StoreLocation[]>()
  for (const location of locations) {
    const id = storeIdOf(location)
    claims.set(id, [...(claims.get(id) ?? []), location])
  }
  const ids = new Map<string, StoreId>()
  for (const [id, claimants] of claims) {
    const isFree = claimants.length === 1 && !reserved.has(id)
    for (const location of claimants) {
      ids.set(locationKey(location), isFree ? id : freeSuffix(id, location, [claims, reserved]))
    }
  }
  return ids
}

interface Taken {
  has(id: StoreId): boolean
}

/** A suffixed id that is nobody's plain id, however somebody named a file. */
function freeSuffix(id: StoreId, location: StoreLocation, taken: readonly Taken[]): StoreId {
  for (let length = SUFFIX_LENGTH; ; length += SUFFIX_LENGTH) {
    const suffixed = withSuffix(id, location, length)
    if (!taken.some(ids => ids.has(suffixed))) return suffixed
  }
}

function withSuffix(id: string, location: StoreLocation, length: number): StoreId {
  const hash = createHash('sha256').update(locationKey(location)).digest('hex').slice(0, length)
  return `${id.slice(0, MAX_STORE_ID_LENGTH - length - 1)}-${hash}` as StoreId
}
