// What `zipzarr inspect` finds out: the archive's ZIP facts and every node of its store, as plain data.
import { basename } from 'node:path'
import { FileBytes } from '../bytes/file-bytes.js'
import { isZipzarrError } from '../errors.js'
import { storeIdOf } from '../registry/discovery/store-id.js'
import { type ArchiveContents, contentsOf } from '../store/archive-contents.js'
import { buildArchiveIndex, rootPrefixOf, zarrFormatAt } from '../store/archive-index.js'
import type { NodePath } from '../store/keys.js'
import { ZipStore } from '../store/zip-store.js'
import { describeNode } from '../zarr/hierarchy/describe.js'
import { listNodes, openNode } from '../zarr/hierarchy/hierarchy.js'
import type { JsonObject } from '../zarr/json/json.js'
import type { NodeMetadata } from '../zarr/metadata/metadata.js'
import type { IndexFacts } from '../zip/index/index-facts.js'
import { ZipIndex } from '../zip/index/zip-index.js'

/** The facts of the ZIP file that a person may want to know. */
const ZIP_FACTS = [
  'entryCount',
  'keyCount',
  'storedCount',
  'deflatedCount',
  'otherMethodCount',
  'duplicateCount',
  'folderEntryCount',
  'litterCount',
  'invalidNameCount',
  'overlapCount',
  'hasZip64',
  'prependedByteLength',
  'trailingByteLength',
  'commentByteLength',
] as const satisfies readonly (keyof IndexFacts)[]

export type ZipFacts = Pick<IndexFacts, (typeof ZIP_FACTS)[number]>

export interface StoreInspection {
  readonly id: string
  readonly rootPrefix: string
  readonly zarrFormat: 2 | 3 | null
  /** Says why when nothing Zarr is found. */
  readonly contents: ArchiveContents
  /** As getMetadata describes them; a node that cannot be described has `path` and `error`. */
  readonly nodes: readonly JsonObject[]
}

export interface Inspection {
  readonly file: string
  readonly byteLength: number
  readonly zip: ZipFacts
  /** One archive is one store. */
  readonly stores: readonly StoreInspection[]
}

/** @throws ZipzarrError what is wrong with the file */
export async function inspectArchive(path: string): Promise<Inspection> {
  const source = await FileBytes.open(path)
  try {
    const index = ZipIndex.fromBuffer((await buildArchiveIndex(source)).index)
    const rootPrefix = rootPrefixOf(index)
    const file = basename(path)
    const id = storeIdOf({ root: '', path: file })
    const zarrFormat = zarrFormatAt(index, rootPrefix)
    const store = await ZipStore.open({ id, source, index, rootPrefix })
    const nodes = await describeNodes(store)
    const contents = contentsOf(index, { source, rootPrefix })
    const zip = Object.fromEntries(ZIP_FACTS.map(name => [name, store.facts[name]])) as unknown as ZipFacts
    return { file, byteLength: source.size, zip, stores: [{ id, rootPrefix, zarrFormat, contents, nodes }] }
  } finally {
    await source.close()
  }
}

/** The root and everything below it. An archive without a node has none; one that is damaged is told per node. */
async function describeNodes(store: ZipStore): Promise<JsonObject[]> {
  const root = '' as NodePath
  const described: JsonObject[] = []
  try {
    described.push(await describe(store, await openNode(store, root)))
    for (const node of (await listNodes(store)).nodes) {
      described.push(
        'metadata' in node ? await describe(store, node.metadata) : failure(node.path, node.error),
      )
    }
  } catch (error) {
    if (!isZipzarrError(error)) throw error
    if (error.code !== 'NODE_NOT_FOUND' || described.length > 0) described.push(failure(root, error))
  }
  return described
}

async function describe(store: ZipStore, node: NodeMetadata): Promise<JsonObject> {
  try {
    return await describeNode(store, node)
  } catch (error) {
    return failure(node.path, error)
  }
}

function failure(path: NodePath, error: unknown): JsonObject {
  if (!isZipzarrError(error)) throw error
  return { path: `/${path}`, error: { code: error.code, message: error.message } }
}
