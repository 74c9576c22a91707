// `zipzarr inspect FILE`: what an archive holds, as a table for people or as JSON.
import { StartupError } from '../cluster/startup-error.js'
import { isZipzarrError } from '../errors.js'
import { isJsonObject, type Json, type JsonObject, stringifyJson } from '../zarr/json/json.js'
import { type Inspection, inspectArchive, type StoreInspection, type ZipFacts } from './inspection.js'
import { approximateSize } from './units.js'

/** A good ZIP file in which no Zarr node is found: printed, and yet not what was hoped for. */
const NOTHING_ZARR_EXIT_CODE = 3

/** Prints the inspection and answers the exit code. */
export async function inspect(path: string, form: 'table' | 'json'): Promise<number> {
  const inspection = await inspectArchive(path).catch(error => {
    if (isZipzarrError(error)) throw new StartupError(`${path}: ${error.message}`, { cause: error })
    throw error
  })
  const text = form === 'json' ? renderJson(inspection) : renderTables(inspection)
  process.stdout.write(`${text}\n`)
  return inspection.stores.some(({ contents }) => contents.emptyReason === null) ? 0 : NOTHING_ZARR_EXIT_CODE
}

/** One line of valid JSON: every digit of an integer, NaN and infinities as strings. */
function renderJson(inspection: Inspection): string {
  return stringifyJson(inspection as unknown as Json)
}

function renderTables(inspection: Inspection): string {
  const { file, byteLength, zip, stores } = inspection
  const head: string[][] = [
    ['file', `${file} (${approximateSize(byteLength)})`],
    ['ZIP', describeZip(zip)],
  ]
  return [alignColumns(head), ...stores.map(renderStore)].join('\n')
}

function describeZip(zip: ZipFacts): string {
  const parts = [
    `${zip.entryCount} entries`,
    `${zip.keyCount} keys`,
    `${zip.storedCount} stored`,
    `${zip.deflatedCount} deflated`,
    ...countIfAny(zip.otherMethodCount, 'in another method'),
    ...countIfAny(zip.duplicateCount, 'replaced by later entries'),
    ...countIfAny(zip.folderEntryCount, 'folders'),
    ...countIfAny(zip.litterCount, 'desktop left-overs'),
    ...countIfAny(zip.invalidNameCount, 'names that cannot be keys'),
    ...countIfAny(zip.overlapCount, 'overlapping'),
    ...countIfAny(zip.prependedByteLength, 'bytes before the archive'),
    ...countIfAny(zip.trailingByteLength, 'bytes after the archive'),
    ...countIfAny(zip.commentByteLength, 'bytes of comment'),
    ...(zip.hasZip64 ? ['Zip64'] : []),
  ]
  return parts.join(', ')
}

function countIfAny(count: number, what: string): string[] {
  return count > 0 ? [`${count} ${what}`] : []
}

function renderStore({ id, rootPrefix, zarrFormat, contents, nodes }: StoreInspection): string {
  const head = alignColumns([
    ['store', id],
    ['root', rootPrefix === '' ? 'the archive’s own' : rootPrefix],
    ['Zarr', zarrFormat === null ? 'no node at the root' : `version ${zarrFormat}`],
  ])
  if (contents.emptyReason !== null)
    return `${head}\n\nnothing Zarr is found in it: ${visible(contents.emptyReason)}`
  const columns = ['path', 'node', 'data type', 'shape', 'chunks', 'stored', 'codecs']
  return `${head}\n\n${alignColumns([columns, ...nodes.map(describeRow)])}`
}

function describeRow(node: JsonObject): string[] {
  const path = String(node.path)
  const { error } = node
  if (isJsonObject(error)) return [path, 'unreadable', `${error.code}: ${error.message}`]
  if (node.nodeType !== 'array') return [path, 'group']
  return [
    path,
    'array',
    memberText(node.dataType, 'name'),
    listText(node.shape),
    describeChunks(node),
    describeStored(node),
    Array.isArray(node.codecs) ? node.codecs.map(codec => memberText(codec, 'name')).join(' ') : '',
  ]
}

function describeStored({ storedChunks, storedShards, storedBytes, unreachableKeys }: JsonObject): string {
  const stored = `${storedChunks ?? storedShards} = ${approximateSize(Number(storedBytes))}`
  return Number(unreachableKeys) > 0 ? `${stored}, ${unreachableKeys} keys that are no chunks` : stored
}

function describeChunks({ chunkShape, shardShape }: JsonObject): string {
  return shardShape === undefined
    ? listText(chunkShape)
    : `${listText(chunkShape)} in ${listText(shardShape)}`
}

function listText(list: Json | undefined): string {
  return Array.isArray(list) ? `[${list.join(', ')}]` : 'irregular'
}

function memberText(value: Json | undefined, name: string): string {
  return isJsonObject(value) ? String(value[name]) : ''
}

/** Columns two spaces apart; the last one of a row runs on. Control characters of names are made visible. */
function alignColumns(rows: readonly (readonly string[])[]): string {
  const shown = rows.map(row => row.map(visible))
  const widths: number[] = []
  for (const row of shown) {
    for (const [at, cell] of row.slice(0, -1).entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  }
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  ')
  return shown.map(line).join('\n')
}

/** A name in an archive must not send escape sequences to the terminal. */
function visible(cell: string): string {
  return cell.replace(/\p{C}/gu, unit => `\\u{${unit.codePointAt(0)?.toString(16)}}`)
}
