// Entity tags of selections, from the store's index alone: no value is read, and an unchanged answer keeps its
// tag on every worker, on every machine and after a re-zip.
import crypto, { createHash } from 'node:crypto'
import { joinKey, type NodePath } from '../../store/keys.js'
import type { ReadableStore } from '../../store/store.js'
import { chunkTasks } from '../indexing/chunk-tasks.js'
import type { ReadAxis } from '../indexing/read-grid.js'
import { formatSelection, type ResolvedSelection } from '../indexing/resolved-selection.js'
import type { ChunkReader } from './chunk-reader.js'

/**
 * Stored chunks looked up for one tag, which takes milliseconds; beyond, the tag is that of the archive's state (of
 * this one file).
 */
const MAX_TAGGED_CHUNKS = 2000

const DOCUMENTS = ['zarr.json', '.zarray', '.zattrs']

/** One tag over the documents that say what the array is. */
export function metadataTag(store: ReadableStore, path: NodePath): string {
  const tags = DOCUMENTS.map(name => store.stat(joinKey(path, name))?.tag ?? '')
  return tags.join('.')
}

export interface TagParts {
  readonly reader: ChunkReader
  /** The grid of stored chunks, whatever they are read by: a shard may declare any number of inner chunks. */
  readonly grid: readonly ReadAxis[]
  readonly metadataTag: string
  /** Stored chunks the selection touches. */
  readonly storedChunks: number
}

/** A strong entity tag without quotes; `variant` is whatever else the answer depends on. */
export function selectionTag(parts: TagParts, selection: ResolvedSelection, variant: string): string {
  const { archive } = parts.reader.store
  const isTooLong = parts.storedChunks > MAX_TAGGED_CHUNKS && archive !== undefined
  const content = isTooLong ? archive.tag : chunkTags(parts, selection)
  const text = [parts.metadataTag, formatSelection(selection), variant, content].join('\n')
  return digest(text).slice(0, 27)
}

/** In one call where Node has it (20.12): a hash object costs as much again. */
function digest(text: string): string {
  const { hash } = crypto as { hash?: (algorithm: string, text: string, encoding: 'base64url') => string }
  return hash?.('sha256', text, 'base64url') ?? createHash('sha256').update(text).digest('base64url')
}

function chunkTags({ reader, grid }: TagParts, selection: ResolvedSelection): string {
  const everything = selection.axes.map(axis => ({ from: 0, to: axis.count }))
  if (selection.itemCount === 0) return ''
  const tags: string[] = []
  for (const task of chunkTasks(selection.axes, grid, everything)) {
    tags.push(reader.locate(task.coordinates).stat?.tag ?? '')
  }
  return tags.join('\n')
}
