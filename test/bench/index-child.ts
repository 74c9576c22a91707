// One measurement in a process of its own: `index-child.js build ARCHIVE CACHE` indexes and prints the seconds
// since the process began; `index-child.js open ARCHIVE INDEX` reopens the store, reads one value and prints
// milliseconds and bytes taken.
import { performance } from 'node:perf_hooks'
import { FileBytes } from '../../src/bytes/file-bytes.js'
import { buildArchiveIndex, rootPrefixOf } from '../../src/store/archive-index.js'
import type { StoreId, StoreKey } from '../../src/store/keys.js'
import { ZipStore } from '../../src/store/zip-store.js'
import { writeIndexFile } from '../../src/zip/index/index-file.js'
import { ZipIndex } from '../../src/zip/index/zip-index.js'

async function build(archive: string, cacheDir: string): Promise<object> {
  const source = await FileBytes.open(archive)
  const file = await writeIndexFile(cacheDir, await buildArchiveIndex(source))
  const seconds = performance.now() / 1000
  await source.close()
  return { seconds, name: file.name }
}

function bytesInUse(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function open(archive: string, indexPath: string): Promise<object> {
  const before = bytesInUse()
  const start = performance.now()
  const source = await FileBytes.open(archive)
  const index = await ZipIndex.open(indexPath, { identity: source.identity, check: 'header' })
  const store = await ZipStore.open({
    id: 'million' as StoreId,
    source,
    index,
    rootPrefix: rootPrefixOf(index),
  })
  const value = await store.get('c/12/34/56' as StoreKey)
  const ms = performance.now() - start
  if (value?.byteLength !== 32) throw new Error('the value of c/12/34/56 is not there')
  const bytes = bytesInUse() - before
  await store.close()
  return { ms, bytes }
}

const [mode = '', archive = '', place = ''] = process.argv.slice(2)
process.stdout.write(
  JSON.stringify(mode === 'build' ? await build(archive, place) : await open(archive, place)),
)
