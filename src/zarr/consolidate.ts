// Consolidated metadata, made from the documents of a store that has none: what zarr-python's own
// consolidate_metadata would write. Documents are put in as they are written, so that no digit changes.
import { isZipzarrError } from '../errors.js'
import { joinPath, type NodePath } from '../store/keys.js'
import type { GetOptions, ReadableStore } from '../store/store.js'
import { jsonMembers } from './json.js'
import { type DocumentName, readDocument } from './node-documents.js'

export interface ConsolidateOptions extends GetOptions {
  /** Beyond either there is no consolidated document: clients then read node by node. */
  readonly maxNodes?: number
  readonly maxBytes?: number
}

type Members = Map<string, string>

const DEFAULT_MAX_NODES = 10_000
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024
/** zarr-python marks nested groups so: what they hold is told by the outer document, they need not be listed. */
const EMPTY_CONSOLIDATED = '{"kind":"inline","must_understand":false,"metadata":{}}'
/** Documents in which one cannot be read or is too large leave the store without consolidated metadata. */
const GIVE_UP = new Set(['METADATA_INVALID', 'METADATA_UNSUPPORTED', 'ENTRY_INVALID', 'ENTRY_UNSUPPORTED'])

/**
 * The text of `<path>/.zmetadata`; undefined when the node is no v2 group, a document below it cannot be read,
 * or there would be too much of it. Attributes may hold Python's bare NaN, as in zarr-python's own.
 */
export async function consolidateV2(
  store: ReadableStore,
  path: NodePath,
  options: ConsolidateOptions = {},
): Promise<string | undefined> {
  const documents = store.metadataAt(path)
  if (documents === undefined || documents.has('zarr.json') || !documents.has('.zgroup')) return undefined
  return unlessGivenUp(async () => {
    const collector = new Collector(store, path, options)
    await collector.addV2(path, documents)
    return `{"metadata":${collector.text()},"zarr_consolidated_format":1}`
  })
}

/**
 * The text of `<path>/zarr.json` with consolidated metadata in it: its own where it has some. Undefined when the
 * node is no v3 group, and as for v2.
 */
export async function consolidateV3(
  store: ReadableStore,
  path: NodePath,
  options: ConsolidateOptions = {},
): Promise<string | undefined> {
  if (!store.metadataAt(path)?.has('zarr.json')) return undefined
  return unlessGivenUp(async () => {
    const root = jsonMembers(await readDocument({ store, path }, 'zarr.json', options))
    if (root.get('node_type') !== '"group"') return undefined
    const present = root.get('consolidated_metadata')
    if (present === undefined || present === 'null') {
      const collector = new Collector(store, path, options)
      await collector.addBelow(path, 3)
      const metadata = collector.text()
      root.set('consolidated_metadata', `{"kind":"inline","must_understand":false,"metadata":${metadata}}`)
    }
    return objectText(root)
  })
}

/** Thrown and caught in this file: more than the limits allow. */
class TooMuch extends Error {}

async function unlessGivenUp(make: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof TooMuch || (isZipzarrError(error) && GIVE_UP.has(error.code))) return undefined
    throw error
  }
}

class Collector {
  readonly #store: ReadableStore
  readonly #root: NodePath
  readonly #options: ConsolidateOptions
  readonly #members: Members = new Map()
  #nodesLeft: number
  #bytesLeft: number

  constructor(store: ReadableStore, root: NodePath, options: ConsolidateOptions) {
    this.#store = store
    this.#root = root
    this.#options = options
    this.#nodesLeft = options.maxNodes ?? DEFAULT_MAX_NODES
    this.#bytesLeft = options.maxBytes ?? DEFAULT_MAX_BYTES
  }

  text(): string {
    return objectText(this.#members)
  }

  /** The node's own documents, then those below it unless it is an array. */
  async addV2(path: NodePath, documents: ReadonlySet<string>): Promise<void> {
    for (const name of ['.zarray', '.zgroup', '.zattrs'] as const) {
      if (!documents.has(name) || (name === '.zgroup' && documents.has('.zarray'))) continue
      const members = await this.#read(path, name)
      if (name === '.zgroup' && path !== this.#root) members.set('consolidated_metadata', EMPTY_CONSOLIDATED)
      this.#set(path, members, name)
    }
    if (documents.has('.zarray')) return
    const hasNodes = await this.addBelow(path, 2)
    // zarr-python needs every group on the way to a node to be named.
    if (hasNodes && !documents.has('.zgroup')) this.#setImplicit(path, '{"zarr_format":2', '.zgroup')
  }

  /** All nodes of one format below a group; true when there are any. */
  async addBelow(path: NodePath, zarrFormat: 2 | 3): Promise<boolean> {
    const before = this.#members.size
    for (const { name, metadata } of this.#store.listDirectories(path)) {
      if (--this.#nodesLeft < 0) throw new TooMuch()
      const child = joinPath(path, name)
      if (zarrFormat === 3) await this.#addV3(child, metadata)
      else if (!metadata.has('zarr.json')) await this.addV2(child, metadata)
    }
    return this.#members.size > before
  }

  async #addV3(path: NodePath, documents: ReadonlySet<string>): Promise<void> {
    if (!documents.has('zarr.json')) {
      const isV2 = documents.size > 0
      const hasNodes = !isV2 && (await this.addBelow(path, 3))
      if (hasNodes) this.#setImplicit(path, '{"zarr_format":3,"node_type":"group","attributes":{}')
      return
    }
    const members = await this.#read(path, 'zarr.json')
    const isGroup = members.get('node_type') === '"group"'
    if (isGroup) members.set('consolidated_metadata', EMPTY_CONSOLIDATED)
    this.#set(path, members)
    if (isGroup) await this.addBelow(path, 3)
  }

  async #read(path: NodePath, name: DocumentName): Promise<Members> {
    const bytes = await readDocument({ store: this.#store, path }, name, this.#options)
    this.#bytesLeft -= bytes.length
    if (this.#bytesLeft < 0) throw new TooMuch()
    const members = jsonMembers(bytes)
    const fillValue = members.get('fill_value')
    // The one place where a bare NaN has a quoted form of the same meaning; strict parsers need it.
    if (name !== '.zattrs' && fillValue !== undefined) members.set('fill_value', quoted(fillValue))
    return members
  }

  #set(path: NodePath, members: Members, name?: DocumentName): void {
    this.#members.set(this.#keyOf(path, name), objectText(members))
  }

  #setImplicit(path: NodePath, start: string, name?: DocumentName): void {
    this.#members.set(this.#keyOf(path, name), `${start},"consolidated_metadata":${EMPTY_CONSOLIDATED}}`)
  }

  /** Keys are relative to the group that is consolidated. */
  #keyOf(path: NodePath, name?: DocumentName): string {
    const relative = this.#root === '' ? path : path.slice(this.#root.length + 1)
    return [relative, name].filter(part => part !== undefined && part !== '').join('/')
  }
}

function quoted(fillValue: string): string {
  return /^(?:NaN|-?Infinity)$/.test(fillValue) ? `"${fillValue}"` : fillValue
}

function objectText(members: Members): string {
  return `{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
}
