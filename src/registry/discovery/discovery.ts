// Finds the archives below a data root. Looks at names and file facts only, never into a file, and never out
// of the root: what a symbolic link leads to must lie below the root as well.
import type { BigIntStats, Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { identityOf } from '../../bytes/file-bytes.js'
import type { ByteIdentity } from '../../bytes/random-access.js'
import { archivePathProblem } from '../../store/keys.js'
import type { StoreLocation } from '../stores.js'
import { type DataRoot, isBelow } from './data-roots.js'
import { isArchiveName } from './store-id.js'
import { isStoreFolder, isTarName, type Unpacked } from './unpacked.js'

/** Deepest folder looked into, and most folders per scan: a tree of links cannot make a scan endless. */
const MAX_DEPTH = 32
const MAX_FOLDERS = 100_000
/** As many are told of; who has more of them has understood. */
const MAX_UNPACKED = 100

export interface FoundArchive {
  readonly location: StoreLocation
  readonly identity: ByteIdentity
  /** How long ago it was last written, by the wall clock; negative when the two clocks differ. */
  readonly ageMs: number
}

/** One look at a data root. */
export interface Discovery {
  readonly archives: readonly FoundArchive[]
  /** Places that are left out, by `path` below the root, and why. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
  /**
   * Folders below the root that could not be read ('' is the root itself): what was known of archives below
   * them stays true, since not seeing a file is no proof that it is gone.
   */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
  /** Data that is not served as it is, by `path` below the root ('' is the root itself). */
  readonly unpacked: readonly Unpacked[]
}

interface Folder {
  /** Path below the root, '' for the root. */
  readonly path: string
  /** Real paths from the root to here: a link to one of them is a loop. */
  readonly chain: readonly string[]
  /** It is, or lies in, an unpacked store, which is told of as a whole. */
  isInStore: boolean
}

/** Scans `root`. Never throws for what lies below it: that is in `skipped` and `unreadable`. */
export async function discover(root: DataRoot): Promise<Discovery> {
  const scan = new Scan(root)
  await scan.run()
  return scan
}

/** One archive looked at by its name; undefined when it is no regular file of the root. Throws what `stat` throws. */
export async function look(root: DataRoot, path: string): Promise<FoundArchive | undefined> {
  const target = await realpath(join(root.path, path))
  const found = await stat(target, { bigint: true })
  if (!found.isFile() || !isBelow(root.path, target)) return undefined
  return foundArchive({ root: root.name, path }, found)
}

class Scan implements Discovery {
  readonly archives: FoundArchive[] = []
  readonly skipped: { path: string; reason: string }[] = []
  readonly unreadable: { path: string; reason: string }[] = []
  readonly unpacked: Unpacked[] = []
  readonly #root: DataRoot
  readonly #folders: Folder[] = []
  #folderCount = 0

  constructor(root: DataRoot) {
    this.#root = root
  }

  async run(): Promise<void> {
    this.#enqueue({ path: '', chain: [this.#root.path], isInStore: false })
    for (let folder = this.#folders.pop(); folder !== undefined; folder = this.#folders.pop()) {
      await this.#scanFolder(folder)
    }
  }

  async #scanFolder(folder: Folder): Promise<void> {
    let entries: Dirent[]
    try {
      entries = await readdir(join(this.#root.path, folder.path), { withFileTypes: true })
    } catch (error) {
      if (isUndecodable(error)) this.skipped.push({ path: folder.path, reason: UNDECODABLE })
      else this.unreadable.push({ path: folder.path, reason: reasonOf(error) })
      return
    }
    const isStore = this.#root.only === undefined && isStoreFolder(new Set(entries.map(({ name }) => name)))
    if (isStore && !folder.isInStore) this.#addUnpacked({ kind: 'folder', path: folder.path })
    folder.isInStore ||= isStore
    for (const entry of entries) {
      if (this.#isWanted(folder, entry.name)) await this.#look(folder, entry)
    }
  }

  /** A root of single files knows its names; elsewhere hidden files and folders are skipped. */
  #isWanted(folder: Folder, name: string): boolean {
    const { only } = this.#root
    return only === undefined ? !name.startsWith('.') : folder.path === '' && only.has(name)
  }

  async #look(folder: Folder, entry: Dirent): Promise<void> {
    const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`
    const isArchive = isArchiveName(entry.name)
    if (entry.isFile() && isTarName(entry.name)) this.#addUnpacked({ kind: 'tar', path })
    if (!isArchive && !entry.isDirectory() && !entry.isSymbolicLink()) return
    const problem = archivePathProblem(path)
    if (problem !== undefined) {
      if (isArchive) this.skipped.push({ path, reason: `its name cannot be used: ${problem}` })
      return
    }
    try {
      if (entry.isSymbolicLink()) await this.#follow(folder, path, isArchive)
      else if (entry.isDirectory())
        this.#enqueue({
          path,
          chain: [...folder.chain, join(folder.chain[folder.chain.length - 1], entry.name)],
          isInStore: folder.isInStore,
        })
      else if (entry.isFile()) this.#add(path, await stat(this.#absolute(path), { bigint: true }))
      else this.skipped.push({ path, reason: 'it is not a regular file' })
    } catch (error) {
      this.#addProblem(path, error)
    }
  }

  /** @param path of a symbolic link */
  async #follow(folder: Folder, path: string, isArchive: boolean): Promise<void> {
    const target = await realpath(this.#absolute(path))
    const found = await stat(target, { bigint: true })
    if (folder.chain.includes(target)) return
    if (!isBelow(this.#root.path, target)) {
      if (isArchive || found.isDirectory())
        this.skipped.push({ path, reason: 'it leads out of the data root' })
    } else if (found.isDirectory()) {
      this.#enqueue({ path, chain: [...folder.chain, target], isInStore: folder.isInStore })
    } else if (isArchive) {
      this.#add(path, found)
    }
  }

  #addUnpacked(unpacked: Unpacked): void {
    if (this.unpacked.length < MAX_UNPACKED) this.unpacked.push(unpacked)
  }

  #enqueue(folder: Folder): void {
    if (folder.chain.length > MAX_DEPTH) {
      this.unreadable.push({ path: folder.path, reason: `deeper than ${MAX_DEPTH} folders` })
    } else if (this.#folderCount >= MAX_FOLDERS) {
      this.unreadable.push({ path: folder.path, reason: `more than ${MAX_FOLDERS} folders` })
    } else {
      this.#folderCount++
      this.#folders.push(folder)
    }
  }

  #add(path: string, found: BigIntStats): void {
    if (!found.isFile()) {
      this.skipped.push({ path, reason: 'it is not a regular file' })
      return
    }
    this.archives.push(foundArchive({ root: this.#root.name, path }, found))
  }

  /** Gone between listing and looking is simply gone; any other failure is no proof of absence. */
  #addProblem(path: string, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException
    if (isUndecodable(error)) this.skipped.push({ path, reason: UNDECODABLE })
    if (code === 'ENOENT') return
    if (code === 'ELOOP') this.skipped.push({ path, reason: 'its symbolic links go round in a circle' })
    else this.unreadable.push({ path, reason: reasonOf(error) })
  }

  #absolute(path: string): string {
    return join(this.#root.path, path)
  }
}

function foundArchive(location: StoreLocation, found: BigIntStats): FoundArchive {
  return {
    location,
    identity: identityOf(found),
    ageMs: Date.now() - Number(found.mtimeMs),
  }
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown'
}

const UNDECODABLE = 'its name, or that of what it leads to, is not UTF-8'

/** Bytes that are not UTF-8 come as U+FFFD from the system's lists, and nothing of that name is there. */
function isUndecodable(error: unknown): boolean {
  const { code, path } = error as NodeJS.ErrnoException
  return code === 'ENOENT' && path?.includes('\ufffd') === true
}
