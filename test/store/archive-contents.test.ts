// Why an archive looks empty: the reason, the counts and the names that lead to the mistake.
import t from 'tap'
import { contentsOf } from '../../src/store/archive-contents.js'
import { buildArchiveIndex, rootPrefixOf } from '../../src/store/archive-index.js'
import { ZipIndex } from '../../src/zip/index/zip-index.js'
import { MemoryBytes } from '../support/memory-bytes.js'
import { writeZip } from '../support/zip-writer.js'

async function contentsOfNames(names: readonly string[], root?: string) {
  const source = new MemoryBytes(writeZip(names.map(name => ({ name }))))
  const index = ZipIndex.fromBuffer((await buildArchiveIndex(source)).index)
  return contentsOf(index, { source, rootPrefix: root ?? rootPrefixOf(index) })
}

t.test('an archive with a node anywhere is not empty', async t => {
  for (const names of [['zarr.json'], ['a/.zgroup'], ['a/b/.zarray', 'x'], ['./zarr.json']]) {
    const { emptyReason, topNames } = await contentsOfNames(names)
    t.equal(emptyReason, null, names.join())
    t.same(topNames, [])
  }
})

t.test('the reason names what is there instead', async t => {
  const rows: [names: string[], reason: string][] = [
    [[], 'the archive holds no entries'],
    [
      ['data/a.tif', 'readme.txt'],
      'no zarr.json, .zarray or .zgroup is among its 2 keys; at its top lie data/, readme.txt',
    ],
    [['/zarr.json', '/c/0'], 'none of its 2 entries can be read as a key; names that begin with a slash: 2'],
    [
      ['../a/zarr.json'],
      'none of its 1 entries can be read as a key; names that hold "." or ".." between slashes: 1',
    ],
    [
      ['a/', '__MACOSX/zarr.json'],
      'none of its 2 entries can be read as a key; names that are entries of folders: 1; names that are left-overs of a desktop: 1',
    ],
    [
      ['.zattrs', '.zmetadata'],
      'no zarr.json, .zarray or .zgroup is among its 2 keys; at its top lie .zattrs, .zmetadata',
    ],
  ]
  for (const [names, reason] of rows) t.equal((await contentsOfNames(names)).emptyReason, reason)
})

t.test('a root given by hand may be the empty one', async t => {
  const names = ['a/zarr.json', 'b/x/y']
  t.equal((await contentsOfNames(names, 'a')).emptyReason, null)
  t.match(await contentsOfNames(names, 'b'), {
    emptyReason: 'no zarr.json, .zarray or .zgroup is among its 1 keys; at its top lie x/',
    keyCount: 1,
  })
})

t.test('names are few, short, and without characters that a terminal acts on', async t => {
  const names = ['\x1b[2J', 'a\u202eb', 'y'.repeat(500), ...Array.from({ length: 50 }, (_, i) => `f${i}`)]
  const { topNames, skippedNames } = await contentsOfNames(names)
  t.same(topNames.slice(0, 3), ['\ufffd[2J', 'a\ufffdb', `${'y'.repeat(60)}…`])
  t.equal(topNames.length, 8)
  t.same(skippedNames, {})
  t.same((await contentsOfNames(['/a', '/b', 'c/', '.DS_Store'])).skippedNames, {
    folder: 1,
    litter: 1,
    absolute: 2,
  })
})
