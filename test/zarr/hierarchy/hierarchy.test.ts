import t from 'tap'
import { ZipzarrError } from '../../../src/errors.js'
import type { NodePath } from '../../../src/store/keys.js'
import { type ListedNode, listNodes, openNode } from '../../../src/zarr/hierarchy/hierarchy.js'
import { failureOfAsync } from '../../support/failure.js'
import { FolderStore } from '../../support/folder-store.js'

const ZARRAY = {
  zarr_format: 2,
  shape: [4],
  chunks: [2],
  dtype: '<i2',
  compressor: null,
  fill_value: 0,
  order: 'C',
  filters: null,
}
const ZGROUP = { zarr_format: 2 }
const GROUP = { zarr_format: 3, node_type: 'group' }
const ARRAY = {
  zarr_format: 3,
  node_type: 'array',
  shape: [4],
  data_type: 'int16',
  chunk_grid: { name: 'regular', configuration: { chunk_shape: [2] } },
  chunk_key_encoding: 'default',
  codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
  fill_value: 0,
}

const path = (text: string) => text as NodePath
const store = (entries: Record<string, string | object>) => FolderStore.fromEntries(Object.entries(entries))

/** `path`, `path:array`, `path:implicit` or `path:CODE`. */
function line(node: ListedNode): string {
  if ('error' in node) return `${node.path}:${node.error.code}`
  if (node.metadata.nodeType === 'array') return `${node.path}:array`
  return node.metadata.isImplicit ? `${node.path}:implicit` : node.path
}

const V2 = {
  '.zgroup': ZGROUP,
  '.zattrs': '{"offset": NaN}',
  'a/.zgroup': ZGROUP,
  'a/x/.zarray': ZARRAY,
  'a/x/.zattrs': { units: 'K' },
  'a/x/0/1': 'chunk',
  'a-b/.zarray': ZARRAY,
  'deep/er/y/.zarray': ZARRAY,
}
const V3 = {
  'zarr.json': { ...GROUP, consolidated_metadata: null },
  'a/zarr.json': ARRAY,
  'a/c/0': 'chunk',
  'b/c/zarr.json': GROUP,
  'b/c/d/zarr.json': ARRAY,
}

t.test('a node is what its documents say', async t => {
  const v2 = store(V2)
  t.match(await openNode(v2, path('')), {
    nodeType: 'group',
    zarrFormat: 2,
    isImplicit: false,
    attributes: { offset: NaN },
  })
  t.match(await openNode(v2, path('a/x')), {
    nodeType: 'array',
    zarrFormat: 2,
    path: 'a/x',
    attributes: { units: 'K' },
  })
  const v3 = store(V3)
  t.match(await openNode(v3, path('')), { nodeType: 'group', zarrFormat: 3 })
  t.match(await openNode(v3, path('b/c/d')), { nodeType: 'array', zarrFormat: 3, path: 'b/c/d' })
})

t.test('of both formats at one path v3 is read, of an array and a group the array', async t => {
  const both = store({ 'zarr.json': ARRAY, '.zgroup': ZGROUP, 'x/.zarray': ZARRAY, 'x/.zgroup': ZGROUP })
  t.match(await openNode(both, path('')), { zarrFormat: 3, nodeType: 'array' })
  t.match(await openNode(both, path('x')), { zarrFormat: 2, nodeType: 'array' })
})

t.test('a folder on the way to nodes is an implicit group of their format', async t => {
  const group = { nodeType: 'group', isImplicit: true }
  t.match(await openNode(store(V2), path('deep')), { ...group, zarrFormat: 2 })
  t.match(await openNode(store(V3), path('b')), { ...group, zarrFormat: 3 })
  t.match(await openNode(store({ 'b/c/d/zarr.json': ARRAY }), path('b')), { ...group, zarrFormat: 3 })
  t.match(await openNode(store({}), path('')), { ...group, zarrFormat: 2 }, 'the root of an empty store')
  const mixed = store({ 'm/a/.zarray': ZARRAY, 'm/b/c/zarr.json': ARRAY })
  t.match(await openNode(mixed, path('m')), { ...group, zarrFormat: 3 }, 'as where both lie at one path')
  t.match(await openNode(store({ 'a/.zattrs': { x: 1 } }), path('a')), { ...group, attributes: { x: 1 } })
})

t.test('nothing but nodes is a node: neither absent paths nor chunks', async t => {
  const code = (entries: Record<string, string | object>, text: string) =>
    failureOfAsync(() => openNode(store(entries), path(text)))
  t.match(await code(V2, 'nothing'), { code: 'NODE_NOT_FOUND', message: '"/nothing"' })
  t.match(await code(V2, 'a/x/0'), { code: 'NODE_NOT_FOUND' })
  t.match(await code(V2, 'a/x/0/1'), { code: 'NODE_NOT_FOUND' })
  t.match(await code(V3, 'a/c'), { code: 'NODE_NOT_FOUND' })
})

t.test('documents that cannot be read are errors naming the document, never absence', async t => {
  const code = (entries: Record<string, string | object>) =>
    failureOfAsync(() => openNode(store(entries), path('a')))
  t.match(await code({ 'a/zarr.json': '{"zarr_format": 3,' }), {
    code: 'METADATA_INVALID',
    message: 'a/zarr.json: ',
  })
  t.match(await code({ 'a/.zarray': ZARRAY, 'a/.zattrs': '[' }), {
    code: 'METADATA_INVALID',
    message: 'a/.zattrs: ',
  })
  t.match(await code({ 'a/zarr.json': ' '.repeat(2 ** 24 + 1) }), { code: 'METADATA_UNSUPPORTED' })
  t.match(await code({ 'a/zarr.json': { ...ARRAY, data_type: 'float128' } }), {
    code: 'DATA_TYPE_UNSUPPORTED',
  })
})

t.test(
  'nodes are listed in path order, a parent before its children, without what lies in arrays',
  async t => {
    const listed = async (entries: Record<string, string | object>, options = {}) =>
      (await listNodes(store(entries), options)).nodes.map(line)
    t.same(
      await listed(V2),
      ['a', 'a/x:array', 'a-b:array', 'deep:implicit', 'deep/er:implicit', 'deep/er/y:array'].sort(
        bySegments,
      ),
    )
    t.same(await listed(V3), ['a:array', 'b:implicit', 'b/c', 'b/c/d:array'])
    t.same(await listed(V2, { depth: 1 }), ['a', 'a-b:array', 'deep:implicit'])
    t.same(await listed(V2, { path: 'deep', depth: 1 }), ['deep/er:implicit'])
    t.same(await listed(V2, { path: 'deep', depth: 2 }), ['deep/er:implicit', 'deep/er/y:array'])
    t.same(await listed(V2, { path: 'a/x' }), [], 'an array has no nodes')
    t.match(await failureOfAsync(() => listNodes(store(V2), { path: path('no') })), {
      code: 'NODE_NOT_FOUND',
    })
  },
)

/** Order by segments: what a walk through the hierarchy gives. */
function bySegments(a: string, b: string): number {
  const [left, right] = [a, b].map(text => text.replace(/:.*/, '').split('/').join('\u0000'))
  return left < right ? -1 : 1
}

t.test('a node that cannot be read is listed with its error, and its neighbours as they are', async t => {
  const page = await listNodes(
    store({ 'a/zarr.json': '{', 'b/zarr.json': ARRAY, 'c/.zarray': { ...ZARRAY, dtype: '<q4' }, 'c/0': '' }),
  )
  t.same(page.nodes.map(line), ['a:METADATA_INVALID', 'b:array', 'c:DATA_TYPE_UNSUPPORTED'])
})

t.test('pages of any size add up to the whole list', async t => {
  for (const entries of [V2, V3]) {
    const whole = (await listNodes(store(entries))).nodes.map(line)
    for (const limit of [1, 2, 3, whole.length, whole.length + 1]) {
      const lines: string[] = []
      let after: NodePath | undefined
      for (let pages = 0; pages <= whole.length; pages++) {
        const page = await listNodes(store(entries), { limit, ...(after === undefined ? {} : { after }) })
        lines.push(...page.nodes.map(line))
        t.ok(page.nodes.length <= limit)
        after = page.next
        if (after === undefined) break
      }
      t.same(lines, whole, `limit ${limit}`)
    }
  }
})

t.test('a page goes on after a node that is gone, and below another path', async t => {
  const lines = async (after: string, below = '') => {
    const page = await listNodes(store(V2), { after: path(after), path: path(below) })
    return page.nodes.map(line)
  }
  t.same(
    await lines('a/w'),
    ['a/x:array', 'a-b:array', 'deep:implicit', 'deep/er:implicit', 'deep/er/y:array'].sort(bySegments),
  )
  t.same(await lines('b'), ['deep:implicit', 'deep/er:implicit', 'deep/er/y:array'])
  t.same(await lines('deep/er', 'deep'), ['deep/er/y:array'])
  t.same(await lines('z'), [])
})

t.test('a page reads no more documents than it lists', async t => {
  const entries: Record<string, object> = { 'zarr.json': GROUP }
  for (let i = 100; i < 200; i++) entries[`n${i}/zarr.json`] = ARRAY
  const watched = store(entries)
  const page = await listNodes(watched, { limit: 5 })
  t.equal(page.next, 'n104')
  t.equal(watched.reads.length, 6, 'the group and five arrays')
  const v2 = store(V2)
  await listNodes(v2, { path: path('deep') })
  t.same(v2.reads, ['deep/er/y/.zarray'])
})

t.test('a node is opened by reading its own documents', async t => {
  const v3 = store(V3)
  await openNode(v3, path('b/c/d'))
  t.same(v3.reads, ['b/c/d/zarr.json'])
})

t.test('what is wrong with the store as a whole ends the listing', async t => {
  const changed = store(V3)
  changed.get = async () => {
    throw new ZipzarrError('STORE_CHANGED', 'the archive changed')
  }
  t.match(await failureOfAsync(() => listNodes(changed)), { code: 'STORE_CHANGED' })
  const below = store({ 'a/b/zarr.json': ARRAY })
  below.get = changed.get
  t.match(await failureOfAsync(() => listNodes(below)), { code: 'STORE_CHANGED' })
})

t.test('a node hundreds of folders deep is listed with one look at each folder', async t => {
  const names = Array.from({ length: 300 }, (_, i) => `d${i % 10}`)
  const folders = store({ [`${names.join('/')}/zarr.json`]: ARRAY })
  const looks: string[] = []
  const counting = new Proxy(folders, {
    get: (target, name) => {
      if (name === 'listDirectories' || name === 'totals') looks.push(name)
      const member = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const { nodes } = await listNodes(counting)
  t.equal(nodes.length, 300)
  t.match(nodes[299], { path: names.join('/'), metadata: { nodeType: 'array' } })
  t.equal(looks.length, 600, 'its children, and what lies below it')
})
