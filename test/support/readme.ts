// README's generated parts: what is written between `<!-- table: name -->` and `<!-- end -->`.
// Run as a program (`npm run docs`) it brings the file up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { renderOptionTable } from '../../src/cli/options.js'
import { ERRORS } from '../../src/errors.js'
import { repository } from './paths.js'

const file = `${repository}README.md`

const TABLES: Readonly<Record<string, () => string>> = {
  configuration: renderOptionTable,
  errors: renderErrorTable,
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
