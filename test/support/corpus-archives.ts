// The corpus as archives: its zips as they are, and its folders zipped stored and deflated.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { corpus } from './paths.js'
import { readZipValues } from './read-zip.js'
import { writeZip } from './zip-writer.js'

export interface CorpusArchive {
  /** Store id it gets below the folder. */
  readonly id: string
  readonly file: string
  /** Prefix of its arrays in expected/*.json, when there are any. */
  readonly expectedPrefix?: string
}

const ZIPS: ReadonlyArray<readonly [source: string, expectedPrefix?: string]> = [
  ['zarrita.js/v2/data.zipped_from_parent.zarr.zip', 'zarrita.js/v2/data.zarr/'],
  ['zarrita.js/v2/data.zipped_from_within.zarr.zip', 'zarrita.js/v2/data.zarr/'],
  ['zarrita.js/v3/data.zipped_from_parent.zarr.zip', 'zarrita.js/v3/data.zarr/'],
  ['zarrita.js/v3/data.zipped_from_within.zarr.zip', 'zarrita.js/v3/data.zarr/'],
  ['zarrita.js/v3/data.uncompressed.zarr.zip', 'zarrita.js/v3/data.zarr/'],
  ['zarr-python-v2/fixture.zip', 'zarr-python-v2/fixture/'],
  ['zarr-python-v2/zarr/tests/data/store.zip'],
  ['numcodecs.zip'],
]
/** Zipped anew, stored and deflated: folders as they lie, and the folder that the corpus keeps in a zip. */
const FOLDERS = ['zarrita.js/v2/data.zarr', 'zarrita.js/v3/data.zarr']
const FOLDERS_IN_ZIPS = ['zarr-python-v2/fixture']

/** Writes the archives into `folder`. */
export async function writeCorpusArchives(folder: string): Promise<CorpusArchive[]> {
  const archives: CorpusArchive[] = []
  const add = (source: string, how: string, expectedPrefix?: string): string => {
    const id = `${source.replaceAll('/', '-').replace(/(?:\.zarr)?(?:\.zip)?$/, '')}-${how}`
    const file = join(folder, `${id}.zip`)
    archives.push({ id, file, ...(expectedPrefix !== undefined && { expectedPrefix }) })
    return file
  }
  for (const [source, prefix] of ZIPS) copyFileSync(join(corpus, source), add(source, 'zip', prefix))
  const addZipped = (source: string, files: ReadonlyMap<string, Buffer>): void => {
    const entries = (method: number) => [...files].map(([name, data]) => ({ name, data, method }))
    writeFileSync(add(source, 'stored', `${source}/`), writeZip(entries(0)))
    writeFileSync(add(source, 'deflated', `${source}/`), writeZip(entries(8)))
  }
  for (const source of FOLDERS) addZipped(source, readFolder(join(corpus, source)))
  for (const source of FOLDERS_IN_ZIPS) {
    addZipped(source, await readZipValues(readFileSync(join(corpus, `${source}.zip`))))
  }
  return archives
}

function readFolder(root: string): Map<string, Buffer> {
  const files = readdirSync(root, { withFileTypes: true, recursive: true }).filter(entry => entry.isFile())
  const paths = files.map(entry => relative(root, join(entry.parentPath, entry.name)))
  return new Map(paths.map(path => [path.replaceAll(sep, '/'), readFileSync(join(root, path))]))
}

export interface ExpectedArray {
  readonly shape?: readonly number[]
  readonly enc?: 'bytes-le-c' | 'json'
  readonly sha256?: string
  readonly error?: string
}

/** Expected arrays below a prefix, by node path. */
export function expectedBelow(prefix: string): Map<string, ExpectedArray> {
  const source = prefix.split('/', 1)[0] as string
  const text = readFileSync(join(corpus, 'expected', `${source}.json`), 'utf8')
  const all = Object.entries(JSON.parse(text) as Record<string, ExpectedArray>)
  const inside = all.filter(([name]) => name.startsWith(prefix))
  return new Map(inside.map(([name, expected]) => [name.slice(prefix.length), expected]))
}
