// One look at all data roots: which archives are there, and of which nothing can be said.
import { join } from 'node:path'
import type { DataRoot } from '../discovery/data-roots.js'
import { type Discovery, discover, type FoundArchive, look } from '../discovery/discovery.js'
import { locationKey } from '../discovery/store-id.js'
import { archivePathOf, describeUnpacked, type Unpacked } from '../discovery/unpacked.js'
import type { StoreLocation } from '../stores.js'
import type { Observation } from './tracked-archive.js'

export interface ScanProblem {
  readonly root: string
  readonly path: string
  readonly reason: string
}

export class ScanResult {
  /** What the scans of the roots found, by location key. */
  readonly found = new Map<string, FoundArchive>()
  /** What was looked at by name because no scan finds it, by location key. */
  readonly looked = new Map<string, FoundArchive>()
  readonly skipped: ScanProblem[] = []
  readonly unreadable: ScanProblem[] = []
  /** Absolute paths. */
  readonly unpacked: Unpacked[] = []

  add(root: DataRoot, discovery: Discovery): void {
    for (const archive of discovery.archives) this.found.set(locationKey(archive.location), archive)
    this.skipped.push(...discovery.skipped.map(place => ({ root: root.name, ...place })))
    const packed = new Set(discovery.archives.map(({ location }) => location.path))
    for (const unpacked of discovery.unpacked) {
      // Whose archive lies beside it has been packed already.
      if (unpacked.path !== '' && packed.has(archivePathOf(unpacked))) continue
      this.unpacked.push({ ...unpacked, path: join(root.path, unpacked.path) })
      const reason = `it is ${describeUnpacked(unpacked)}: only ZIP archives are served`
      this.skipped.push({ root: root.name, path: unpacked.path, reason })
    }
    this.unreadable.push(...discovery.unreadable.map(place => ({ root: root.name, ...place })))
  }

  /** Not seeing a file is a proof of its absence only where everything could be read. */
  observationOf(location: StoreLocation): Observation {
    const key = locationKey(location)
    const found = this.found.get(key) ?? this.looked.get(key)
    if (found !== undefined) return found
    return this.unreadable.some(place => covers(place, location)) ? 'unknown' : 'absent'
  }
}

/**
 * @param extra archives that are served whatever their names: looked at one by one where no scan finds them
 */
export async function findArchives(
  roots: readonly DataRoot[],
  extra: readonly StoreLocation[],
): Promise<ScanResult> {
  const result = new ScanResult()
  await Promise.all(roots.map(async root => result.add(root, await discover(root))))
  for (const location of extra) {
    const root = roots.find(root => root.name === location.root)
    if (root === undefined || result.found.has(locationKey(location))) continue
    await lookAt(root, location, result)
  }
  return result
}

async function lookAt(root: DataRoot, location: StoreLocation, result: ScanResult): Promise<void> {
  try {
    const found = await look(root, location.path)
    if (found !== undefined) result.looked.set(locationKey(location), found)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return
    result.unreadable.push({ root: root.name, path: location.path, reason: code ?? 'unknown' })
  }
}

function covers(place: ScanProblem, location: StoreLocation): boolean {
  if (place.root !== location.root) return false
  return place.path === '' || place.path === location.path || location.path.startsWith(`${place.path}/`)
}
