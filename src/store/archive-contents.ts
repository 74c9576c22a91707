// What is told of an archive in which nothing Zarr is found: without a reason such a store looks like an empty
// one. Made once, with the index.
import type { RandomAccess } from '../bytes/random-access.js'
import { NAME_PROBLEMS, type NameProblem } from '../zip/directory/entry-name.js'
import { EntryFinder } from '../zip/entries/entry-finder.js'
import type { IndexFacts } from '../zip/index/index-facts.js'
import type { ZipIndex } from '../zip/index/zip-index.js'
import { holdsNodes } from './archive-index.js'

/** Plain data: travels with the registry's records. */
export interface ArchiveContents {
  /** In a sentence why no Zarr node is found; null when some is. */
  readonly emptyReason: string | null
  /** Keys that listings show. */
  readonly keyCount: number
  /** Entries that are not among them, by reason; only reasons that occur. */
  readonly skippedNames: Readonly<Record<string, number>>
  /** Where no metadata is found, the first names at the top of the archive, folders with a final slash. */
  readonly topNames: readonly string[]
}

const MAX_TOP_NAMES = 8
const MAX_NAME_SHOWN = 60

/** What is said of such names, after "names that". */
const NAME_PROBLEM_TEXTS: Readonly<Record<NameProblem, string>> = {
  empty: 'are empty',
  absolute: 'begin with a slash',
  emptyPart: 'hold two slashes side by side',
  dotPart: 'hold "." or ".." between slashes',
  forbiddenCharacter: 'hold a NUL character',
  tooLong: 'are too long',
  undecodable: 'are not UTF-8 although they say so',
}

/**
 * Of the store whose root is the folder `rootPrefix`.
 * @throws ZipzarrError READ_FAILED, STORE_CHANGED when names have to be read from the archive
 */
export function contentsOf(
  index: ZipIndex,
  { source, rootPrefix }: { source: RandomAccess; rootPrefix: string },
): ArchiveContents {
  const { facts } = index
  const folder = index.findFolder(rootPrefix) ?? 0
  const keyCount = index.folderSummary(folder).values
  const isEmpty = !holdsNodes(index, folder)
  const topNames = isEmpty ? topNamesOf(index, source, folder) : []
  return {
    emptyReason: isEmpty ? emptyReasonOf(facts, keyCount, topNames) : null,
    keyCount,
    skippedNames: skippedNamesOf(facts),
    topNames,
  }
}

function skippedNamesOf(facts: IndexFacts): Record<string, number> {
  const { folderEntryCount: folder, litterCount: litter, nameProblemCounts } = facts
  const counts = Object.entries({ folder, litter, ...nameProblemCounts })
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

function topNamesOf(index: ZipIndex, source: RandomAccess, folder: number): string[] {
  const names: string[] = []
  const { first, count } = index.childFolders(folder)
  for (let child = first; child < first + count && names.length < MAX_TOP_NAMES; child++)
    names.push(`${index.folderName(child)}/`)
  const finder = new EntryFinder(source, index)
  for (const recordOffset of index.valueRecords(folder)) {
    if (names.length >= MAX_TOP_NAMES) break
    const name = finder.nameAt(recordOffset)
    names.push(name.slice(name.lastIndexOf('/') + 1))
  }
  return names.map(shownName)
}

/** Short, and without characters that a terminal acts on or that turn the text around them. */
function shownName(name: string): string {
  const characters = Array.from(name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd'))
  const isLong = characters.length > MAX_NAME_SHOWN
  return isLong ? `${characters.slice(0, MAX_NAME_SHOWN).join('')}…` : characters.join('')
}

function emptyReasonOf(facts: IndexFacts, keyCount: number, topNames: readonly string[]): string {
  if (facts.entryCount === 0) return 'the archive holds no entries'
  const parts = [
    keyCount === 0
      ? `none of its ${facts.entryCount} entries can be read as a key`
      : `no zarr.json, .zarray or .zgroup is among its ${keyCount} keys`,
  ]
  if (topNames.length > 0) parts.push(`at its top lie ${topNames.join(', ')}`)
  return [...parts, ...skippedTexts(facts)].join('; ')
}

function skippedTexts({ folderEntryCount, litterCount, nameProblemCounts }: IndexFacts): string[] {
  const texts: (readonly [number, string])[] = [
    [folderEntryCount, 'are entries of folders'],
    [litterCount, 'are left-overs of a desktop'],
    ...NAME_PROBLEMS.map(problem => [nameProblemCounts[problem], NAME_PROBLEM_TEXTS[problem]] as const),
  ]
  return texts.filter(([count]) => count > 0).map(([count, text]) => `names that ${text}: ${count}`)
}
