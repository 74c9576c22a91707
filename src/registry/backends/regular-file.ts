// Small files of the state folder: read without ever waiting for a FIFO or following a link, and written so that
// after a crash or a power failure the old text is there or the new one, never a part of either.
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW

export interface ReadText {
  readonly text: string
  /** Tells one writing of the file from another. */
  readonly version: string
}

/** Undefined when there is no such file. @throws the system's error; an error when it is no regular file */
export async function readText(path: string): Promise<ReadText | undefined> {
  const file = await open(path, READ_FLAGS).catch(ignoreMissing)
  if (file === undefined) return undefined
  try {
    const { ino, mtimeNs, size, ...stats } = await file.stat({ bigint: true })
    if ((Number(stats.mode) & constants.S_IFMT) !== constants.S_IFREG)
      throw Object.assign(new Error('not a regular file'), { code: 'ENOTREG' })
    return { text: await file.readFile('utf8'), version: `${ino} ${mtimeNs} ${size}` }
  } finally {
    await file.close()
  }
}

/** Resolved when the new text would survive a power failure. @throws the system's error; the old text is kept then */
export async function writeTextDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  // The name itself is on the disk only when its folder is.
  const folder = await open(dirname(path), constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
