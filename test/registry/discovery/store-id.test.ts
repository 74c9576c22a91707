import fc from 'fast-check'
import t from 'tap'
import {
  assignStoreIds,
  isArchiveName,
  locationKey,
  storeIdOf,
} from '../../../src/registry/discovery/store-id.js'
import { storeIdProblem } from '../../../src/store/keys.js'

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
    'größe/日本.zip': 'größe~日本',
    '数据.zarr.zip': '数据',
    'данные/ΑΘΗΝΑ.ozx': 'данные~ΑΘΗΝΑ',
    'हिन्दी.zip': 'हिन्दी',
    'ٱلْعَرَبِيَّة-٣.zip': 'ٱلْعَرَبِيَّة-٣',
    'cafe\u0301.zip': 'caf\u00e9',
    ['한글.zip'.normalize('NFD')]: '한글',
    '😀.zip': '_',
    '❤\ufe0f.zip': '__',
    'a\u200bb\u202ec\u00ad.zip': 'a_b_c_',
    '１２.zip': '１２',
    'a．b／c.zip': 'a_b_c',
    'x\ufffdy.zip': 'x_y',
    '..zip': '_',
    '...zip': '__',
    '.zip': '_',
    'keep.-_~.zip': 'keep.-_~',
  }
  for (const [path, id] of Object.entries(cases)) t.equal(storeIdOf(at(path)), id, path)
})

t.test('every id is a legal store id, however long or odd the path', async t => {
  const odd = [
    'x'.repeat(900),
    `${'a/'.repeat(300)}b.zip`,
    '%2e%2e.zip',
    '\u0001.zip',
    '.',
    '..',
    '\ud800.zip',
  ]
  for (const path of [...odd, '数'.repeat(300), '𝒜'.repeat(300), `e${'\u0301'.repeat(400)}`]) {
    t.equal(storeIdProblem(storeIdOf(at(path))), undefined, path.slice(0, 30))
  }
  t.not(storeIdOf(at(`${'x'.repeat(300)}a.zip`)), storeIdOf(at(`${'x'.repeat(300)}b.zip`)))
  t.match(storeIdOf(at(`${'𝒜'.repeat(300)}.zip`)), /^(?:𝒜){95}-[0-9a-f]{8}$/u, 'cut between characters')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 250 }), path => {
      return storeIdProblem(storeIdOf(at(path))) === undefined
    }),
    { numRuns: 2000 },
  )
})

t.test('what is no id says why', async t => {
  const texts = [
    '',
    '.',
    '..',
    'a/b',
    'a b',
    'a%',
    '\u0000',
    '😀',
    'cafe\u0301',
    '\u202e',
    'x'.repeat(201),
    '\ud800',
  ]
  for (const text of texts) t.type(storeIdProblem(text), 'string', JSON.stringify(text))
  for (const text of ['a', '...', '数据', 'café', 'x'.repeat(200), '_-~.'])
    t.equal(storeIdProblem(text), undefined, text)
})

t.test('of archives that come together with one id the shortest path has it, then the first', async t => {
  const same = [at('a~b.zarr.zip'), at('a/b.zip'), at('a~b.zip'), at('other.zip')]
  const ids = assignStoreIds(same)
  t.equal(ids.get('data/a/b.zip'), 'a~b')
  t.match(ids.get('data/a~b.zip'), /^a~b-[0-9a-f]{8}$/)
  t.match(ids.get('data/a~b.zarr.zip'), /^a~b-[0-9a-f]{8}$/)
  t.equal(new Set(ids.values()).size, 4)
  t.equal(ids.get('data/other.zip'), 'other')
  t.same(new Map([...assignStoreIds(same.toReversed())].sort()), new Map([...ids].sort()))
})

t.test('archives of two data roots with one path are two stores', async t => {
  const ids = assignStoreIds([at('x.zip', 'two'), at('x.zip', 'one')])
  t.equal(ids.get('one/x.zip'), 'x')
  t.match(ids.get('two/x.zip'), /^x-/)
})

t.test('an id that another has stays with it', async t => {
  const newcomer = at('x.zip')
  const known = (...ids: string[]) => ({ taken: new Set(ids), keepers: new Set<string>() })
  const [suffixed] = assignStoreIds([newcomer], known('x')).values()
  t.match(suffixed, /^x-[0-9a-f]{8}$/)
  const [longer] = assignStoreIds([newcomer], known('x', suffixed as string)).values()
  t.match(longer, /^x-[0-9a-f]{16}$/)
})

t.test('one that had the id before has it, whatever its path', async t => {
  const pair = [at('x.zip'), at('x.zarr.zip')]
  const keepers = new Set(['data/x.zarr.zip'])
  t.equal(assignStoreIds(pair, { taken: new Set(), keepers }).get('data/x.zarr.zip'), 'x')
  t.match(assignStoreIds(pair, { taken: new Set(), keepers }).get('data/x.zip'), /^x-/)
})

t.test('a suffixed id never takes the id of a file that is called like it', async t => {
  const pair = [at('x.zip'), at('x.zarr.zip')]
  const taken = assignStoreIds(pair).get(locationKey(pair[1]))
  const ids = assignStoreIds([...pair, at(`${taken}.zip`)])
  t.equal(new Set(ids.values()).size, 3)
  t.equal(ids.get(`data/${taken}.zip`), taken)
})

t.test('archives are told by their ending, in any case', async t => {
  for (const name of ['a.zip', 'a.ZIP', 'a.ozx', 'a.OZX', '.zip']) t.ok(isArchiveName(name), name)
  for (const name of ['a.zipx', 'zip', 'a.zarr', 'a.zip.part', 'a.tar']) t.notOk(isArchiveName(name), name)
})
