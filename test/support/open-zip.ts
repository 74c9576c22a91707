// An open ZipStore over the bytes of an archive, all in memory.
import { buildArchiveIndex } from '../../src/store/archive-index.js'
import type { StoreId } from '../../src/store/keys.js'
import { ZipStore } from '../../src/store/zip-store.js'
import { ZipIndex } from '../../src/zip/index/zip-index.js'
import { MemoryBytes } from './memory-bytes.js'

export interface OpenedZip {
  store: ZipStore
  source: MemoryBytes
}

export async function openZip(bytes: Buffer, rootPrefix = ''): Promise<OpenedZip> {
  const source = new MemoryBytes(bytes)
  const { index } = await buildArchiveIndex(source)
  const store = await ZipStore.open({
    id: 'test' as StoreId,
    source,
    index: ZipIndex.fromBuffer(index),
    rootPrefix,
  })
  return { store, source }
}

/** Every key of the store, in byte order. */
export async function allKeys(store: ZipStore): Promise<string[]> {
  const keys: string[] = []
  const walk = async (path: string): Promise<void> => {
    keys.push(...store.listKeys(path as never))
    for (const { name } of await store.listDirectories(path as never))
      await walk(path === '' ? name : `${path}/${name}`)
  }
  await walk('')
  return keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
