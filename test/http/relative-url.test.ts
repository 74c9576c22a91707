import t from 'tap'
import { relativeUrl } from '../../src/http/relative-url.js'

const CASES: ReadonlyArray<readonly [from: string, to: string, reference: string]> = [
  ['/zarr/s', '/zarr/s/', 's/'],
  ['/zarr/s/sub', '/zarr/s/sub/', 'sub/'],
  ['/zarr/s/a/b', '/zarr/s/a/b/', 'b/'],
  ['/zarr/s/a%2Fb', '/zarr/s/a/b/', 'a/b/'],
  ['/zarr/s/a%25/b', '/zarr/s/a%25/b/', '../a%25/b/'],
  ['/zarr/s/a%25/b/c', '/zarr/s/a%25/b/c/', '../../a%25/b/c/'],
  ['/zarr/s/a:b', '/zarr/s/a:b/', './a:b/'],
  ['/zarr/s/', '/zarr/s/', './'],
  ['/zarr/s/a/b', '/zarr/t/c', '../../t/c'],
  ['/zarr/s//a', '/zarr/s/a/', '../../../zarr/s/a/'],
  ['/zarr/s/a//b///c', '/zarr/s/a/b/c', '../../../../../../../zarr/s/a/b/c'],
]

t.test('the reference leads from the one path to the other', async t => {
  for (const [from, to, reference] of CASES) {
    t.equal(relativeUrl(from, to), reference, from)
    t.equal(new URL(reference, `http://host${from}`).pathname, to, `${from}, at the root of a host`)
    const behind = `http://host/some/prefix${from}`
    t.equal(new URL(reference, behind).pathname, `/some/prefix${to}`, `${from}, behind a prefix`)
  }
})

t.test('clients that drop empty segments before they go up arrive at the same place', async t => {
  for (const [from, to, reference] of CASES) {
    const folders = from.split('/').slice(0, -1).filter(Boolean)
    for (const segment of reference.split('/')) {
      if (segment === '..') folders.pop()
      else if (segment !== '.') folders.push(segment)
    }
    t.equal(`/${folders.join('/')}`, to, from)
  }
})
