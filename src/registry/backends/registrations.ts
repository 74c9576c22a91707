// What clients registered and removed. This is state, not cache: it lies in a folder of its own, an acknowledged
// request is on the disk, and what cannot be stored is refused. The file belongs to one set of data roots; other
// services, also such with the same roots, may share the folder.
import { createHash } from 'node:crypto'
import { realpath, rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { isZipzarrError, ZipzarrError } from '../../errors.js'
import { keyProblem, storeIdProblem } from '../../store/keys.js'
import type { DataRoot } from '../discovery/data-roots.js'
import { locationKey } from '../discovery/store-id.js'
import { requireTrusted } from '../indexing/cache-dir.js'
import { makeFolder } from '../make-folder.js'
import type { RegistryLog } from '../registry-log.js'
import type { StoreLocation } from '../stores.js'
import { readText, writeTextDurably } from './regular-file.js'
import { withLock } from './state-lock.js'

const LOCATION = Type.Object({ root: Type.String(), path: Type.String() }, { additionalProperties: false })
const REGISTRATIONS = Type.Object(
  {
    version: Type.Literal(1),
    registered: Type.Array(
      Type.Object(
        {
          /** The id given by the request; absent: that of its place. */
          id: Type.Optional(Type.String()),
          location: LOCATION,
          rootPrefix: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
    removed: Type.Array(LOCATION),
    /** Archives that had an id before others came that would have it by their places, and keep it. */
    idKeepers: Type.Optional(Type.Array(LOCATION)),
  },
  { additionalProperties: false },
)
const registrations = Compile(REGISTRATIONS)

export type Registrations = Static<typeof REGISTRATIONS>
export type SavedRegistration = Registrations['registered'][number]

const NONE: Registrations = { version: 1, registered: [], removed: [] }

export interface RegistrationFileOptions {
  /** Undefined: nothing can be registered. Made when it is first needed. */
  readonly folder: string | undefined
  /** Where earlier versions kept the file: taken over once. */
  readonly formerFolder?: string | undefined
  readonly roots: readonly DataRoot[]
  readonly log?: RegistryLog | undefined
}

export class RegistrationFile {
  readonly #options: RegistrationFileOptions
  readonly #name: string
  /** The writing of the file that this process knows. */
  #version: string | undefined
  #updating: Promise<void> = Promise.resolve()

  constructor(options: RegistrationFileOptions) {
    const places = options.roots.map(root => [root.name, root.path, [...(root.only ?? [])].sort()])
    const hash = createHash('sha256').update(JSON.stringify(places)).digest('hex').slice(0, 16)
    this.#options = options
    this.#name = `registrations-${hash}.json`
  }

  /** What is registered at the start. Nothing, with a warning, when the file cannot be read. */
  async read(): Promise<Registrations> {
    const { folder, log } = this.#options
    if (folder === undefined) return NONE
    try {
      const found = await this.#load(join(folder, this.#name))
      if (found === undefined) return await this.#takeOver()
      if (found !== 'damaged') return found
      // Kept aside by that.
      await this.update(NONE, saved => saved)
    } catch (error) {
      log?.warn({ stateDir: folder, err: error }, 'registrations cannot be read')
    }
    return NONE
  }

  /** What is registered, when another process has written it since this one last looked. */
  async readIfChanged(): Promise<Registrations | undefined> {
    const { folder, log } = this.#options
    if (folder === undefined) return undefined
    const known = this.#version
    try {
      const found = await this.#load(join(folder, this.#name))
      return this.#version === known || found === 'damaged' ? undefined : found
    } catch (error) {
      log?.warn({ stateDir: folder, err: error }, 'registrations cannot be read')
      return undefined
    }
  }

  /**
   * Applies a change to what is registered by then, whoever did; resolved when it is on the disk.
   * @param known what this process knows, should the file be gone
   * @throws ZipzarrError STATE_UNAVAILABLE, or what `change` throws; nothing has changed then
   */
  update(known: Registrations, change: (saved: Registrations) => Registrations): Promise<void> {
    const updated = this.#updating.then(() => this.#update(known, change))
    this.#updating = updated.catch(() => undefined)
    return updated
  }

  async #update(known: Registrations, change: (saved: Registrations) => Registrations): Promise<void> {
    const { folder } = this.#options
    if (folder === undefined)
      throw new ZipzarrError('STATE_UNAVAILABLE', 'this service has no folder for registrations')
    try {
      await makeFolder(resolve(folder))
      await requireTrusted(await realpath(folder))
      const path = join(folder, this.#name)
      await withLock(`${path}.lock`, async lock => {
        const found = await this.#load(path)
        if (found === 'damaged') await this.#keepAside(path)
        const saved = found === undefined || found === 'damaged' ? known : found
        const text = JSON.stringify(change(saved))
        await lock.requireHeld()
        await writeTextDurably(path, text)
        this.#version = (await readText(path))?.version
      })
    } catch (error) {
      if (isZipzarrError(error)) throw error
      const { code = 'unknown reason' } = error as NodeJS.ErrnoException
      throw new ZipzarrError('STATE_UNAVAILABLE', `registrations cannot be stored (${code})`, {
        cause: error,
      })
    }
  }

  async #load(path: string): Promise<Registrations | 'damaged' | undefined> {
    const found = await readText(path)
    this.#version = found?.version
    return found && (parse(found.text) ?? 'damaged')
  }

  /** Under the lock: nobody may have put a good one in its place. */
  async #keepAside(path: string): Promise<void> {
    const aside = `${path}.damaged-${Date.now()}`
    await rename(path, aside)
    const facts = { file: basename(aside) }
    this.#options.log?.warn(facts, 'the file of registrations is damaged: it is kept aside under this name')
  }

  /** What an earlier version kept in the cache folder. */
  async #takeOver(): Promise<Registrations> {
    const { formerFolder, log } = this.#options
    if (formerFolder === undefined) return NONE
    const former = join(formerFolder, this.#name)
    const found = await readText(former)
    const parsed = found && parse(found.text)
    if (parsed === undefined) return NONE
    try {
      await this.update(parsed, saved => saved)
      await rm(former)
    } catch (error) {
      log?.warn({ err: error }, 'registrations in the cache folder could not be moved to the state folder')
    }
    return parsed
  }
}

/** With archives that keep their ids at the next start as well. */
export function withIdKeepers(saved: Registrations, keepers: readonly StoreLocation[]): Registrations {
  const byKey = new Map([...(saved.idKeepers ?? []), ...keepers].map(each => [locationKey(each), each]))
  return { ...saved, idKeepers: [...byKey.values()] }
}

function parse(text: string): Registrations | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return registrations.Check(value) && value.registered.every(isUsable) ? value : undefined
  } catch {
    // Not JSON: cut off, or somebody else's.
    return undefined
  }
}

function isUsable({ id, location, rootPrefix }: SavedRegistration): boolean {
  const isPrefix = rootPrefix === undefined || rootPrefix === '' || keyProblem(rootPrefix) === undefined
  return (
    isPrefix &&
    keyProblem(location.path) === undefined &&
    (id === undefined || storeIdProblem(id) === undefined)
  )
}
