// A folder of its own for one test, gone when the test is over.
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function tempDir(t: { teardown(remove: () => unknown): void }): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'zipzarr-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}
