// What a worker has found wrong with descriptors it was given, until the owner of the registry gives it others.
import type { StoreId } from '../../store/keys.js'
import type { DescriptorVersion } from './open-store.js'

/** A descriptor that no longer fits its archive, and how long that is believed without looking again. */
interface Outdated {
  readonly version: DescriptorVersion
  readonly untilMs: number
}

export class KnownFaults {
  readonly #believedMs: number
  readonly #outdated = new Map<StoreId, Outdated>()
  /** Descriptors whose index files are damaged. */
  readonly #damaged = new Map<StoreId, DescriptorVersion>()

  /** `believedMs`: how long a store is refused as changed before its archive is looked at again. */
  constructor(believedMs: number) {
    this.#believedMs = believedMs
  }

  ids(): StoreId[] {
    return [...this.#outdated.keys(), ...this.#damaged.keys()]
  }

  isOutdated(id: StoreId, version: DescriptorVersion): boolean {
    const found = this.#outdated.get(id)
    return found !== undefined && isSameVersion(found.version, version) && performance.now() < found.untilMs
  }

  /** False when it is known, and still believed. */
  noteOutdated(id: StoreId, version: DescriptorVersion): boolean {
    if (this.isOutdated(id, version)) return false
    this.#outdated.set(id, { version, untilMs: performance.now() + this.#believedMs })
    return true
  }

  isDamaged(id: StoreId, version: DescriptorVersion): boolean {
    const found = this.#damaged.get(id)
    return found !== undefined && isSameVersion(found, version)
  }

  /** False when it is known. */
  noteDamaged(id: StoreId, version: DescriptorVersion): boolean {
    if (this.isDamaged(id, version)) return false
    this.#damaged.set(id, version)
    return true
  }

  /** Forgets what was found of any other version; undefined: of all. */
  keepOnly(id: StoreId, version: DescriptorVersion | undefined): void {
    const isStale = (found: DescriptorVersion | undefined): boolean =>
      found !== undefined && !(version !== undefined && isSameVersion(found, version))
    if (isStale(this.#outdated.get(id)?.version)) this.#outdated.delete(id)
    if (isStale(this.#damaged.get(id))) this.#damaged.delete(id)
  }
}

/** Revisions of two epochs are not comparable. */
export function isSameVersion(a: DescriptorVersion, b: DescriptorVersion): boolean {
  return a.revision === b.revision && a.epoch === b.epoch
}
