// npm run bench [-- name…] [--json] [--old=FOLDER]: every row of the target table as a ratio within one run. Names choose
// groups of rows; without names all run. Prints a Markdown table at the end, or JSON.
import { assembleRows, codecRows } from './codec-rows.js'
import { peerRows, rawRows, scalingRows, sliceRows, wholeRows } from './http-rows.js'
import { indexRows } from './index-rows.js'
import { needPrograms, prepareData } from './peers.js'
import { pinnedRows } from './pinned-rows.js'
import { fairnessRows, hugeRows, inProcessRows, memoryRows } from './service-rows.js'
import { isMet, type Row, toMarkdown } from './table.js'

const GROUPS: Readonly<Record<string, () => Row[] | Promise<Row[]>>> = {
  pinned: () => pinnedRows(oldBuild),
  raw: rawRows,
  peers: peerRows,
  slices: sliceRows,
  whole: wholeRows,
  'in-process': inProcessRows,
  codecs: codecRows,
  assemble: assembleRows,
  index: indexRows,
  memory: memoryRows,
  fairness: fairnessRows,
  huge: hugeRows,
  scaling: scalingRows,
}

const args = process.argv.slice(2)
/** Another built checkout, measured beside this one. */
const oldBuild = args.find(arg => arg.startsWith('--old='))?.slice('--old='.length)
const isJson = args.includes('--json')
const names = args.filter(name => !name.startsWith('--'))
const unknown = names.find(name => !Object.hasOwn(GROUPS, name))
if (unknown !== undefined) {
  process.stderr.write(`no rows named ${unknown}; there are: ${Object.keys(GROUPS).join(', ')}\n`)
  process.exit(2)
}

needPrograms({ nginx: 'nginx-light', wrk: 'wrk', unzip: 'unzip', ab: 'apache2-utils' })
prepareData()
const chosen = names.length === 0 ? Object.keys(GROUPS) : names
const rows: Row[] = []
let failures = 0
for (const [place, name] of chosen.entries()) {
  process.stderr.write(`[${place + 1}/${chosen.length}] ${name} …\n`)
  try {
    rows.push(...(await (GROUPS[name] as () => Row[] | Promise<Row[]>)()))
  } catch (error) {
    failures++
    process.stderr.write(`${name} could not run: ${error instanceof Error ? error.stack : String(error)}\n`)
  }
}
process.stdout.write(isJson ? `${JSON.stringify(rows, null, 2)}\n` : `${toMarkdown(rows)}\n`)
if (!rows.every(isMet)) {
  process.stderr.write('what the profile of each missed row shows: test/bench/README.md\n')
}
process.exitCode = failures > 0 ? 1 : 0
