// Metadata nobody here wrote: zarr-python's own documents, and the hierarchies of zarrita and zarr-python 2.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { NodePath } from '../../../src/store/keys.js'
import type { ReadableStore } from '../../../src/store/store.js'
import { parseDataTypeV3 } from '../../../src/zarr/data-types/data-type-v3.js'
import { parseFillValueV3 } from '../../../src/zarr/data-types/fill-value-v3.js'
import { fillValueToJson } from '../../../src/zarr/data-types/item-json.js'
import { listNodes } from '../../../src/zarr/hierarchy/hierarchy.js'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
  stringifyJson,
} from '../../../src/zarr/json/json.js'
import { parseChunkGrid } from '../../../src/zarr/metadata/chunk-grid.js'
import { parseChunkKeyEncoding } from '../../../src/zarr/metadata/chunk-key-encoding.js'
import { parseCodecSpecs } from '../../../src/zarr/metadata/codec-spec.js'
import type { ArrayMetadata } from '../../../src/zarr/metadata/metadata.js'
import { parseArrayV2, parseGroupV2 } from '../../../src/zarr/metadata/metadata-v2.js'
import { parseNodeV3 } from '../../../src/zarr/metadata/metadata-v3.js'
import { codeOf } from '../../support/failure.js'
import { FolderStore } from '../../support/folder-store.js'
import { openZip } from '../../support/open-zip.js'
import { corpus } from '../../support/paths.js'

const documents = `${corpus}zarr-metadata/zarr-metadata/tests/`
const skip = existsSync(documents) ? false : 'the corpus is not there'
const ROOT = '' as NodePath
const PLACE = { path: '', member: '' }

function read(...path: string[]): JsonObject {
  const json = parseJson(readFileSync(join(documents, ...path)))
  if (!isJsonObject(json)) throw new Error(`${path.join('/')} is no object`)
  return json
}

function readAll(...folder: string[]): [name: string, json: JsonObject][] {
  return readdirSync(join(documents, ...folder)).map(name => [name, read(...folder, name)])
}

/** The members of one node in a v2 consolidated document, parsed together. */
function parseConsolidatedV2(metadata: JsonObject): void {
  for (const [key, json] of Object.entries(metadata)) {
    const attributes = metadata[key.replace(/\.z(array|group)$/, '.zattrs')]
    if (key.endsWith('.zarray')) parseArrayV2(ROOT, json, attributes)
    if (key.endsWith('.zgroup')) parseGroupV2(ROOT, json, attributes)
  }
}

t.test('every valid document is parsed', { skip }, async t => {
  for (const [name, json] of readAll('v2', 'array'))
    t.equal(
      codeOf(() => parseArrayV2(ROOT, json)),
      'none',
      name,
    )
  for (const [name, json] of readAll('v2', 'group'))
    t.equal(
      codeOf(() => parseGroupV2(ROOT, json)),
      'none',
      name,
    )
  for (const [name, json] of readAll('v2', 'consolidated')) {
    t.equal(
      codeOf(() => parseConsolidatedV2(json.metadata as JsonObject)),
      'none',
      name,
    )
  }
  for (const kind of ['array', 'group']) {
    for (const [name, json] of readAll('v3', kind))
      t.equal(
        codeOf(() => parseNodeV3(ROOT, json)),
        'none',
        name,
      )
  }
  for (const [name, json] of readAll('v3', 'consolidated')) {
    for (const node of Object.values(json.metadata as JsonObject)) {
      t.equal(
        codeOf(() => parseNodeV3(ROOT, node)),
        'none',
        name,
      )
    }
  }
})

t.test('every valid codec, grid and key encoding is parsed', { skip }, async t => {
  for (const codec of readdirSync(join(documents, 'v3', 'codec'))) {
    for (const [name, json] of Object.entries(read('v3', 'codec', codec, 'cases.json'))) {
      t.equal(parseCodecSpecs([json], PLACE)[0].name, codec, name)
    }
  }
  for (const name of ['default', 'v2']) {
    for (const json of Object.values(read('v3', 'chunk_key_encoding', name, 'cases.json'))) {
      t.equal(parseChunkKeyEncoding(json, PLACE).name, name)
    }
  }
  for (const json of Object.values(read('v3', 'chunk_grid', 'regular', 'cases.json')) as JsonObject[]) {
    const chunkShape = (json.configuration as JsonObject).chunk_shape as number[]
    t.same(
      parseChunkGrid(json, chunkShape, PLACE).axes.map(axis => axis.chunkCount),
      chunkShape.map(() => 1),
    )
  }
  const rectilinear = read('v3', 'chunk_grid', 'rectilinear', 'cases.json')
  const counts = {
    explicit_per_dim: [100, 50, 4, 1],
    uniform_dim_shorthand: [100, 100, 4, 2],
    with_rle_pair: [60, 30, 7, 2],
  }
  for (const [name, [height, width, rows, columns]] of Object.entries(counts)) {
    const grid = parseChunkGrid(rectilinear[name], [height, width], PLACE)
    t.same(
      grid.axes.map(axis => axis.chunkCount),
      [rows, columns],
      name,
    )
  }
})

t.test(
  'every valid fill value is parsed, and described as a value of the same meaning',
  { skip },
  async t => {
    for (const type of readdirSync(join(documents, 'v3', 'data_type'))) {
      const folder = join('v3', 'data_type', type)
      const hasConfiguration = existsSync(join(documents, folder, 'data_type.json'))
      const json = hasConfiguration ? read(folder, 'data_type.json') : type === 'raw' ? 'r32' : type
      const dataType = parseDataTypeV3(json, PLACE)
      for (const [name, value] of Object.entries(read(folder, 'fill_values.json'))) {
        const fillValue = parseFillValueV3(dataType, value, PLACE)
        const described = fillValueToJson(dataType, fillValue)
        const again = parseFillValueV3(dataType, parseJson(stringifyJson(described)), PLACE)
        // The payload of a NaN has no place in JSON but as hexadecimal digits.
        if (/signaling/.test(name)) t.equal(stringifyJson(described), '"NaN"')
        else t.same(again, fillValue, `${type} ${name}`)
      }
    }
  },
)

t.test(
  'a document with any one value exchanged is parsed or refused by a code, never by a crash',
  { skip },
  async t => {
    const arrays = [
      ...readAll('v2', 'array').map(([, json]) => ({
        json,
        parse: (changed: Json) => parseArrayV2(ROOT, changed),
      })),
      ...readAll('v3', 'array').map(([, json]) => ({
        json,
        parse: (changed: Json) => parseNodeV3(ROOT, changed),
      })),
    ]
    const odd = fc.constantFrom<Json>(
      null,
      true,
      0,
      -1,
      1.5,
      2n ** 70n,
      Number.NaN,
      '',
      'x',
      [],
      {},
      [[]],
      [{}],
      { name: 'x' },
    )
    t.doesNotThrow(() =>
      fc.assert(
        fc.property(fc.constantFrom(...arrays), fc.nat(), odd, ({ json, parse }, position, value) => {
          const changed = exchange(json, position % count(json), value)
          return typeof codeOf(() => parse(changed)) === 'string'
        }),
        { numRuns: 2000 },
      ),
    )
  },
)

/** How many values a document holds, itself included. */
function count(json: Json): number {
  if (typeof json !== 'object' || json === null) return 1
  return Object.values(json).reduce<number>((sum, item) => sum + count(item), 1)
}

/** The document with its value at `position` (depth first) exchanged. */
function exchange(json: Json, position: number, value: Json): Json {
  let left = position
  const visit = (item: Json): Json => {
    if (left-- === 0) return value
    if (typeof item !== 'object' || item === null) return item
    if (Array.isArray(item)) return item.map(visit)
    return Object.fromEntries(Object.entries(item).map(([name, member]) => [name, visit(member)]))
  }
  return visit(json)
}

interface Expected {
  readonly shape?: number[]
  readonly dtype?: string
  readonly error?: string
}

function expectations(source: string, prefix: string): Map<string, Expected> {
  const all: Record<string, Expected> = JSON.parse(readFileSync(`${corpus}expected/${source}.json`, 'utf8'))
  const found = Object.entries(all).filter(([key]) => key.startsWith(prefix))
  return new Map(found.map(([key, value]) => [key.slice(prefix.length), value]))
}

async function arraysOf(store: ReadableStore): Promise<Map<string, ArrayMetadata>> {
  const arrays = new Map<string, ArrayMetadata>()
  for (const node of (await listNodes(store)).nodes) {
    if ('error' in node) throw node.error
    if (node.metadata.nodeType === 'array') arrays.set(node.path, node.metadata)
  }
  return arrays
}

/** NumPy's names for types as zarr-python prints them: `int16`, `|S7`, `>U13`, `StringDType()`. */
function dtypeMatches(array: ArrayMetadata, dtype: string): boolean {
  const { kind, name, itemSize } = array.dataType
  if (dtype === 'StringDType()') return kind === 'string'
  if (/^[<>|]/.test(dtype)) return name === dtype
  if (kind === 'bool') return dtype === 'bool'
  return dtype.replace('>', '') === `${kind}${itemSize * 8}` || dtype === name
}

t.test('the arrays of other writers have the shapes and types that zarr-python reads', { skip }, async t => {
  const zip = async (name: string, root = '') => (await openZip(readFileSync(`${corpus}${name}`), root)).store
  const folder = (name: string) => Promise.resolve(FolderStore.fromFolder(`${corpus}${name}`))
  const sources: [source: string, prefix: string, open: () => Promise<ReadableStore>][] = [
    ['zarrita.js', 'zarrita.js/v2/data.zarr/', () => folder('zarrita.js/v2/data.zarr')],
    ['zarrita.js', 'zarrita.js/v3/data.zarr/', () => folder('zarrita.js/v3/data.zarr')],
    ['zarrita.js', 'zarrita.js/v2/data.zarr/', () => zip('zarrita.js/v2/data.zipped_from_within.zarr.zip')],
    [
      'zarrita.js',
      'zarrita.js/v3/data.zarr/',
      () => zip('zarrita.js/v3/data.zipped_from_parent.zarr.zip', 'data.zarr'),
    ],
    ['zarr-python-v2', 'zarr-python-v2/fixture/', () => zip('zarr-python-v2/fixture.zip')],
  ]
  for (const [source, prefix, open] of sources) {
    const expected = expectations(source, prefix)
    const arrays = await arraysOf(await open())
    t.same([...arrays.keys()].sort(), [...expected.keys()].sort(), `${prefix}: ${arrays.size} arrays`)
    const wrong = [...arrays].filter(([path, array]) => {
      const { shape, dtype } = expected.get(path) ?? {}
      return shape !== undefined && (shape.join() !== array.shape.join() || !dtypeMatches(array, dtype ?? ''))
    })
    t.same(
      wrong.map(([path]) => path),
      [],
      prefix,
    )
  }
})
