import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  parseDescriptor,
  parseDescriptorText,
  serializeDescriptor,
} from '../../src/store/descriptor/descriptor.js'
import { anyDescriptor, exampleDescriptor, fieldPaths, withField } from '../support/descriptors.js'

const refused = { name: 'ZipzarrError', code: 'DESCRIPTOR_INVALID' }

t.test('every descriptor comes back equal from its text', async () => {
  fc.assert(
    fc.property(anyDescriptor, descriptor => {
      const back = parseDescriptorText(serializeDescriptor(descriptor))
      assert.deepStrictEqual(back, descriptor)
    }),
    { numRuns: 300 },
  )
})

t.test('equal descriptors have equal texts whatever the order of their fields', async t => {
  const backwards = Object.fromEntries(Object.entries(exampleDescriptor).reverse())
  t.equal(serializeDescriptor(backwards as never), serializeDescriptor(exampleDescriptor))
})

t.test('a descriptor without any one of its fields is refused by the name of the field', async t => {
  const paths = fieldPaths(exampleDescriptor)
  t.equal(paths.length, 24, 'every field, nested ones too, takes part')
  for (const path of paths) {
    const cut = withField(exampleDescriptor, path, () => undefined)
    t.throws(() => parseDescriptor(cut), { ...refused, facts: { field: path.join('.') } }, path.join('.'))
  }
})

t.test('a field of another type is refused', async t => {
  const strangers = [null, true, false, 0, 1.5, -1, '', 'x y', [], {}, Number.NaN, 2 ** 53, '01', Symbol('s')]
  const legal: Record<string, unknown[]> = {
    zarrFormat: [null],
    rootPrefix: ['', 'x y', '01'],
    id: ['01'],
    readOnly: [true],
    'location.root': ['01'],
    'location.path': ['x y', '01'],
    'directory.byteOffset': [0],
    'directory.entryCount': [0],
    'directory.crc32': [0],
    'index.name': [null, '01'],
    'index.crc32': [0],
  }
  for (const path of fieldPaths(exampleDescriptor)) {
    const where = path.join('.')
    for (const stranger of strangers.filter(value => !(legal[where] ?? []).includes(value))) {
      const wrong = structuredClone(exampleDescriptor) as object
      const changed = replaceField(wrong, path, stranger)
      t.throws(() => parseDescriptor(changed), refused, `${where} = ${String(stranger)}`)
    }
  }
})

t.test('a field that is not in its canonical form is refused', async t => {
  const cases: [string[], unknown][] = [
    [['id'], 'a/b'],
    [['id'], '..'],
    [['id'], 'x'.repeat(201)],
    [['location', 'path'], '../secret.zip'],
    [['location', 'path'], '/etc/passwd'],
    [['location', 'path'], 'a/./b.zip'],
    [['location', 'path'], 'a//b.zip'],
    [['location', 'path'], 'a\0b.zip'],
    [['location', 'path'], 'a\\b.zip'],
    [['location', 'root'], '..'],
    [['rootPrefix'], 'a/'],
    [['rootPrefix'], '../a'],
    [['readOnly'], false],
    [['zarrFormat'], 1],
    [['fingerprint', 'size'], 1e308],
    [['fingerprint', 'mtimeNs'], '1e9'],
    [['fingerprint', 'mtimeNs'], '-0'],
    [['fingerprint', 'ctimeNs'], '1.5'],
    [['fingerprint', 'ctimeNs'], String(2n ** 63n)],
    [['directory', 'crc32'], 2 ** 32],
    [['fingerprint', 'inode'], '-5'],
    [['fingerprint', 'endRecord'], '504B0506'.padEnd(44, '0')],
    [['fingerprint', 'endRecord'], '504b0506'.padEnd(43, '0')],
    [['directory', 'byteOffset'], -0],
    [['directory', 'byteLength'], 100_000],
    [['directory', 'entryCount'], 5],
    [['index', 'name'], '../x'],
    [['index', 'name'], '.hidden'],
    [['index', 'crc32'], 2 ** 32],
    [['revision'], 0],
  ]
  for (const [path, value] of cases) {
    const wrong = replaceField(structuredClone(exampleDescriptor), path, value)
    t.throws(() => parseDescriptor(wrong), refused, `${path.join('.')} = ${String(value)}`)
  }
})

t.test('an unknown field is refused, at the top, inside, and under a name with a meaning', async t => {
  t.throws(() => parseDescriptor({ ...exampleDescriptor, handle: 7 }), refused)
  const index = { ...exampleDescriptor.index, path: '/tmp/x' }
  t.throws(() => parseDescriptor({ ...exampleDescriptor, index }), refused)
  const text = serializeDescriptor(exampleDescriptor)
  t.throws(() => parseDescriptorText(text.replace('{', '{"__proto__":{},')), refused)
})

t.test('a descriptor of another version is refused as such, whatever else it holds', async t => {
  const message = /reads version 2, found version 1/
  t.throws(() => parseDescriptor({ ...exampleDescriptor, version: 1 }), { ...refused, message })
  t.throws(() => parseDescriptor({ version: 1, earlier: 'fields' }), { ...refused, message })
  t.throws(() => parseDescriptor({ ...exampleDescriptor, version: '2' }), refused)
})

t.test('what is no descriptor at all is refused', async t => {
  const circular: Record<string, unknown> = { version: 1 }
  circular.id = circular
  for (const value of [undefined, null, 1, 'text', [], [exampleDescriptor], {}, circular, () => 1]) {
    t.throws(() => parseDescriptor(value), refused)
  }
  for (const text of ['', '{', 'null', '[]', `"${'x'.repeat(300_000)}"`]) {
    t.throws(() => parseDescriptorText(text), refused)
  }
})

t.test('a parsed descriptor cannot be changed and shares nothing with its source', async t => {
  const source = structuredClone(exampleDescriptor)
  const parsed = parseDescriptor(source)
  t.throws(() => Object.assign(parsed.location, { root: 'other' }), TypeError)
  t.throws(() => Object.assign(parsed, { readOnly: false }), TypeError)
  Object.assign(source.location, { root: 'other' })
  t.equal(parsed.location.root, 'data')
})

/** Like withField, but able to set values that cannot be cloned. */
function replaceField(copy: object, path: readonly string[], value: unknown): object {
  let parent = copy as Record<string, unknown>
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>
  parent[path[path.length - 1]] = value
  return copy
}
