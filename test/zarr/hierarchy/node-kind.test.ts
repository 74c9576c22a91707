import t from 'tap'
import { type DescribedChild, kindOf } from '../../../src/zarr/hierarchy/node-kind.js'

const group = (attributes: Record<string, unknown> = {}) => ({ nodeType: 'group' as const, attributes })
const child = (
  shape: number[],
  dimensionNames?: (string | null)[],
  zarrFormat: 2 | 3 = 3,
): DescribedChild => ({
  nodeType: 'array',
  zarrFormat,
  shape,
  ...(dimensionNames !== undefined && { dimensionNames }),
})

t.test('attributes say what images, plates and annotated data are', async t => {
  t.equal(kindOf({ nodeType: 'array', attributes: { multiscales: [{}] } }, []), 'array')
  t.equal(kindOf(group({ multiscales: [{}] }), []), 'image')
  t.equal(kindOf(group({ ome: { version: '0.5', multiscales: [{}] } }), []), 'image')
  t.equal(kindOf(group({ ome: { plate: {} } }), []), 'plate')
  t.equal(kindOf(group({ plate: { wells: [] } }), []), 'plate')
  t.equal(kindOf(group({ 'encoding-type': 'anndata' }), []), 'anndata')
  for (const attributes of [
    { multiscales: [] },
    { multiscales: {} },
    { ome: [] },
    { ome: 'x' },
    { plate: null },
  ])
    t.equal(kindOf(group(attributes), []), 'group')
})

t.test('arrays of numbers are shown by image viewers, others are not', async t => {
  const array = (name: string, kind: string, itemSize: number, shape = [2, 3]) =>
    kindOf({ nodeType: 'array', attributes: {}, shape, dataType: { name, kind, itemSize } }, [])
  for (const [name, kind, itemSize] of [
    ['<u2', 'uint', 2],
    ['int64', 'int', 8],
    ['<f4', 'float', 4],
  ] as const)
    t.equal(array(name, kind, itemSize), 'volume', name)
  for (const [name, kind, itemSize] of [
    ['float64', 'float', 8],
    ['bfloat16', 'float', 2],
    ['int4', 'int', 1],
    ['string', 'string', 0],
    ['bool', 'bool', 1],
  ] as const)
    t.equal(array(name, kind, itemSize), 'array', name)
  t.equal(array('uint8', 'uint', 1, []), 'array', 'a scalar')
})

t.test('a group is a data set when xarray opens every array in it', async t => {
  const cases: ReadonlyArray<readonly [name: string, children: DescribedChild[], kind: string]> = [
    ['no arrays', [{ nodeType: 'group' }], 'group'],
    ['named dimensions', [child([3], ['x']), child([2, 3], ['y', 'x']), { nodeType: 'group' }], 'dataset'],
    ['an array without names', [child([3], ['x']), child([3])], 'group'],
    ['a dimension without a name', [child([3, 4], ['x', null])], 'group'],
    ['too few names', [child([3, 4], ['x'])], 'group'],
    ['a name twice', [child([3, 3], ['x', 'x'])], 'group'],
    ['a name with two sizes', [child([3], ['x']), child([4], ['x'])], 'group'],
    ['a scalar of v3', [child([3], ['x']), child([])], 'dataset'],
    ['a scalar of v2 that does not say so', [child([3], ['x'], 2), child([], undefined, 2)], 'group'],
    ['an array that cannot be read', [child([3], ['x']), {}], 'group'],
  ]
  for (const [name, children, kind] of cases) t.equal(kindOf(group(), children), kind, name)
})
