// What clients registered and removed, kept beside the index files so that an acknowledged request survives the
// end of the process. The file belongs to one set of data roots; other services may share the folder.
import { createHash, randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { archivePathProblem, keyProblem, storeIdProblem } from '../store/keys.js'
import type { DataRoot } from './data-roots.js'
import type { RegistryLog } from './registry-log.js'

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
  },
  { additionalProperties: false },
)
const registrations = Compile(REGISTRATIONS)

export type Registrations = Static<typeof REGISTRATIONS>

const NONE: Registrations = { version: 1, registered: [], removed: [] }

export class RegistrationFile {
  readonly #folder: string
  readonly #path: string
  readonly #log: RegistryLog | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(folder: string, roots: readonly DataRoot[], log?: RegistryLog) {
    const places = roots.map(root => [root.name, root.path, [...(root.only ?? [])].sort()])
    const hash = createHash('sha256').update(JSON.stringify(places)).digest('hex').slice(0, 16)
    this.#folder = folder
    this.#path = join(folder, `registrations-${hash}.json`)
    this.#log = log
  }

  /** Nothing when there is no file; nothing, with a warning, when it cannot be believed. */
  async read(): Promise<Registrations> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#path, 'utf8'))
      if (registrations.Check(value) && value.registered.every(isUsable)) return value
      this.#log?.warn({}, 'the file of registrations is not valid and is left aside')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.#log?.warn({ err: error }, 'the file of registrations cannot be read and is left aside')
      }
    }
    return NONE
  }

  /** Resolved when it is on the disk; a failure is told, as what is registered is served all the same. */
  write(value: Registrations): Promise<void> {
    this.#writing = this.#writing.then(() =>
      this.#write(value).catch(error =>
        this.#log?.warn({ err: error }, 'registrations will not outlive the service'),
      ),
    )
    return this.#writing
  }

  async #write(value: Registrations): Promise<void> {
    const temporary = join(this.#folder, `.registrations.${process.pid}.${randomBytes(6).toString('hex')}`)
    try {
      const file = await open(temporary, 'wx', 0o600)
      try {
        await file.writeFile(JSON.stringify(value))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, this.#path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
}

function isUsable({ id, location, rootPrefix }: Registrations['registered'][number]): boolean {
  const isPrefix = rootPrefix === undefined || rootPrefix === '' || keyProblem(rootPrefix) === undefined
  return (
    isPrefix &&
    archivePathProblem(location.path) === undefined &&
    (id === undefined || storeIdProblem(id) === undefined)
  )
}
