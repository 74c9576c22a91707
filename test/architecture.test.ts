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
  ['src/kernels/', ['layer0']],
  ['src/bytes/', ['layer0', 'src/memory/']],
  ['src/zip/directory/', ['layer0', 'src/memory/', 'src/bytes/']],
  ['src/zip/index/', ['layer0', 'src/memory/', 'src/bytes/', 'src/zip/directory/']],
  ['src/zip/methods/', ['layer0', 'src/kernels/']],
  ['src/zip/entries/', ['layer0', 'src/memory/', 'src/bytes/', 'src/zip/']],
  ['src/store/descriptor/', ['layer0', 'src/memory/', 'src/bytes/', 'src/zip/', 'src/store/']],
  ['src/store/', ['layer0', 'src/memory/', 'src/bytes/', 'src/zip/']],
  ['src/zarr/json/', ['layer0', 'src/memory/']],
  ['src/zarr/data-types/', ['layer0', 'src/zarr/json/']],
  ['src/zarr/metadata/', ['layer0', 'src/store/keys.ts', 'src/zarr/json/', 'src/zarr/data-types/']],
  ['src/zarr/copying/', ['layer0', 'src/kernels/']],
  ['src/zarr/codecs/interface/', ['codecGrounds']],
  ['src/zarr/codecs/array-to-bytes/', ['codecGrounds', 'src/zarr/codecs/interface/']],
  ['src/zarr/codecs/array-to-array/', ['codecGrounds', 'src/zarr/codecs/interface/']],
  ['src/zarr/codecs/bytes-to-bytes/', ['codecGrounds', 'src/zarr/codecs/interface/']],
  ['src/zarr/codecs/sharding/', ['codecGrounds', 'src/zarr/codecs/interface/']],
  ['src/zarr/codecs/', ['codecGrounds', 'src/zarr/codecs/']],
  ['src/zarr/indexing/', ['layer0', 'zarrGrounds', 'src/zarr/copying/']],
  ['src/zarr/hierarchy/', ['zarrGrounds', 'src/zarr/codecs/', 'src/zarr/indexing/', 'storeInterface']],
  ['src/zarr/reading/', ['layer0', 'src/memory/', 'src/kernels/', 'src/zarr/', 'storeInterface']],
  ['src/registry/discovery/', ['registryGrounds']],
  ['src/registry/indexing/', ['registryGrounds', 'src/zip/']],
  ['src/registry/backends/', ['registryGrounds', 'src/registry/indexing/', 'src/registry/discovery/']],
  [
    'src/registry/catalog/',
    ['registryGrounds', 'src/registry/discovery/', 'src/registry/indexing/', 'src/registry/backends/'],
  ],
  ['src/registry/serving/', ['registryGrounds', 'src/memory/']],
  ['src/registry/', ['layer0', 'src/memory/', 'src/store/']],
  ['src/http/', ['layer0']],
  ['src/formats/', ['layer0', 'src/memory/', 'src/zarr/']],
  ['src/plugins/', ['layer0', 'src/registry/stores.ts', 'src/http/']],
  ['src/responses/', ['layer0', 'answerGrounds']],
  ['src/pages/', ['layer0', 'answerGrounds', 'src/responses/']],
  ['routes/schemas/', ['layer0', 'storeInterface', 'src/http/']],
  ['routes/', ['layer0', 'answerGrounds', 'src/responses/', 'src/pages/', 'routes/schemas/']],
  ['src/app.ts', ['layer0', 'answerGrounds', 'src/responses/', 'src/pages/', 'routes/']],
  ['src/cluster/balancing/', ['layer0', 'src/cluster/fleet/']],
  ['src/cluster/fleet/', ['layer0', 'clusterRoot']],
  [
    'src/cluster/primary/',
    ['layer0', 'clusterRoot', 'src/cluster/fleet/', 'src/cluster/balancing/', 'src/registry/'],
  ],
  ['src/cluster/worker/', ['layer0', 'clusterRoot', 'src/memory/', 'src/registry/', 'src/app.ts']],
  ['src/cluster/bundle/', ['layer0', 'clusterRoot', 'src/cluster/worker/']],
  ['src/cluster/', ['layer0', 'src/registry/changes.ts']],
  ['src/cli/', ['src/', 'routes/']],
  ['src/main.ts', ['src/', 'routes/']],
]

const GROUPS: Record<string, readonly string[]> = {
  layer0: ['src/errors.ts', 'src/config.ts', 'src/logger.ts', 'src/crc32.ts'],
  storeInterface: ['src/store/store.ts', 'src/store/keys.ts'],
  zarrGrounds: [
    'src/errors.ts',
    'src/memory/',
    'src/zarr/json/',
    'src/zarr/data-types/',
    'src/zarr/metadata/',
  ],
  codecGrounds: [
    'src/errors.ts',
    'src/crc32.ts',
    'src/kernels/',
    'src/memory/maybe-promise.ts',
    'src/zarr/json/',
    'src/zarr/data-types/',
    'src/zarr/metadata/',
    'src/zarr/copying/',
    'src/store/store.ts',
  ],
  registryGrounds: [
    'src/errors.ts',
    'src/bytes/',
    'src/store/',
    'src/zip/index/index-file.ts',
    'src/registry/changes.ts',
    'src/registry/make-folder.ts',
    'src/registry/registry-log.ts',
    'src/registry/stores.ts',
  ],
  answerGrounds: [
    'src/memory/',
    'src/store/store.ts',
    'src/store/keys.ts',
    'src/zarr/',
    'src/http/',
    'src/formats/',
    'src/plugins/',
    'src/registry/stores.ts',
  ],
  clusterRoot: [
    'src/cluster/messages.ts',
    'src/cluster/listen-address.ts',
    'src/cluster/listening-socket.ts',
    'src/cluster/process-limits.ts',
    'src/cluster/startup-error.ts',
  ],
}

/** More files than these and nobody finds one without a search. */
const MOST_FILES = 15

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

t.test(`no folder holds more than ${MOST_FILES} files`, async t => {
  const counts = new Map<string, number>()
  for (const file of sources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  t.strictSame(
    [...counts].filter(([, count]) => count > MOST_FILES),
    [],
  )
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
