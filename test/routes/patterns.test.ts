// The documented patterns take what the parsers take, and nothing else.
import fc from 'fast-check'
import t from 'tap'
import {
  ARCHIVE_PATH_PATTERN,
  NODE_PATH_PATTERN,
  SELECTION_PART_PATTERN,
  SELECTION_PATTERN,
  STORE_PATH_PATTERN,
} from '../../routes/schemas/patterns.js'
import { archivePathProblem, parseNodePath, parseStoreKey } from '../../src/store/keys.js'
import { parseSelection, parseSelectionJson } from '../../src/zarr/indexing/selection.js'

/** Texts of the characters that mean something, so that most are almost right. */
const textOf = (pieces: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map(parts => parts.join(''))

function agrees(pattern: string, parse: (text: string) => unknown, text: string): void {
  const isTaken = isTakenBy(parse, text)
  if (new RegExp(pattern, 'u').test(text) !== isTaken) {
    throw new Error(`${JSON.stringify(text)} is ${isTaken ? 'taken' : 'refused'} by the parser only`)
  }
}

function isTakenBy(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

function requireArchivePath(text: string): void {
  const problem = archivePathProblem(text)
  if (problem !== undefined) throw new Error(problem)
}

/** Slashes at the end make a folder of a key. */
const parseStorePath = (text: string) => text === '' || parseStoreKey(text.replace(/(?<=[^/])\/$/, ''))

t.test('the documented patterns agree with the parsers', async t => {
  const selections = textOf([
    ':',
    ',',
    '...',
    '..',
    '[',
    ']',
    '-',
    '0',
    '12',
    ' ',
    '\t',
    'a',
    '000000000000000',
    '[1,2]',
  ])
  const paths = textOf(['/', '.', '..', 'a', 'ä', '\\', '\0', ' ', 'zarr.json', '\n'])
  const cases = [
    { pattern: SELECTION_PATTERN, parse: parseSelection, texts: selections },
    {
      pattern: SELECTION_PART_PATTERN,
      parse: (text: string) => parseSelectionJson([text]),
      texts: selections,
    },
    { pattern: ARCHIVE_PATH_PATTERN, parse: requireArchivePath, texts: paths },
    { pattern: NODE_PATH_PATTERN, parse: parseNodePath, texts: paths },
    { pattern: STORE_PATH_PATTERN, parse: parseStorePath, texts: paths },
  ]
  for (const { pattern, parse, texts } of cases) {
    const property = fc.property(texts, text => agrees(pattern, parse, text))
    t.doesNotThrow(() => fc.assert(property, { numRuns: 5000, seed: 20_250_102 }), pattern.slice(0, 20))
  }
})
