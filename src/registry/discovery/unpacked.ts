// Data that lies beside the archives in a form that is not served: Zarr stores as folders, and tar files. How it
// is recognised by name, and the command that makes an archive of it. Pure.
import { basename, dirname, join } from 'node:path'

export interface Unpacked {
  readonly kind: 'folder' | 'tar'
  /** Absolute, or below a data root. */
  readonly path: string
}

/** A document of which one lies at the root of every Zarr store. */
const ROOT_DOCUMENTS = ['zarr.json', '.zgroup', '.zarray', '.zmetadata']
const TAR_NAME = /\.(?:tar(?:\.(?:gz|bz2|xz|zst|lz|lz4|lzma|Z))?|tgz|tbz2?|txz|tzst)$/i

export function isStoreFolder(names: ReadonlySet<string>): boolean {
  return ROOT_DOCUMENTS.some(name => names.has(name))
}

export function isTarName(name: string): boolean {
  return TAR_NAME.test(name)
}

/** Where the archive of it goes: beside it, under its own name. */
export function archivePathOf({ kind, path }: Unpacked): string {
  const name = basename(path)
  const stem = kind === 'tar' ? name.replace(TAR_NAME, '') : name
  return join(dirname(path), /\.zarr$/i.test(stem) ? `${stem}.zip` : `${stem}.zarr.zip`)
}

/** What is found there, in a few words. */
export function describeUnpacked({ kind }: Unpacked): string {
  return kind === 'tar' ? 'a tar file' : 'a Zarr store in a folder'
}

/**
 * Commands for a POSIX shell that make a ZIP archive of it, with Info-ZIP and with Python; none for a name that
 * cannot be shown as it is.
 */
export function packCommands(unpacked: Unpacked): string[] {
  const { kind, path } = unpacked
  if (/\p{C}/u.test(path)) return []
  const archive = quote(archivePathOf(unpacked))
  // Stored, not deflated: chunks are compressed already, and parts of stored values can be read alone.
  const packers = [`zip -0 -r -q ${archive} .`, `python3 -m zipfile -c ${archive} .`]
  if (kind === 'folder') return packers.map(packer => `cd ${quote(path)} && ${packer}`)
  return packers.map(
    packer => `T=$(mktemp -d) && tar -xf ${quote(path)} -C "$T" && (cd "$T" && ${packer}) && rm -r "$T"`,
  )
}

function quote(text: string): string {
  return /^[\w./~+,:@%=-]+$/.test(text) && !text.startsWith('~') ? text : `'${text.replaceAll("'", "'\\''")}'`
}
