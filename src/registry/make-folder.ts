// Makes a folder and those above it. Node's own `mkdir(…, { recursive: true })` never ends where a parent exists
// and yet nothing can be made in it (/proc/x): it takes the ENOENT for a missing parent again and again.
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** For this user alone, as far as it makes them. @throws the system's error, ENOTDIR where a file is in the way */
export async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return
  const parent = dirname(path)
  if (parent !== path) await makeFolder(parent)
  await mkdir(path, { mode: 0o700 }).catch(async error => {
    // Another process was quicker.
    if (error.code !== 'EEXIST' || !(await isFolder(path))) throw error
  })
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
