// The house's rules, read from the imports: a file imports only from lower layers or from its own folder,
// without a cycle.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import t from 'tap'
import { repository } from './support/paths.js'

/** Folder or file → what it may import from (its own folder is always allowed). Most specific first. */
const LAYERS: ReadonlyArray<readonly [place: string, mayImport: readonly string[]]> = [
  ['src/errors.ts', []],
  ['src/config.ts', ['src/errors.ts']],
  ['src/log-text.ts', []],
  ['src/logger.ts', ['src/errors.ts', 'src/config.ts', 'src/log-text.ts']],
  ['src/crc32.ts', []],
  ['src/memory/', ['layer0']],
  ['src/bytes/', ['layer0']],
  ['src/kernels/', ['layer0']],
  ['src/zip/', ['layer0', 'src/memory/', 'src/bytes/', 'src/kernels/']],
  ['src/store/', ['layer0', 'src/memory/', 'src/bytes/', 'src/zip/']],
  ['src/zarr/', ['layer0', 'src/memory/', 'src/kernels/', 'storeInterface']],
  ['src/registry/', ['layer0', 'src/memory/', 'src/bytes/', 'src/zip/', 'src/store/']],
  ['src/http/', ['layer0']],
  ['src/formats/', ['layer0', 'src/memory/', 'src/zarr/']],
  ['src/plugins/', ['layer0', 'src/registry/', 'src/http/']],
  [
    'routes/',
    [
      'layer0',
      'src/memory/',
      'storeInterface',
      'src/zarr/',
      'src/http/',
      'src/formats/',
      'src/plugins/',
      'src/registry/stores.ts',
    ],
  ],
  [
    'src/app.ts',
    [
      'layer0',
      'src/memory/',
      'storeInterface',
      'src/plugins/',
      'routes/',
      'src/http/',
      'src/zarr/',
      'src/registry/stores.ts',
    ],
  ],
  ['src/cluster/worker/worker.ts', ['layer0', 'src/memory/', 'src/store/', 'src/registry/', 'src/app.ts']],
  ['src/cluster/', ['layer0', 'src/store/', 'src/registry/']],
  ['src/cli/', ['src/', 'routes/']],
  ['src/main.ts', ['src/', 'routes/']],
]

const GROUPS: Record<string, readonly string[]> = {
  layer0: ['src/errors.ts', 'src/config.ts', 'src/logger.ts', 'src/crc32.ts'],
  storeInterface: ['src/store/store.ts', 'src/store/keys.ts'],
}

function listSources(folder: string): string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return path.endsWith('kernels/assembly') ? [] : listSources(path)
    return path.endsWith('.ts') ? [path] : []
  })
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(repository, file), 'utf8')
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)
  return [...found].map(match => normalize(join(dirname(file), match[1] as string)).replace(/\.js$/, '.ts'))
}

function layerOf(file: string): readonly [string, readonly string[]] | undefined {
  return LAYERS.find(([place]) => (place.endsWith('/') ? file.startsWith(place) : file === place))
}

function mayImport(file: string, target: string): boolean {
  const layer = layerOf(file)
  if (layer === undefined) return false
  const [place, allowed] = layer
  const own = place.endsWith('/') ? place : `${dirname(place)}/`
  if (place !== 'src/app.ts' && own !== 'src/' && target.startsWith(own)) return true
  const places = allowed.flatMap(name => GROUPS[name] ?? [name])
  return places.some(name => (name.endsWith('/') ? target.startsWith(name) : target === name))
}

/** A cycle through `file`, as the list of its files, or undefined. */
function findCycle(graph: ReadonlyMap<string, string[]>): string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, trail: string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const target of graph.get(file) ?? []) {
      const cycle = visit(target, [...trail, file])
      if (cycle !== undefined) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const cycle = visit(file, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

const sources = [...listSources('src'), ...listSources('routes')]
const graph = new Map(sources.map(file => [file, importsOf(file)]))

t.test('every source file belongs to a layer', async t => {
  t.ok(sources.length > 10, 'the sources were found')
  t.strictSame(
    sources.filter(file => layerOf(file) === undefined),
    [],
  )
})

t.test('a file imports only from lower layers or its own folder', async t => {
  const broken = sources.flatMap(file =>
    importsOf(file)
      .filter(target => !mayImport(file, target))
      .map(target => `${file} imports ${relative('.', target)}`),
  )
  t.strictSame(broken, [])
})

t.test('no import cycle', async t => {
  t.equal(findCycle(graph), undefined)
})

t.test('the primary never reaches app.ts', async t => {
  const reached = new Set<string>()
  const walk = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const target of graph.get(file) ?? []) walk(target)
  }
  if (graph.has('src/cluster/primary/primary.ts')) walk('src/cluster/primary/primary.ts')
  t.notOk(reached.has('src/app.ts'))
})
