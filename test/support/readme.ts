// README's generated parts: what is written between `<!-- table: name -->` and `<!-- end -->`.
// Run as a program (`npm run docs`) it brings the file up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { renderOptionTable } from '../../src/cli/options.js'
import { ERRORS } from '../../src/errors.js'
import { CODECS, REFUSED_CODECS } from '../../src/zarr/codecs/index.js'
import { EXTENSION_TYPE_NAMES } from '../../src/zarr/data-types/data-type-v3.js'
import { NUMERIC_TYPE_NAMES } from '../../src/zarr/data-types/numeric-types.js'
import { METHODS, REFUSED_METHODS } from '../../src/zip/methods/index.js'
import { repository } from './paths.js'

const file = `${repository}README.md`

const TABLES: Readonly<Record<string, () => string>> = {
  configuration: renderOptionTable,
  errors: renderErrorTable,
  formats: renderFormatTable,
}

/** v2's typestrings by what they mean; the letters are those of src/zarr/data-types/data-type-v2.ts. */
const V2_TYPES = [
  'b1',
  'i1…i8',
  'u1…u8',
  'f2…f8',
  'c8',
  'c16',
  'S<n>',
  'U<n>',
  'V<n>',
  'M8[…]',
  'm8[…]',
  'O',
  'structured lists',
]

const METHOD_NAMES: Readonly<Record<number, string>> = {
  8: 'deflate',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
}

function renderFormatTable(): string {
  const code = (names: Iterable<string>): string => [...names].map(name => `\`${name}\``).join(' ')
  const names = [...CODECS.keys()]
  const aliases = names
    .filter(name => name.startsWith('numcodecs.'))
    .map(name => name.slice('numcodecs.'.length))
  const methods = [...METHODS.keys()].map(method => `${METHOD_NAMES[method] ?? 'method'} (${method})`)
  const refused = [...REFUSED_METHODS].map(([method, name]) => `${name} (${method})`)
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['Zarr formats', '2 and 3; sharded, nested and rectilinear chunk grids; consolidated or not'],
    ['data types, v3', code([...NUMERIC_TYPE_NAMES, ...EXTENSION_TYPE_NAMES])],
    [
      'data types, v2',
      `${code(V2_TYPES)}, either byte order; small floats and integers under TensorStore’s names`,
    ],
    ['codecs, v3', code(names.filter(name => !name.startsWith('numcodecs.')))],
    ['codecs, `numcodecs.*` in v3 and by id in v2', code(aliases)],
    ['codecs refused by name', code(REFUSED_CODECS.keys())],
    ['ZIP methods', ['stored (0)', ...methods].join(', ')],
    ['ZIP methods refused by name', refused.join(', ')],
    [
      'ZIP otherwise',
      'Zip64, data descriptors, duplicate names (the last wins), UTF-8 and CP437 names, `./` before names, leading and trailing bytes; what desktops leave behind is served but not listed; encrypted entries and split archives are refused',
    ],
  ]
  return ['| what | read |', '|---|---|', ...rows.map(row => `| ${row.join(' | ')} |`)].join('\n')
}

function renderErrorTable(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`,
  )
  return ['| code | status | meaning |', '|---|---|---|', ...rows].join('\n')
}

/** README as it is. */
export const readReadme = (): string => readFileSync(file, 'utf8')

/** README with every generated part made anew. Throws when a part has no place in it. */
export function renderReadme(text: string): string {
  return Object.entries(TABLES).reduce((all, [name, render]) => {
    const place = new RegExp(`(<!-- table: ${name} -->\n)[^]*?(<!-- end -->)`)
    if (!place.test(all)) throw new Error(`README.md has no place for the table "${name}"`)
    return all.replace(place, (_, open: string, close: string) => `${open}\n${render()}\n\n${close}`)
  }, text)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(file, renderReadme(readReadme()))
