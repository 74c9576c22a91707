import t from 'tap'
import { assignStoreIds, isArchiveName, locationKey, storeIdOf } from '../../src/registry/store-id.js'
import { storeIdProblem } from '../../src/store/keys.js'

const at = (path: string, root = 'data') => ({ root, path })

t.test('an id is the path without extension, slashes as tildes, odd characters as underscores', async t => {
  const cases = {
    'era5.zip': 'era5',
    'era5.zarr.zip': 'era5',
    '2024/era5.zarr.zip': '2024~era5',
    'a/b/c.ozx': 'a~b~c',
    'image.ome.zarr.ZIP': 'image.ome',
    'UPPER.ZARR.Zip': 'UPPER',
    'x.zarr': 'x',
    'x.zip.zip': 'x.zip',
    'x.ozx.zarr.zip': 'x.ozx',
    'two words+plus.zip': 'two_words_plus',
    'größe/日本.zip': 'gr__e~__',
    '😀.zip': '_',
    '..zip': '_',
    '...zip': '__',
    '.zip': '_',
    'keep.-_~.zip': 'keep.-_~',
  }
  for (const [path, id] of Object.entries(cases)) t.equal(storeIdOf(at(path)), id, path)
})

t.test('every id is a legal store id, however long or odd the path', async t => {
  for (const path of ['x'.repeat(900), `${'a/'.repeat(300)}b.zip`, '%2e%2e.zip', '\u0001.zip', '.', '..']) {
    t.equal(storeIdProblem(storeIdOf(at(path))), undefined, path.slice(0, 30))
  }
  t.not(storeIdOf(at(`${'x'.repeat(300)}a.zip`)), storeIdOf(at(`${'x'.repeat(300)}b.zip`)))
})

t.test('archives with one id both get a suffix that depends on where they lie, nothing else', async t => {
  const same = [at('a/b.zip'), at('a~b.zip'), at('other.zip')]
  const ids = assignStoreIds(same)
  t.match(ids.get('data/a/b.zip'), /^a~b-[0-9a-f]{8}$/)
  t.match(ids.get('data/a~b.zip'), /^a~b-[0-9a-f]{8}$/)
  t.equal(new Set(ids.values()).size, 3)
  t.equal(ids.get('data/other.zip'), 'other')
  t.same(new Map([...assignStoreIds(same.toReversed())].sort()), new Map([...ids].sort()))
})

t.test('archives of two data roots with one path are two stores', async t => {
  const ids = assignStoreIds([at('x.zip', 'one'), at('x.zip', 'two')])
  t.equal(new Set(ids.values()).size, 2)
  t.notOk([...ids.values()].includes('x' as never))
})

t.test('a suffixed id never takes the id of a file that is called like it', async t => {
  const pair = [at('x.zip'), at('x.zarr.zip')]
  const taken = assignStoreIds(pair).get(locationKey(pair[0]))
  const ids = assignStoreIds([...pair, at(`${taken}.zip`)])
  t.equal(new Set(ids.values()).size, 3)
  t.equal(ids.get(`data/${taken}.zip`), taken)
})

t.test('archives are told by their ending, in any case', async t => {
  for (const name of ['a.zip', 'a.ZIP', 'a.ozx', 'a.OZX', '.zip']) t.ok(isArchiveName(name), name)
  for (const name of ['a.zipx', 'zip', 'a.zarr', 'a.zip.part', 'a.tar']) t.notOk(isArchiveName(name), name)
})
