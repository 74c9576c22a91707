// Which folder of an archive is the store's root.
import t from 'tap'
import { METADATA_NAMES, rootPrefixOf, zarrFormatAt } from '../../src/store/archive-index.js'
import { buildIndex } from '../../src/zip/index/index-builder.js'
import { ZipIndex } from '../../src/zip/index/zip-index.js'
import { MemoryBytes } from '../support/memory-bytes.js'
import { writeZip } from '../support/zip-writer.js'

async function indexOf(names: string[]): Promise<ZipIndex> {
  const source = new MemoryBytes(writeZip(names.map(name => ({ name }))))
  return ZipIndex.fromBuffer((await buildIndex(source, { markedNames: METADATA_NAMES })).index)
}

const cases: [string, string[], string][] = [
  ['metadata at the archive’s root', ['zarr.json', 'a/zarr.json'], ''],
  ['one folder, as `zip -r x.zip x.zarr` makes it', ['x.zarr/.zgroup', 'x.zarr/a/.zarray'], 'x.zarr'],
  ['one folder in a folder', ['data/x.zarr/zarr.json', 'data/x.zarr/c/0'], 'data/x.zarr'],
  ['one folder beside files that are not Zarr', ['README.txt', 'docs/a.txt', 'x.zarr/zarr.json'], 'x.zarr'],
  ['what desktops leave beside it', ['__MACOSX/x.zarr/zarr.json', '.DS_Store', 'x.zarr/zarr.json'], 'x.zarr'],
  ['two hierarchies', ['a.zarr/zarr.json', 'b.zarr/zarr.json'], ''],
  ['two hierarchies in one folder', ['data/a.zarr/zarr.json', 'data/b.zarr/zarr.json'], 'data'],
  ['a group at the root and a folder', ['.zgroup', 'x.zarr/.zgroup'], ''],
  ['an implicit group: one array below it', ['g/a/zarr.json'], 'g/a'],
  ['attributes alone', ['x/.zattrs', 'x/.zgroup'], 'x'],
  ['nothing Zarr at all', ['a/b', 'c'], ''],
  ['nothing at all', [], ''],
]

for (const [what, names, expected] of cases)
  t.test(`${what}: ${JSON.stringify(expected)}`, async t => {
    t.equal(rootPrefixOf(await indexOf(names)), expected)
  })

t.test('the format of a node: 3 wins where both are, null where neither is', async t => {
  const index = await indexOf([
    'zarr.json',
    '.zgroup',
    'v2/.zarray',
    'v3/zarr.json',
    'none/x',
    'attrs/.zattrs',
  ])
  const formats = ['', 'v2', 'v3', 'none', 'attrs', 'absent'].map(path => zarrFormatAt(index, path))
  t.same(formats, [3, 2, 3, null, null, null])
})

t.test('a chain of a thousand folders ends', async t => {
  const index = await indexOf([`${Array(500).fill('d').join('/')}/zarr.json`])
  t.equal(rootPrefixOf(index).split('/').length, 64)
})
