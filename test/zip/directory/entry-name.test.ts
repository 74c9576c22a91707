// Names of entries: which are keys, how they are decoded, which are skipped.
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { keyProblem } from '../../../src/store/keys.js'
import { keyStart, nameBytes, nameKind } from '../../../src/zip/directory/entry-name.js'

const kind = (name: string | Buffer) => {
  const bytes = Buffer.from(name)
  return nameKind(bytes, 0, bytes.length)
}
const decode = (raw: Buffer, flags = 0, extra: Buffer = Buffer.alloc(0)) =>
  nameBytes(raw, flags, extra)?.toString()

function unicodePath(raw: Buffer, name: string | Buffer, checksum = crc32(raw)): Buffer {
  const data = Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), Buffer.from(name)])
  data.writeUInt32LE(checksum, 1)
  const head = Buffer.alloc(4)
  head.writeUInt16LE(0x7075, 0)
  head.writeUInt16LE(data.length, 2)
  return Buffer.concat([head, data])
}

t.test('ordinary names are keys, folder entries and left-overs of desktops are not', async t => {
  for (const name of [
    'zarr.json',
    'a/b/c',
    '.zattrs',
    'a/.zarray',
    '0.0',
    '...',
    'a b',
    '__proto__',
    'C:/x',
    '__MACOSX',
  ])
    t.equal(kind(name), 'key', name)
  for (const name of ['a/', 'a/b/', '__MACOSX/', './']) t.equal(kind(name), 'folder', name)
  for (const name of [
    '__MACOSX/x',
    '__MACOSX/a/zarr.json',
    '.DS_Store',
    'a/.DS_Store',
    '._a',
    'a/._zarr.json',
  ])
    t.equal(kind(name), 'litter', name)
})

t.test('names that cannot be keys are told apart', async t => {
  const rows = {
    empty: [''],
    absolute: ['/', '/a', '//a'],
    emptyPart: ['a//b', 'a//'],
    dotPart: ['.', '..', '../a', 'a/../b', 'a/./b', 'a/..', '..//a'],
    forbiddenCharacter: ['a\0b', 'a\\b'],
    tooLong: ['x'.repeat(1025)],
    undecodable: [Buffer.from([0x61, 0xff])],
  }
  for (const [problem, names] of Object.entries(rows))
    for (const name of names) t.equal(kind(name), problem, JSON.stringify(name))
  t.equal(kind('x'.repeat(1024)), 'key')
  t.equal(kind('é'.repeat(1024)), 'key', 'the length is counted in characters, not bytes')
})

t.test('control characters are characters of keys like others, but for NUL', async t => {
  for (const name of ['a\nb', 'a\x7f', '\t', 'a/\x1b[31m/zarr.json', '\u0085'])
    t.equal(kind(name), 'key', JSON.stringify(name))
})

t.test('what tar-like tools put before every name is left out', async t => {
  const rows = {
    './a': 'a',
    '././a': 'a',
    './/a': 'a',
    './a/./b': 'a/./b',
    '.\\a\\b': 'a/b',
    './': './',
    './.zgroup': '.zgroup',
    '.a/b': '.a/b',
    '../a': '../a',
    './../a': '../a',
  }
  for (const [name, expected] of Object.entries(rows)) t.equal(decode(Buffer.from(name)), expected, name)
  t.equal(kind(decode(Buffer.from('./../a')) as string), 'dotPart')
  t.equal(keyStart(Buffer.from('xx./a'), 2, 5), 4, 'within a larger buffer')
})

t.test('a name is a key exactly when the store accepts it as one, left-overs aside', async () => {
  const part = fc.oneof(
    fc.constantFrom('', '.', '..', 'a', 'é', '\\', '\0', '...', '𝄞'),
    fc.string({ maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), parts => {
      const name = parts.join('/')
      const found = kind(name)
      const isKey = keyProblem(name) === undefined
      return found === 'litter' ? isKey : (found === 'key') === isKey
    }),
    { numRuns: 2000 },
  )
})

t.test('UTF-8 by flag or by form, else CP437', async t => {
  const utf8 = Buffer.from('größe')
  t.equal(decode(utf8, 0x0800), 'größe')
  t.equal(decode(utf8), 'größe')
  t.equal(decode(Buffer.from([0x67, 0x72, 0x94, 0xe1, 0x65])), 'größe')
  t.equal(decode(Buffer.from([0x94]), 0x0800), undefined)
})

t.test('a back-slash parts folders, as Windows writes them', async t => {
  t.equal(decode(Buffer.from('a\\b\\zarr.json')), 'a/b/zarr.json')
})

t.test('the Unicode path extra field counts only with the CRC-32 of the name', async t => {
  const raw = Buffer.from('gr_e')
  t.equal(decode(raw, 0, unicodePath(raw, 'größe')), 'größe')
  t.equal(decode(raw, 0, unicodePath(raw, 'größe', 1)), 'gr_e')
  t.equal(decode(raw, 0, unicodePath(raw, Buffer.from([0xff]))), 'gr_e', 'not UTF-8')
  t.equal(decode(raw, 0, unicodePath(raw, 'größe').subarray(0, 8)), 'gr_e', 'cut short')
  const behind = Buffer.concat([Buffer.from([0x55, 0x54, 1, 0, 9]), unicodePath(raw, 'ö')])
  t.equal(decode(raw, 0, behind), 'ö', 'behind another field')
})
