// How an archive gets its store id from its place below its data root. Pure: the ids of archives that come
// together depend on their places alone, those that come later never change the ids of others.
import { createHash } from 'node:crypto'
import { cutText, idText, MAX_STORE_ID_LENGTH, type StoreId } from '../../store/keys.js'
import type { StoreLocation } from '../stores.js'

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
 * The id an archive has when no other has it: its path without `.zip`/`.ozx` and then `.zarr`, `/` as `~`, every
 * character that an id does not hold as `_`. `2024/era5.zarr.zip` is `2024~era5`.
 */
export function storeIdOf(location: StoreLocation): StoreId {
  const bare = location.path.replace(/\.(zip|ozx)$/i, '').replace(/\.zarr$/i, '')
  const id = idText(bare.replaceAll('/', '~'))
  if (id.length > MAX_STORE_ID_LENGTH) return withSuffix(id, location, SUFFIX_LENGTH)
  // '', '.' and '..' would vanish from a URL.
  return (/^\.{0,2}$/.test(id) ? id.padStart(1, '.').replaceAll('.', '_') : id) as StoreId
}

export interface KnownIds {
  /** Ids that other archives have. */
  readonly taken: ReadonlySet<string>
  /** Keys of locations that had their plain id before, whatever their places. */
  readonly keepers: ReadonlySet<string>
}

const NONE_KNOWN: KnownIds = { taken: new Set(), keepers: new Set() }

/**
 * The ids of archives that come together, by `locationKey`. Of several with one id the one with the shortest path
 * has it (of equally long ones the first), the others get a suffix made from where they lie.
 */
export function assignStoreIds(
  locations: Iterable<StoreLocation>,
  { taken, keepers }: KnownIds = NONE_KNOWN,
): Map<string, StoreId> {
  const rank = (location: StoreLocation) => (keepers.has(locationKey(location)) ? 0 : 1)
  const inOrder = [...locations].sort((a, b) => rank(a) - rank(b) || byPlace(a, b))
  const ids = new Map<string, StoreId>()
  const given = new Set<string>(taken)
  const give = (location: StoreLocation, id: StoreId) => {
    ids.set(locationKey(location), id)
    given.add(id)
  }
  const others: StoreLocation[] = []
  for (const location of inOrder) {
    const id = storeIdOf(location)
    if (given.has(id)) others.push(location)
    else give(location, id)
  }
  // After all plain ids: a suffixed one is nobody's plain id, however somebody named a file.
  for (const location of others) give(location, freeSuffix(storeIdOf(location), location, given))
  return ids
}

function byPlace(a: StoreLocation, b: StoreLocation): number {
  if (a.path.length !== b.path.length) return a.path.length - b.path.length
  if (a.path !== b.path) return a.path < b.path ? -1 : 1
  return a.root < b.root ? -1 : 1
}

function freeSuffix(id: StoreId, location: StoreLocation, taken: ReadonlySet<string>): StoreId {
  for (let length = SUFFIX_LENGTH; ; length += SUFFIX_LENGTH) {
    const suffixed = withSuffix(id, location, length)
    if (!taken.has(suffixed)) return suffixed
  }
}

function withSuffix(id: string, location: StoreLocation, length: number): StoreId {
  const hash = createHash('sha256').update(locationKey(location)).digest('hex').slice(0, length)
  return `${cutText(id, MAX_STORE_ID_LENGTH - length - 1)}-${hash}` as StoreId
}
