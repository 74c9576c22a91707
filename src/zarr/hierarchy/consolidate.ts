// Consolidated metadata, made from the documents of a store that has none: what zarr-python's own
// consolidate_metadata would write. Documents are put in as they are written, so that no digit changes.
import { isZipzarrError } from '../../errors.js'
import { joinKey, joinPath, type NodePath } from '../../store/keys.js'
import type { GetOptions, ReadableStore } from '../../store/store.js'
import { jsonMembers } from '../json/json.js'
import { type DocumentName, naming, readDocument } from './node-documents.js'
import { implicitFormats } from './open-node.js'

export interface ConsolidateOptions extends GetOptions {
  /** Beyond either there is no consolidated document: clients then read node by node. */
  readonly maxNodes?: number
  readonly maxBytes?: number
  /** NaN and infinities in attributes: quoted, so that every parser reads it, or as they are written (default). */
  readonly nonFinite?: 'string' | 'python'
}

type MemberTexts = Map<string, string>

const DEFAULT_MAX_NODES = 10_000
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024
/** zarr-python marks nested groups so: what they hold is told by the outer document, they need not be listed. */
const EMPTY_CONSOLIDATED = '{"kind":"inline","must_understand":false,"metadata":{}}'
/** The documents of groups that have none of their own. */
export const IMPLICIT_V2 = '{"zarr_format":2}'
export const IMPLICIT_V3 = '{"zarr_format":3,"node_type":"group","attributes":{}}'
/** Documents in which one cannot be read or is too large leave the store without consolidated metadata. */
const GIVE_UP = new Set(['METADATA_INVALID', 'METADATA_UNSUPPORTED', 'ENTRY_INVALID', 'ENTRY_UNSUPPORTED'])

/**
 * The text of `<path>/.zmetadata`; undefined when the node is no v2 group, a document below it cannot be read,
 * or there would be too much of it.
 */
export async function consolidateV2(
  store: ReadableStore,
  path: NodePath,
  options: ConsolidateOptions = {},
): Promise<string | undefined> {
  const documents = store.metadataAt(path)
  if (documents === undefined || documents.has('zarr.json')) return undefined
  const isGroup = documents.has('.zgroup') || (await implicitFormats(store, path, options)).has(2)
  if (!isGroup) return undefined
  const metadata = await unlessGivenUp(() => new Collector(store, path, options).collectV2(documents))
  return metadata === undefined ? undefined : `{"metadata":${metadata},"zarr_consolidated_format":1}`
}

/**
 * The text of `<path>/zarr.json` with consolidated metadata in it, made anew whatever the document itself has.
 * Without it where it cannot be made (see `consolidateV2`); undefined when the node is no v3 group.
 * @throws ZipzarrError METADATA_INVALID, METADATA_UNSUPPORTED when the document itself cannot be read
 */
export async function consolidateV3(
  store: ReadableStore,
  path: NodePath,
  options: ConsolidateOptions = {},
): Promise<string | undefined> {
  const group = await groupMembers(store, path, options)
  if (group === undefined) return undefined
  const metadata = await unlessGivenUp(() => new Collector(store, path, options).collectV3())
  if (metadata === undefined) group.delete('consolidated_metadata')
  else group.set('consolidated_metadata', `{"kind":"inline","must_understand":false,"metadata":${metadata}}`)
  return objectText(group)
}

/** The members of a v3 group's document, made for an implicit one. */
async function groupMembers(
  store: ReadableStore,
  path: NodePath,
  options: ConsolidateOptions,
): Promise<MemberTexts | undefined> {
  const isImplicit = (await implicitFormats(store, path, options)).has(3)
  if (!isImplicit && store.metadataAt(path)?.has('zarr.json') !== true) return undefined
  const bytes = isImplicit ? IMPLICIT_V3 : await readDocument({ store, path }, 'zarr.json', options)
  const members = await naming(joinKey(path, 'zarr.json'), () => jsonMembers(bytes, options))
  return members.get('node_type') === '"group"' ? members : undefined
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
  readonly #members: MemberTexts = new Map()
  #nodesLeft: number
  #bytesLeft: number

  constructor(store: ReadableStore, root: NodePath, options: ConsolidateOptions) {
    this.#store = store
    this.#root = root
    this.#options = options
    this.#nodesLeft = options.maxNodes ?? DEFAULT_MAX_NODES
    this.#bytesLeft = options.maxBytes ?? DEFAULT_MAX_BYTES
  }

  async collectV2(documents: ReadonlySet<string>): Promise<string> {
    await this.#addV2(this.#root, documents)
    return objectText(this.#members)
  }

  /** What lies below the group, not the group itself. */
  async collectV3(): Promise<string> {
    await this.#addBelow(this.#root, 3)
    return objectText(this.#members)
  }

  /** The node's own documents, then those below it unless it is an array. */
  async #addV2(path: NodePath, documents: ReadonlySet<string>): Promise<void> {
    for (const name of ['.zarray', '.zgroup', '.zattrs'] as const) {
      if (!documents.has(name) || (name === '.zgroup' && documents.has('.zarray'))) continue
      const members = await this.#read(path, name)
      if (name === '.zgroup' && path !== this.#root) members.set('consolidated_metadata', EMPTY_CONSOLIDATED)
      this.#set(path, members, name)
    }
    if (documents.has('.zarray')) return
    const hasNodes = await this.#addBelow(path, 2)
    // zarr-python needs every group on the way to a node to be named.
    const isNamed = hasNodes || path === this.#root
    if (isNamed && !documents.has('.zgroup')) await this.#setImplicit(path, IMPLICIT_V2, '.zgroup')
  }

  /** All nodes of one format below a group; true when there are any. */
  async #addBelow(path: NodePath, zarrFormat: 2 | 3): Promise<boolean> {
    const before = this.#members.size
    for (const { name, metadata } of await this.#store.listDirectories(path)) {
      if (--this.#nodesLeft < 0) throw new TooMuch()
      const child = joinPath(path, name)
      if (zarrFormat === 3) await this.#addV3(child, metadata)
      else if (!metadata.has('zarr.json')) await this.#addV2(child, metadata)
    }
    return this.#members.size > before
  }

  async #addV3(path: NodePath, documents: ReadonlySet<string>): Promise<void> {
    if (!documents.has('zarr.json')) {
      const isV2 = documents.has('.zarray') || documents.has('.zgroup')
      const hasNodes = !isV2 && (await this.#addBelow(path, 3))
      if (hasNodes) await this.#setImplicit(path, IMPLICIT_V3)
      return
    }
    const members = await this.#read(path, 'zarr.json')
    const isGroup = members.get('node_type') === '"group"'
    if (isGroup) members.set('consolidated_metadata', EMPTY_CONSOLIDATED)
    this.#set(path, members)
    if (isGroup) await this.#addBelow(path, 3)
  }

  async #read(path: NodePath, name: DocumentName): Promise<MemberTexts> {
    const bytes = await readDocument({ store: this.#store, path }, name, this.#options)
    this.#bytesLeft -= bytes.length
    if (this.#bytesLeft < 0) throw new TooMuch()
    const members = await jsonMembers(bytes, this.#options)
    const fillValue = members.get('fill_value')
    // The one place where a bare NaN has a quoted form of the same meaning; strict parsers need it.
    if (name !== '.zattrs' && fillValue !== undefined) members.set('fill_value', quoted(fillValue))
    return members
  }

  #set(path: NodePath, members: MemberTexts, name?: DocumentName): void {
    this.#members.set(this.#keyOf(path, name), objectText(members))
  }

  async #setImplicit(path: NodePath, document: string, name?: DocumentName): Promise<void> {
    const members = await jsonMembers(document)
    if (path !== this.#root) members.set('consolidated_metadata', EMPTY_CONSOLIDATED)
    this.#set(path, members, name)
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

function objectText(members: MemberTexts): string {
  return `{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
}
